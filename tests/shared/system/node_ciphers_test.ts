import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { flipBit, hex, toHex } from "../secrecy/hex.ts";

Deno.test("AES-128-GCM is McGrew and Viega's test case 4", () => {
  const key = hex("feffe9928665731c6d6a8f9467308308");
  const nonce = hex("cafebabefacedbaddecaf888");
  const plaintext = hex(`
    d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
    1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39`);
  const associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const sealed = nodeCiphers.seal(key, nonce, plaintext, associated);
  assert.equal(
    toHex(sealed),
    toHex(hex(`
      42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e
      21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091
      5bc94fbc3221a5db94fae95ae7121a47`)),
  );
  assert.equal(toHex(nodeCiphers.open(key, nonce, sealed, associated)!), toHex(plaintext));
  assert.equal(nodeCiphers.open(key, nonce, sealed, plaintext), undefined);
  assert.equal(nodeCiphers.open(key, nonce, sealed.subarray(0, 15), associated), undefined);
});

Deno.test("HMAC-SHA256 is RFC 4231's test case 2", () => {
  const encoder = new TextEncoder();
  const tag = nodeCiphers.hmacSha256(
    encoder.encode("Jefe"),
    encoder.encode("what do ya want for nothing?"),
  );
  assert.equal(toHex(tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
});

/** RFC 8032 section 7.1, test 3. */
const SEED = hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
const PUBLIC_KEY = hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
const MESSAGE = hex("af82");
const SIGNATURE = hex(`
  6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
  18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a`);

Deno.test("Ed25519 is RFC 8032's test 3", () => {
  assert.equal(toHex(nodeCiphers.signingKeyOf(SEED)), toHex(PUBLIC_KEY));
  assert.equal(toHex(nodeCiphers.sign(SEED, MESSAGE)), toHex(SIGNATURE));
  assert.equal(nodeCiphers.verify(PUBLIC_KEY, MESSAGE, SIGNATURE), true);
});

Deno.test("no other message, key or signature passes, and none of them throws", () => {
  for (let bit = 0; bit < 512; bit++) {
    assert.equal(nodeCiphers.verify(PUBLIC_KEY, MESSAGE, flipBit(SIGNATURE, bit)), false);
    if (bit >= 256) continue;
    assert.equal(nodeCiphers.verify(flipBit(PUBLIC_KEY, bit), MESSAGE, SIGNATURE), false);
  }
  assert.equal(nodeCiphers.verify(PUBLIC_KEY, flipBit(MESSAGE, 3), SIGNATURE), false);
  for (const length of [0, 31, 33]) {
    assert.equal(nodeCiphers.verify(new Uint8Array(length), MESSAGE, SIGNATURE), false);
    assert.equal(nodeCiphers.verify(PUBLIC_KEY, MESSAGE, SIGNATURE.subarray(0, length)), false);
  }
});

Deno.test("X25519 is RFC 7748's first vector of section 5.2, and takes no key that settles the secret", () => {
  const own = nodeCiphers.openKeyAgreement(
    hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
  );
  const agreed = own.agree(hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  assert.equal(toHex(agreed!), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  const other = nodeCiphers.openKeyAgreement(new Uint8Array(32).fill(7));
  assert.deepEqual(own.agree(other.publicKey), other.agree(own.publicKey));
  const ofSmallOrder = [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))];
  for (const key of [...ofSmallOrder, new Uint8Array(31), new Uint8Array(33), new Uint8Array(0)]) {
    assert.equal(own.agree(key), undefined);
  }
});

Deno.test("SHA-256 is that of FIPS 180-4's first example, however it is cut into parts", () => {
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const [a, bc] = [Uint8Array.of(97), Uint8Array.of(98, 99)];
  assert.equal(toHex(nodeCiphers.sha256(a, bc)), digest);
  assert.equal(toHex(nodeCiphers.sha256(Uint8Array.of(...a, ...bc))), digest);
});
