import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { ANSWER_NONCE_BYTES, openAnswer, sealAnswer } from "../../../shared/secrecy/answer_seal.ts";
import { flipBit, toHex } from "./hex.ts";

const rng = new SeededRng(5);
const SECRETS = { encapsulated: rng.bytes(32), answer: rng.bytes(16), control: rng.bytes(56) };
const NONCE = rng.bytes(ANSWER_NONCE_BYTES);
const ANSWER = new TextEncoder().encode("come in");
const HEADER = Uint8Array.of(69, 1);

const SEALED = sealAnswer(nodeCiphers, SECRETS, NONCE, ANSWER, HEADER);

Deno.test("an answer is sealed under the keys that RFC 9458 section 4.4 derives", () => {
  const salt = Uint8Array.of(...SECRETS.encapsulated, ...NONCE);
  const derive = (label: string, length: number) =>
    new Uint8Array(hkdfSync("sha256", SECRETS.answer, salt, label, length));
  const sealed = nodeCiphers.seal(derive("key", 16), derive("nonce", 12), ANSWER, HEADER);
  assert.equal(toHex(SEALED), toHex(sealed));
});

Deno.test("it opens with the same secrets, nonce and header, and with no others", () => {
  const open = (
    { secrets = SECRETS, nonce = NONCE as Uint8Array, sealed = SEALED, header = HEADER },
  ) => openAnswer(nodeCiphers, secrets, nonce, sealed, header);
  assert.deepEqual(open({}), ANSWER);
  assert.equal(open({ nonce: flipBit(NONCE, 100) }), undefined);
  assert.equal(open({ header: Uint8Array.of(68, 1) }), undefined);
  assert.equal(open({ sealed: new Uint8Array(0) }), undefined);
  for (let bit = 0; bit < SEALED.length * 8; bit++) {
    assert.equal(open({ sealed: flipBit(SEALED, bit) }), undefined);
  }
  const { encapsulated, answer } = SECRETS;
  const others = { encapsulated: rng.bytes(32), answer: rng.bytes(16) };
  assert.equal(
    open({ secrets: { ...SECRETS, encapsulated: others.encapsulated, answer } }),
    undefined,
  );
  assert.equal(
    open({ secrets: { ...SECRETS, encapsulated, answer: others.answer } }),
    undefined,
  );
});
