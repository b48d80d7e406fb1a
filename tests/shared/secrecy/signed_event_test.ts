import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { sign, signEvent, verify, verifyEvent } from "../../../shared/secrecy/signed_event.ts";
import { flipBit } from "./hex.ts";

const SEED = new SeededRng(8).bytes(32);
const BROADCAST = "0123456789abcdef";
const SIGNER = { ciphers: nodeCiphers, seed: SEED, broadcastId: BROADCAST };
const VERIFIER = {
  ciphers: nodeCiphers,
  signingKey: nodeCiphers.signingKeyOf(SEED),
  broadcastId: BROADCAST,
};
const EVENT = new TextEncoder().encode('{"count":1}');
const UNSIGNED = { ok: false, junk: "unsigned" };

Deno.test("a signed event is 64 bytes longer, and comes back without them", () => {
  const payload = signEvent(SIGNER, EVENT);
  assert.equal(payload.length, 64 + EVENT.length);
  assert.deepEqual(verifyEvent(VERIFIER, payload), { ok: true, value: EVENT });
});

Deno.test("the signature is Ed25519 of the words, a zero byte, the broadcast's id and the event", () => {
  const words = new TextEncoder().encode("streamer event\0");
  const id = Uint8Array.of(0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef);
  const signature = nodeCiphers.sign(SEED, Uint8Array.of(...words, ...id, ...EVENT));
  assert.deepEqual(signEvent(SIGNER, EVENT), Uint8Array.of(...signature, ...EVENT));
  assert.equal(
    signature.toHex(),
    "0665d58fdcac0607ffd3289ce2cad82dda08bfd1240f52d693771e5a8c9513228672acfd5a31f1d2fd22cb3422a76983087452f92e21c74b78220c9237406b03",
  );
});

Deno.test("changed anywhere, cut, unsigned or signed by another it is none of the host's", () => {
  const payload = signEvent(SIGNER, EVENT);
  for (let bit = 0; bit < payload.length * 8; bit += 3) {
    assert.deepEqual(verifyEvent(VERIFIER, flipBit(payload, bit)), UNSIGNED);
  }
  const signingKey = nodeCiphers.signingKeyOf(new SeededRng(9).bytes(32));
  assert.deepEqual(verifyEvent({ ...VERIFIER, signingKey }, payload), UNSIGNED);
  for (const bytes of [EVENT, payload.subarray(0, 64), payload.subarray(0, 30), new Uint8Array()]) {
    assert.deepEqual(verifyEvent(VERIFIER, bytes), UNSIGNED);
  }
});

Deno.test("an event of another broadcast of the same host, or of none, is none of this one", () => {
  const payload = signEvent(SIGNER, EVENT);
  for (const broadcastId of ["0123456789abcdee", "0000000000000000", ""]) {
    assert.deepEqual(verifyEvent({ ...VERIFIER, broadcastId }, payload), UNSIGNED);
    assert.deepEqual(
      verifyEvent(VERIFIER, signEvent({ ...SIGNER, broadcastId }, EVENT)),
      UNSIGNED,
    );
  }
});

Deno.test("a signature of the bare event, as of anything else, is not one of an event", () => {
  const bare = Uint8Array.of(...nodeCiphers.sign(SEED, EVENT), ...EVENT);
  assert.deepEqual(verifyEvent(VERIFIER, bare), UNSIGNED);
  assert.deepEqual(verifyEvent(VERIFIER, sign("events", SIGNER, EVENT)), UNSIGNED);
  assert.deepEqual(verify("events", VERIFIER, signEvent(SIGNER, EVENT)), UNSIGNED);
});
