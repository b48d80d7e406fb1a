import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { signEvent, verifyEvent } from "../../../shared/secrecy/signed_event.ts";
import { flipBit } from "./hex.ts";

const SEED = new SeededRng(8).bytes(32);
const KEY = nodeCiphers.signingKeyOf(SEED);
const EVENT = new TextEncoder().encode('{"count":1}');
const UNSIGNED = { ok: false, junk: "unsigned" };

Deno.test("a signed event is 64 bytes longer, and comes back without them", () => {
  const payload = signEvent(nodeCiphers, SEED, EVENT);
  assert.equal(payload.length, 64 + EVENT.length);
  assert.deepEqual(verifyEvent(nodeCiphers, KEY, payload), { ok: true, value: EVENT });
});

Deno.test("changed anywhere, cut, unsigned or signed by another it is none of the host's", () => {
  const payload = signEvent(nodeCiphers, SEED, EVENT);
  for (let bit = 0; bit < payload.length * 8; bit += 3) {
    assert.deepEqual(verifyEvent(nodeCiphers, KEY, flipBit(payload, bit)), UNSIGNED);
  }
  const another = nodeCiphers.signingKeyOf(new SeededRng(9).bytes(32));
  assert.deepEqual(verifyEvent(nodeCiphers, another, payload), UNSIGNED);
  for (const bytes of [EVENT, payload.subarray(0, 64), payload.subarray(0, 30), new Uint8Array()]) {
    assert.deepEqual(verifyEvent(nodeCiphers, KEY, bytes), UNSIGNED);
  }
});

Deno.test("a signature of the bare event, as of anything else, is not one of an event", () => {
  const signature = nodeCiphers.sign(SEED, EVENT);
  const payload = Uint8Array.of(...signature, ...EVENT);
  assert.deepEqual(verifyEvent(nodeCiphers, KEY, payload), UNSIGNED);
});
