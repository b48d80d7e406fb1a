import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { PacketCipher } from "../../../shared/secrecy/packet_cipher.ts";
import { hex } from "./hex.ts";

const SALT = hex("517569642070726f2071756f");
const NOTHING = new Uint8Array();

/** The nonces that RFC 7714 shows, and one at the end of an index's 48 bits. */
const NONCES: readonly (readonly [string, number, number, string])[] = [
  ["section 16.1.1's packet", 0x5501a0b2, 0xf17b, "51753c6580c2726f20718414"],
  ["section 17.1's report", 0x4d617273, 0x5d4, "517524055203726f207170bb"],
  ["the highest index", 0, 2 ** 48 - 1, "5175696420708d90df8e8a90"],
];

for (const [name, ssrc, index, expected] of NONCES) {
  Deno.test(`the nonce of ${name} is made as RFC 7714 has it`, () => {
    const nonces: Uint8Array[] = [];
    const ciphers = {
      ...nodeCiphers,
      seal: (_key: Uint8Array, nonce: Uint8Array) => (nonces.push(nonce), NOTHING),
      open: (_key: Uint8Array, nonce: Uint8Array) => (nonces.push(nonce), NOTHING),
    };
    const cipher = new PacketCipher(ciphers, { key: NOTHING, salt: SALT });
    cipher.seal(ssrc, index, NOTHING, NOTHING);
    cipher.open(ssrc, index, NOTHING, NOTHING);
    assert.deepEqual(nonces, [hex(expected), hex(expected)]);
  });
}
