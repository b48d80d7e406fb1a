import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { Srtp, SRTP_OVERHEAD_BYTES } from "../../../shared/secrecy/srtp.ts";
import { derivePacketKeys } from "../../../shared/secrecy/srtp_keys.ts";
import { serializeRtp } from "../../../shared/rtp/rtp.ts";
import { runs } from "../../runs.ts";
import { flipBit, hex, toHex } from "./hex.ts";

/** RFC 7714 section 16: session keys, so nothing is derived. */
const PUBLISHED_KEYS = {
  key: hex("000102030405060708090a0b0c0d0e0f"),
  salt: hex("517569642070726f2071756f"),
};
const PUBLISHED_PACKET = hex(`
  8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
  69736120 696e2070 61727465 73207472 6573`);
/** Section 16.1.1. */
const PUBLISHED_SEALED = hex(`
  8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
  0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`);
const KEY_ID = 0x2a;

const KEYS = derivePacketKeys(nodeCiphers, new Uint8Array(28).map((_, index) => 7 * index), "rtp");
const STARTS = [0, 1, 32_767, 65_534, 65_535, 65_536, 2 ** 32 - 2, 2 ** 48 - 100];

function context(keyId = KEY_ID, keys = KEYS): Srtp {
  return new Srtp(nodeCiphers, keys, keyId);
}

function packet(index: number, payload = Uint8Array.of(1, 2, 3), ssrc = 0x1234_5678): Uint8Array {
  return serializeRtp({
    payloadType: 14,
    sequenceNumber: index % 0x1_0000,
    timestamp: 99,
    ssrc,
    marker: false,
    payload,
  });
}

Deno.test("RFC 7714's packet is sealed to its published bytes, and opens", () => {
  const srtp = context(KEY_ID, PUBLISHED_KEYS);
  const sealed = srtp.protect(PUBLISHED_PACKET, 0xf17b);
  assert.equal(toHex(sealed), `${toHex(PUBLISHED_SEALED)}${KEY_ID.toString(16)}`);
  assert.deepEqual(srtp.unprotect(sealed, 0xf17b), new Uint8Array(PUBLISHED_PACKET));
});

for (const start of STARTS) {
  Deno.test(`40 packets from index ${start} on open, each under its own index alone`, () => {
    const srtp = context();
    for (let index = start; index < start + 40; index++) {
      const original = packet(index);
      const sealed = srtp.protect(original, index);
      assert.equal(sealed.length, original.length + SRTP_OVERHEAD_BYTES);
      assert.deepEqual(srtp.unprotect(sealed, index), original);
      assert.equal(srtp.unprotect(sealed, index + 0x1_0000), undefined);
      assert.equal(srtp.unprotect(sealed, index - 0x1_0000), undefined);
    }
  });
}

Deno.test("with any one bit turned over it does not open", () => {
  const srtp = context();
  const sealed = srtp.protect(packet(70_000), 70_000);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    assert.equal(srtp.unprotect(flipBit(sealed, bit), 70_000), undefined, `bit ${bit}`);
  }
});

Deno.test("cut short anywhere, or lengthened, it does not open", () => {
  const srtp = context();
  const sealed = srtp.protect(packet(5), 5);
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(srtp.unprotect(sealed.subarray(0, length), 5), undefined, `${length} bytes`);
  }
  assert.equal(srtp.unprotect(Uint8Array.of(...sealed, KEY_ID), 5), undefined);
});

Deno.test("another key, another key id and another SSRC do not open it", () => {
  const sealed = context().protect(packet(5), 5);
  const otherKeys = derivePacketKeys(nodeCiphers, new Uint8Array(28), "rtp");
  assert.equal(context(KEY_ID, otherKeys).unprotect(sealed, 5), undefined);
  assert.equal(context(KEY_ID + 1).unprotect(sealed, 5), undefined);
  const sameKeyId = sealed.slice();
  sameKeyId[11] = sameKeyId[11]! ^ 1;
  assert.equal(context().unprotect(sameKeyId, 5), undefined);
});

Deno.test("sources and extensions stay in clear and are authenticated, the payload is not seen", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 15 }),
      fc.option(fc.integer({ min: 0, max: 5 })),
      fc.uint8Array({ minLength: 16, maxLength: 1100 }),
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      (sources, extensionWords, payload, index) => {
        const extension = extensionWords === null
          ? new Uint8Array(0)
          : Uint8Array.of(0xbe, 0xde, 0, extensionWords, ...new Uint8Array(4 * extensionWords));
        const header = new Uint8Array(12 + 4 * sources).fill(9);
        header[0] = 0x80 | sources | (extensionWords === null ? 0 : 0x10);
        const headerBytes = header.length + extension.length;
        const original = Uint8Array.of(...header, ...extension, ...payload);
        const srtp = context();
        const sealed = srtp.protect(original, index);
        assert.deepEqual(sealed.subarray(0, headerBytes), original.subarray(0, headerBytes));
        assert.ok(!toHex(sealed).includes(toHex(payload)));
        assert.deepEqual(srtp.unprotect(sealed, index), original);
        const bit = index % (headerBytes * 8);
        assert.equal(srtp.unprotect(flipBit(sealed, bit), index), undefined);
      },
    ),
  );
});

Deno.test("whatever the bytes, opening them never throws", () => {
  const srtp = context();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer(), (bytes, index) => {
      assert.equal(srtp.unprotect(bytes, index), undefined);
    }),
    runs(2000),
  );
});
