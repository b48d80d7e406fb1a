import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { SeededRng } from "../../../shared/core/rng.ts";
import { serializeDataMessage } from "../../../shared/data/data_message.ts";
import { openCollected, signData, verifyData } from "../../../shared/data/signed_data.ts";
import { verifyEvent } from "../../../shared/secrecy/signed_event.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { flipBit } from "../secrecy/hex.ts";
import { head } from "./messages.ts";

const SEED = new SeededRng(8).bytes(32);
const broadcastId = "0123456789abcdef";
const SIGNER = { ciphers: nodeCiphers, seed: SEED, broadcastId };
const VERIFIER = {
  ciphers: nodeCiphers,
  signingKey: nodeCiphers.signingKeyOf(SEED),
  broadcastId,
};
const UNSIGNED = { ok: false, junk: "unsigned" };
const SSRC = 0xfedc_ba98;
const HEAD = { ...head(), ssrc: SSRC };
const MESSAGE = serializeDataMessage({ head: HEAD });

Deno.test("the signature is Ed25519 of the words, a zero byte, the broadcast's id, the number and the message's SHA-256", () => {
  const words = new TextEncoder().encode("streamer data\0");
  const id = Uint8Array.fromHex(broadcastId);
  const hash = createHash("sha256").update(MESSAGE).digest();
  const signature = nodeCiphers.sign(SEED, Uint8Array.of(...words, ...id, 0, 0, 0, 17, ...hash));
  assert.deepEqual(signData(SIGNER, 17, MESSAGE), Uint8Array.of(...signature, ...MESSAGE));
});

Deno.test("a message is verified by its number; any change makes it unsigned", () => {
  const signed = signData(SIGNER, 17, MESSAGE);
  assert.deepEqual(verifyData(VERIFIER, 17, signed), { ok: true, value: MESSAGE });
  for (let bit = 0; bit < signed.length * 8; bit += 5) {
    assert.deepEqual(verifyData(VERIFIER, 17, flipBit(signed, bit)), UNSIGNED);
  }
  assert.deepEqual(verifyData(VERIFIER, 18, signed), UNSIGNED);
  assert.deepEqual(
    verifyData({ ...VERIFIER, broadcastId: "0123456789abcdee" }, 17, signed),
    UNSIGNED,
  );
  for (const length of [0, 30, 64]) {
    assert.deepEqual(verifyData(VERIFIER, 17, signed.subarray(0, length)), UNSIGNED);
  }
  assert.deepEqual(verifyEvent(VERIFIER, signed), UNSIGNED);
});

Deno.test("a collected message is opened when it is the host's, with the count of its fragments", () => {
  const open = (number: number, bytes: Uint8Array, verifier: typeof VERIFIER | undefined) =>
    openCollected({ number, bytes }, verifier, SSRC);
  const signed = signData(SIGNER, 17, MESSAGE);
  assert.deepEqual(open(17, signed, VERIFIER), { ok: true, value: { head: HEAD } });
  assert.deepEqual(open(17, MESSAGE, undefined), { ok: true, value: { head: HEAD } });
  assert.deepEqual(open(17, MESSAGE, VERIFIER), UNSIGNED);
  assert.deepEqual(open(18, MESSAGE, undefined), { ok: false, junk: "malformedData" });
  assert.deepEqual(open(18, signData(SIGNER, 18, MESSAGE), VERIFIER), {
    ok: false,
    junk: "malformedData",
  });
});

Deno.test("after 2^32 messages the fragments' numbers begin again, and the counts go on", () => {
  const count = 2 ** 32 + 5;
  const message = serializeDataMessage({ head: { ...head({ count }), ssrc: SSRC } });
  const signed = signData(SIGNER, count, message);
  assert.ok(openCollected({ number: count, bytes: signed }, VERIFIER, SSRC).ok);
  // A listener that has seen no message yet knows the lower 32 bits alone.
  assert.ok(openCollected({ number: 5, bytes: signed }, VERIFIER, SSRC).ok);
});

Deno.test("a message of an earlier run of the same broadcast is not taken for one of this run", () => {
  const open = (written: object) => {
    const message = serializeDataMessage({ head: { ...head(), ...written } });
    return openCollected({ number: 17, bytes: signData(SIGNER, 17, message) }, VERIFIER, SSRC);
  };
  const replayed = { ok: false, junk: "replayed" };
  assert.deepEqual([open({ ssrc: SSRC - 1 }), open({})], [replayed, replayed]);
  assert.ok(open({ ssrc: SSRC }).ok);
  // Where nothing is signed, nothing tells runs apart.
  assert.ok(
    openCollected({ number: 17, bytes: serializeDataMessage({ head: head() }) }, undefined, SSRC)
      .ok,
  );
});
