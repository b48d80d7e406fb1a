import assert from "node:assert/strict";
import fc from "fast-check";
import { SignJWT } from "jose";
import { RejectCode } from "../../../shared/admission/admission.ts";
import { type JoinInfo, serializeJoinInfo } from "../../../shared/admission/admission_info.ts";
import { joinAssociated, type SealedJoinMessage } from "../../../shared/admission/admission.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { type Identity, identityOf } from "../../../shared/directory/identity.ts";
import { ownerOf } from "../../../shared/directory/join_token.ts";
import { HpkeSealer } from "../../../shared/secrecy/hpke.ts";
import { openHostKey } from "../../../shared/secrecy/hpke_opener.ts";
import { proofMessage } from "../../../shared/secrecy/join_sealing.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { toBase64Url } from "../../../shared/text/base64.ts";
import { personId } from "../../../server/directory/core/people.ts";
import { DirectoryTokens } from "../../../server/directory/tokens/directory_tokens.ts";
import {
  JoinTokenExaminer,
  JoinTokens,
  reviewsBesideDirectory,
} from "../../../server/tokens/join_tokens.ts";
import { type Pass, refuseByTime } from "../../../server/tokens/pass.ts";
import { TokenExaminer } from "../../../server/tokens/token_examiner.ts";
import { runs } from "../../runs.ts";

const NOW = 1_800_000_000_000;
const ID = "0123456789abcdef";
const COOKIE = new Uint8Array(24);
const RANDOM = new Uint8Array(16);

interface Told extends JoinInfo {
  /** Signs the proof; absent for a JOIN without one. */
  readonly by?: Identity;
}

/** A host in a directory, and people who ask it. */
class Gate {
  readonly #rng = new SeededRng(3);
  readonly host = openHostKey(this.#rng.bytes(32), nodeCiphers);
  readonly tokens = new JoinTokens(ID, nodeCiphers);
  readonly examiner = new JoinTokenExaminer(
    this.tokens,
    new TokenExaminer({ kind: "tokens", tokens: ["plain"] }, this.host),
  );
  readonly #sealer = new HpkeSealer(this.#rng);

  person(): Identity {
    return identityOf(this.#rng.bytes(32), nodeCiphers);
  }

  async directory(): Promise<DirectoryTokens> {
    const secrets = { signingSeed: this.#rng.bytes(32), accessKey: this.#rng.bytes(32) };
    return await DirectoryTokens.open(secrets);
  }

  async issue(
    directory: DirectoryTokens,
    { publicKey }: Identity,
    { role = "listener", id = ID }: { role?: "listener" | "reporter"; id?: string } = {},
  ): Promise<string> {
    const person = { id: personId(publicKey), name: "Ann", publicKey };
    const asked = { broadcastId: id, role, now: NOW, bytes: this.#rng.bytes(8) };
    return (await directory.makeJoin(person, asked)).token;
  }

  async seal({ by, ...info }: Told): Promise<SealedJoinMessage> {
    const { ciphertext, secrets } = await this.#sealer.seal(this.host.hostKey, (secrets) => {
      const proof = by && { proof: toBase64Url(by.sign(proofMessage(secrets))) };
      return serializeJoinInfo({ ...info, ...proof });
    }, joinAssociated(RANDOM, COOKIE));
    const { encapsulated } = secrets;
    return { type: "sealedJoin", clientRandom: RANDOM, cookie: COOKIE, encapsulated, ciphertext };
  }

  /** The pass, or the code of the refusal. */
  async ask(told: Told): Promise<Pass | number | undefined> {
    return await this.judge(await this.seal(told));
  }

  async judge(join: SealedJoinMessage): Promise<Pass | number | undefined> {
    const examined = await this.examiner.examine(join);
    assert(examined.kind === "answer");
    return examined.grant.kind === "granted" ? examined.grant.pass : examined.grant.code;
  }
}

async function opened() {
  const gate = new Gate();
  const directory = await gate.directory();
  await gate.tokens.use(directory.jwks);
  const ann = gate.person();
  return { gate, directory, ann };
}

Deno.test("who proves to own a directory's token is let in with its name and role, until it expires", async () => {
  const { gate, directory, ann } = await opened();
  for (const role of ["listener", "reporter"] as const) {
    const token = await gate.issue(directory, ann, { role });
    assert.equal(ownerOf(token), ann.publicKey);
    const pass = await gate.ask({ token, by: ann });
    assert(typeof pass === "object");
    assert.deepEqual([pass.name, pass.role, pass.person], ["Ann", role, personId(ann.publicKey)]);
    assert.equal(refuseByTime(pass, NOW), undefined);
    assert.equal(refuseByTime(pass, NOW + 13 * 3_600_000)?.code, RejectCode.expired);
  }
});

Deno.test("one person is the same with however many tokens", async () => {
  const { gate, directory, ann } = await opened();
  const passes = [];
  for (let turn = 0; turn < 2; turn++) {
    passes.push(await gate.ask({ token: await gate.issue(directory, ann), by: ann }));
  }
  const [one, two] = passes as [Pass, Pass];
  assert.notEqual(one.id, two.id);
  assert.equal(one.person, two.person);
});

Deno.test("a token is of no use to anybody but its owner, in no other JOIN, and without a proof", async () => {
  const { gate, directory, ann } = await opened();
  const token = await gate.issue(directory, ann, { role: "reporter" });
  assert.equal(await gate.ask({ token, by: gate.person() }), RejectCode.forbidden);
  assert.equal(await gate.ask({ token }), RejectCode.forbidden);
  const first = await gate.examiner.examine(await gate.seal({ token, by: ann }));
  assert(first.kind === "answer");
  assert.equal(await gate.ask({ token, proof: first.info.proof }), RejectCode.forbidden);
});

Deno.test("a JOIN that somebody saw opens with no other cookie and for no other client", async () => {
  const { gate, directory, ann } = await opened();
  const join = await gate.seal({ token: await gate.issue(directory, ann), by: ann });
  assert(typeof await gate.judge(join) === "object");
  const others = [
    { ...join, cookie: new Uint8Array(24).fill(1) },
    { ...join, clientRandom: new Uint8Array(16).fill(1) },
    { ...join, encapsulated: new Uint8Array(32).fill(9) },
  ];
  for (const other of others) {
    assert.deepEqual(await gate.examiner.examine(other), { kind: "invalid" });
  }
});

Deno.test("forged and foreign tokens are refused with a code, and those that were not changed are not", async () => {
  const { gate, directory, ann } = await opened();
  const other = await gate.directory();
  const token = await gate.issue(directory, ann);
  const unknown = RejectCode.unauthorized;
  assert.equal(await gate.ask({ token: await gate.issue(other, ann), by: ann }), unknown);
  const elsewhere = await gate.issue(directory, ann, { id: "fedcba9876543210" });
  assert.equal(await gate.ask({ token: elsewhere, by: ann }), unknown);
  const [head, body, signature] = token.split(".") as [string, string, string];
  const claims = JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/")));
  const encode = (value: unknown) => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
  const promoted = `${head}.${encode({ ...claims, role: "reporter" })}.${signature}`;
  assert.equal(await gate.ask({ token: promoted, by: ann }), unknown);
  const { kid } = directory.jwks.keys[0]!;
  const type = { typ: "streamer-join+jwt", kid };
  const none = `${encode({ alg: "none", ...type })}.${body}.`;
  assert.equal(await gate.ask({ token: none, by: ann }), unknown);
  const secret = new TextEncoder().encode(directory.publicKey);
  const confused = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", ...type })
    .sign(secret);
  assert.equal(await gate.ask({ token: confused, by: ann }), unknown);
  assert(typeof await gate.ask({ token, by: ann }) === "object");
});

Deno.test("a token of the directory's sessions is no join token", async () => {
  const { gate, directory, ann } = await opened();
  const person = { id: personId(ann.publicKey), name: "Ann", publicKey: ann.publicKey };
  const { accessToken: token } = await directory.makeAccess(person, NOW);
  assert.equal(await gate.ask({ token, by: ann }), RejectCode.unauthorized);
});

Deno.test("a host that has not reached its directory refuses its tokens, and takes its own without any proof", async () => {
  const gate = new Gate();
  const ann = gate.person();
  const token = await gate.issue(await gate.directory(), ann);
  assert.equal(await gate.ask({ token, by: ann }), RejectCode.unauthorized);
  assert.equal(await gate.ask({ token: "plain" }), undefined);
});

Deno.test("after a change of the directory's keys only the new ones count", async () => {
  const { gate, directory, ann } = await opened();
  const next = await gate.directory();
  await gate.tokens.use(next.jwks);
  const old = await gate.ask({ token: await gate.issue(directory, ann), by: ann });
  assert.equal(old, RejectCode.unauthorized);
  assert(typeof await gate.ask({ token: await gate.issue(next, ann), by: ann }) === "object");
});

Deno.test("whatever stands in a token, it is refused and nothing throws", async () => {
  const { gate, directory, ann } = await opened();
  const good = await gate.issue(directory, ann);
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    // The last character holds bits that no byte has.
    fc.tuple(fc.nat(good.length - 2), fc.constantFrom(..."AZaz09-_.~")).map(([at, character]) =>
      good.slice(0, at) + character + good.slice(at + 1)
    ),
    fc.json({ maxDepth: 2 }).map((json) => `${toBase64Url(new TextEncoder().encode(json))}.e30.AA`),
  );
  await fc.assert(
    fc.asyncProperty(text, async (token) => {
      if (token === good || new TextEncoder().encode(token).length > 600) return;
      assert.equal(typeof await gate.ask({ token, by: ann }), "number");
      ownerOf(token);
    }),
    runs(60),
  );
});

Deno.test("a review of signed tokens ends nobody who came with a directory's", async () => {
  const { gate, directory, ann } = await opened();
  const pass = await gate.ask({ token: await gate.issue(directory, ann), by: ann }) as Pass;
  const refusal = { code: RejectCode.forbidden, reason: "the token was revoked" };
  const signed = { ...pass, person: undefined };
  const reviews = reviewsBesideDirectory((async function* () {
    yield () => refusal;
  })());
  const judged = [];
  for await (const review of reviews) judged.push([review(pass), review(signed as never)]);
  assert.deepEqual(judged, [[undefined, undefined], [undefined, refusal]]);
});
