import assert from "node:assert/strict";
import { Challenges } from "../../../../server/directory/core/challenges.ts";
import { parsePublicKeys, personId } from "../../../../server/directory/core/people.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { START } from "../../kit.ts";
import { TestIdentity } from "../identities.ts";

const [ONE, OTHER] = ["A".repeat(43), `${"b".repeat(42)}E`];

Deno.test("a list of keys has one a line, comments and empty lines", () => {
  const text = `# the club\r\n${ONE}  # Ann\n\n   ${OTHER}\n${ONE}\n`;
  assert.deepEqual(parsePublicKeys(text), { keys: new Set([ONE, OTHER]) });
  assert.deepEqual(parsePublicKeys(""), { keys: new Set() });
});

Deno.test("a line that is no key is named by its number and not repeated", () => {
  for (
    const wrong of ["hunter2", `${ONE}A`, ONE.slice(1), `${"A".repeat(42)}B`, `${ONE} ${OTHER}`]
  ) {
    const read = parsePublicKeys(`${ONE}\n${wrong}\n`);
    assert("problem" in read, wrong);
    assert.match(read.problem, /^line 2 is no public key/);
    assert(!read.problem.includes("hunter2"));
  }
});

Deno.test("a person's id follows from the key alone", () => {
  assert.match(personId(ONE), /^[\w-]{22}$/);
  assert.equal(personId(ONE), personId(ONE));
  assert.notEqual(personId(ONE), personId(OTHER));
});

Deno.test("of too many challenges the oldest is forgotten", () => {
  const identity = new TestIdentity(new Uint8Array(32).fill(4));
  const challenges = new Challenges(new SeededRng(3), 2);
  const { publicKey } = identity;
  const made = [1, 2, 3].map(() => challenges.make(publicKey, START).challenge);
  const checked = made.map((challenge) =>
    challenges.check({ publicKey, challenge, signature: identity.sign(challenge) }, START)
  );
  assert.deepEqual(checked, [false, true, true]);
});

Deno.test("a key that is no point of the curve, or a signature of nothing, proves nothing", () => {
  const challenges = new Challenges(new SeededRng(3), 9);
  for (const publicKey of [ONE, "_".repeat(42) + "8", OTHER]) {
    const { challenge } = challenges.make(publicKey, START);
    const proof = { publicKey, challenge, signature: `${"A".repeat(85)}A` };
    assert.equal(challenges.check(proof, START), false);
  }
});
