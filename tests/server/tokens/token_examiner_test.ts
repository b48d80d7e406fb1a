import assert from "node:assert/strict";
import {
  type Examined,
  TokenChecker,
  TokenExaminer,
} from "../../../server/tokens/token_examiner.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { HpkeSealer } from "../../../shared/secrecy/hpke.ts";
import { openHostKey } from "../../../shared/secrecy/hpke_opener.ts";
import {
  joinAssociated,
  RejectCode,
  serializeJoinInfo,
} from "../../../shared/admission/admission.ts";
import { timingSafeEqual } from "node:crypto";
import fc from "fast-check";

const clientRandom = new Uint8Array(16).fill(1);
const cookie = new Uint8Array(24).fill(2);
const TOKENS = { kind: "tokens", tokens: ["open sesame"] } as const;
const INFO = { token: "opensesame", name: "Ann" };

const opener = openHostKey(new SeededRng(1).bytes(32), nodeCiphers);
const sealer = new HpkeSealer(new SeededRng(2));

async function sealedJoin(plaintext = serializeJoinInfo(INFO), associatedCookie = cookie) {
  const associated = joinAssociated(clientRandom, associatedCookie);
  const { ciphertext, secrets } = await sealer.seal(opener.hostKey, plaintext, associated);
  const { encapsulated } = secrets;
  return {
    secrets,
    join: { type: "sealedJoin", clientRandom, cookie, encapsulated, ciphertext } as const,
  };
}

const INVALID: Examined = { kind: "invalid" };
const plainJoin = { type: "join", clientRandom, cookie, info: INFO } as const;

Deno.test("a sealed JOIN is opened, and its secrets come with the verdict on its token", async () => {
  const examiner = new TokenExaminer({ kind: "tokens", tokens: ["opensesame"] }, opener);
  const { join, secrets } = await sealedJoin();
  assert.deepEqual(await examiner.examine(join), {
    kind: "answer",
    info: INFO,
    grant: { kind: "granted" },
    secrets,
  });
});

Deno.test("a sealed JOIN with a wrong token is refused, sealed too", async () => {
  const { join, secrets } = await sealedJoin();
  const examined = await new TokenExaminer(TOKENS, opener).examine(join);
  assert(examined.kind === "answer" && examined.grant.kind === "refused");
  assert.equal(examined.grant.code, RejectCode.unauthorized);
  assert.deepEqual(examined.secrets, secrets);
});

Deno.test("a JOIN that can't be opened, or has no valid content, is invalid", async () => {
  const examiner = new TokenExaminer(TOKENS, opener);
  const another = new TokenExaminer(TOKENS, openHostKey(new SeededRng(9).bytes(32), nodeCiphers));
  const { join } = await sealedJoin();
  assert.deepEqual(await another.examine(join), INVALID);
  const moved = await sealedJoin(undefined, new Uint8Array(24).fill(3));
  assert.deepEqual(await examiner.examine(moved.join), INVALID);
  const nonsense = await sealedJoin(new TextEncoder().encode('{"token":7}'));
  assert.deepEqual(await examiner.examine(nonsense.join), INVALID);
});

Deno.test("an encrypted broadcast takes no JOIN in clear, a plain one no sealed JOIN", async () => {
  assert.deepEqual(await new TokenExaminer({ kind: "open" }, opener).examine(plainJoin), INVALID);
  const { join } = await sealedJoin();
  assert.deepEqual(await new TokenExaminer({ kind: "open" }).examine(join), INVALID);
});

Deno.test("exactly the given tokens are good", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 }),
    fc.string(),
    (tokens, other) => {
      const checker = new TokenChecker(tokens);
      for (const token of tokens) assert.equal(checker.isGood(token), true);
      assert.equal(checker.isGood(other), tokens.includes(other));
      assert.equal(checker.isGood(`${tokens[0]} `), tokens.includes(`${tokens[0]} `));
    },
  ));
});

Deno.test("without tokens no token is valid, not even an empty one", () => {
  assert.equal(new TokenChecker([]).isGood(""), false);
});

Deno.test("whatever is shown, it is compared with every token, in constant time", () => {
  const tokens = ["first-token", "second-token", "third"];
  let compared: number[] = [];
  const areEqual: typeof timingSafeEqual = (one, other) => {
    compared.push(one.byteLength, other.byteLength);
    return timingSafeEqual(one, other);
  };
  const checker = new TokenChecker(tokens, areEqual);
  for (const shown of [...tokens, "", "f", "first-tokem", "x".repeat(700)]) {
    compared = [];
    assert.equal(checker.isGood(shown), tokens.includes(shown));
    assert.deepEqual(compared, Array(6).fill(32), "digests, of the same length whatever was shown");
  }
});
