import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { hmacSha256, sha256 } from "../../../shared/secrecy/hmac_sha256.ts";

const encoder = new TextEncoder();
/** RFC 4231 section 4, without the one that is cut: key, message, tag. */
const VECTORS: readonly (readonly [Uint8Array, Uint8Array, string])[] = [
  [
    repeat(0x0b, 20),
    encoder.encode("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    encoder.encode("Jefe"),
    encoder.encode("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    repeat(0xaa, 20),
    repeat(0xdd, 50),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  ],
  [
    Uint8Array.from({ length: 25 }, (_, index) => index + 1),
    repeat(0xcd, 50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  [
    repeat(0xaa, 131),
    encoder.encode("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    repeat(0xaa, 131),
    encoder.encode(
      "This is a test using a larger than block-size key and a larger than block-size data. " +
        "The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

function repeat(byte: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

Deno.test("the test vectors of RFC 4231", () => {
  for (const [key, message, tag] of VECTORS) assert.equal(hmacSha256(key, message).toHex(), tag);
});

Deno.test("property: any key and any parts give what node:crypto gives, also around a block's length", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(bytes, fc.array(bytes, { maxLength: 5 }), (key, parts) => {
      const hmac = createHmac("sha256", key);
      for (const part of parts) hmac.update(part);
      assert.equal(hmacSha256(key, ...parts).toHex(), hmac.digest("hex"));
    }),
  );
});

Deno.test("a result is the caller's to keep", () => {
  const first = hmacSha256(repeat(1, 3), repeat(2, 3));
  const kept = first.toHex();
  hmacSha256(repeat(4, 100), repeat(5, 100));
  assert.equal(first.toHex(), kept);
});

Deno.test("results share memory, and none changes another", () => {
  const texts = Array.from({ length: 200 }, (_, index) => encoder.encode(`text ${index}`));
  const tags = texts.map((text) => hmacSha256(repeat(7, 32), text));
  const hashes = texts.map((text) => sha256(text));
  for (const [index, text] of texts.entries()) {
    const tag = createHmac("sha256", repeat(7, 32)).update(text).digest();
    assert.deepEqual([...tags[index]!], [...tag]);
    assert.deepEqual([...hashes[index]!], [...createHash("sha256").update(text).digest()]);
  }
});
