import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { MAX_SRTCP_INDEX, Srtcp, SRTCP_OVERHEAD_BYTES } from "../../../shared/secrecy/srtcp.ts";
import { derivePacketKeys } from "../../../shared/secrecy/srtp_keys.ts";
import { demux } from "../../../shared/rtp/demux.ts";
import { runs } from "../../runs.ts";
import { flipBit, hex, toHex } from "./hex.ts";

/** RFC 7714 section 17.1: session keys, so nothing is derived. */
const PUBLISHED_KEYS = {
  key: hex("000102030405060708090a0b0c0d0e0f"),
  salt: hex("517569642070726f2071756f"),
};
const PUBLISHED_PACKET = hex(`
  81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
  deadbeef deadbeef deadbeef deadbeef deadbeef`);
const PUBLISHED_INDEX = 0x5d4;
const PUBLISHED_SEALED = hex(`
  81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
  c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872
  45d9eade 800005d4`);
const KEY_ID = 7;

const KEYS = derivePacketKeys(
  nodeCiphers,
  new Uint8Array(28).map((_, index) => 11 * index),
  "rtcp",
);

function context(keyId = KEY_ID, keys = KEYS): Srtcp {
  return new Srtcp(nodeCiphers, keys, keyId);
}

Deno.test("RFC 7714's report is sealed to its published bytes, and opens", () => {
  const srtcp = context(KEY_ID, PUBLISHED_KEYS);
  const sealed = srtcp.protect(PUBLISHED_PACKET, PUBLISHED_INDEX);
  assert.equal(toHex(sealed), `${toHex(PUBLISHED_SEALED)}07`);
  assert.equal(sealed.length, PUBLISHED_PACKET.length + SRTCP_OVERHEAD_BYTES);
  assert.deepEqual(srtcp.unprotect(sealed), {
    packet: new Uint8Array(PUBLISHED_PACKET),
    ssrc: 0x4d61_7273,
    index: PUBLISHED_INDEX,
  });
  assert.deepEqual(demux(sealed), { ok: true, value: "rtcp" });
});

Deno.test("with any one bit turned over, E included, it does not open", () => {
  const sealed = context().protect(PUBLISHED_PACKET, 1);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    assert.equal(context().unprotect(flipBit(sealed, bit)), undefined, `bit ${bit}`);
  }
});

Deno.test("cut short anywhere it does not open", () => {
  const sealed = context().protect(PUBLISHED_PACKET, 1);
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(context().unprotect(sealed.subarray(0, length)), undefined, `${length} bytes`);
  }
});

Deno.test("every index of 31 bits is carried, and no greater one is taken", () => {
  const index = fc.oneof(
    fc.integer({ min: 0, max: MAX_SRTCP_INDEX }),
    fc.constantFrom(0, 1, 0xffff, 0x1_0000, MAX_SRTCP_INDEX),
  );
  fc.assert(
    fc.property(index, (index) => {
      assert.equal(context().unprotect(context().protect(PUBLISHED_PACKET, index))?.index, index);
    }),
  );
  assert.throws(() => context().protect(PUBLISHED_PACKET, MAX_SRTCP_INDEX + 1), RangeError);
});

Deno.test("another key and another key id do not open it", () => {
  const sealed = context().protect(PUBLISHED_PACKET, 1);
  const otherKeys = derivePacketKeys(nodeCiphers, new Uint8Array(28), "rtcp");
  assert.equal(context(KEY_ID, otherKeys).unprotect(sealed), undefined);
  assert.equal(context(KEY_ID + 1).unprotect(sealed), undefined);
});

Deno.test("whatever the bytes, opening them never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(context().unprotect(bytes), undefined);
    }),
    runs(2000),
  );
});
