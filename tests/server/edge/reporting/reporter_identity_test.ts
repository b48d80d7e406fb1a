import assert from "node:assert/strict";
import { ReporterIdentities } from "../../../../server/edge/reporting/reporter_identity.ts";
import type { Session } from "../../../../server/edge/sessions/sessions.ts";
import type { Pass } from "../../../../server/tokens/pass.ts";
import { nodeCiphers } from "../../../../shared/system/node_ciphers.ts";

const PASS: Pass = { id: "aa", name: "Ann", issuer: "i", role: "reporter", seats: 1 };

/** What is asked of a session. */
function session(pass: Pass | undefined, resume?: string, clientId = "client"): Session {
  return { pass, clientId, admission: { resume } } as unknown as Session;
}

Deno.test("a token of one seat is one reporter, a person one with all their tokens", () => {
  const identities = new ReporterIdentities(nodeCiphers);
  assert.equal(identities.of(session(PASS)), "aa");
  assert.equal(identities.of(session(PASS, "other program")), "aa");
  const tokens = ["t1", "t2"].map((id) => session({ ...PASS, id, person: "ann" }));
  assert.deepEqual(tokens.map((one) => identities.of(one)), ["ann", "ann"]);
});

Deno.test("a token of several seats is as many reporters, and a seat is taken again", () => {
  const identities = new ReporterIdentities(nodeCiphers);
  const [one, other, third] = [1, 2, 3].map(() => session({ ...PASS, seats: 3 }));
  assert.deepEqual([one, other, one].map((of) => identities.of(of!)), ["aa/0", "aa/1", "aa/0"]);
  identities.forget(one!);
  assert.equal(identities.of(third!), "aa/0");
  const changing = session({ ...PASS, seats: 3 }) as { pass: Pass } & Session;
  assert.equal(identities.of(changing), "aa/2");
  (changing as { pass: Pass }).pass = { ...PASS, id: "bb" };
  assert.equal(identities.of(changing), "bb");
  assert.equal(identities.of(session({ ...PASS, seats: 3 })), "aa/2", "its seat is free");
});

Deno.test("without a signed token a program is a reporter, whose secret is not told", () => {
  const identities = new ReporterIdentities(nodeCiphers);
  const [first, again] = [session(undefined, "secret"), session(undefined, "secret", "moved")];
  assert.equal(identities.of(first), identities.of(again));
  assert.match(identities.of(first), /^[0-9a-f]{16}$/);
  assert.notEqual(identities.of(session(undefined, "other")), identities.of(first));
  const plain = new ReporterIdentities(undefined);
  assert.equal(plain.of(session(undefined, undefined, "client")), "client");
});
