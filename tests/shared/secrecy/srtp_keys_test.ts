import assert from "node:assert/strict";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { deriveKeys, derivePacketKeys } from "../../../shared/secrecy/srtp_keys.ts";
import { hex, toHex } from "./hex.ts";

const MASTER_KEY = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
const MASTER_SALT = hex("0EC675AD498AFEEBB6960B3AABE6");

/** RFC 3711 appendix B.3. */
const PUBLISHED = [
  { name: "cipher key", label: 0, value: "C61E7A93744F39EE10734AFE3FF7A087" },
  { name: "cipher salt", label: 2, value: "30CBBC08863D8C85D49DB34A9AE1" },
  {
    name: "auth key",
    label: 1,
    value: `CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCE
      E049646C43D9327AD175578EF722709863 71C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E4740
      35766B68642C59BBFC2F34DB60DBDFB2DC68`,
  },
];

for (const { name, label, value } of PUBLISHED) {
  Deno.test(`the ${name} of RFC 3711 B.3 comes out`, () => {
    const published = hex(value);
    const spec = { label, length: published.length };
    const [derived] = deriveKeys(nodeCiphers, MASTER_KEY, MASTER_SALT, [spec]);
    assert.equal(toHex(derived!), toHex(published));
  });
}

Deno.test("several keys at once are those that come one at a time", () => {
  const specs = PUBLISHED.map(({ label, value }) => ({ label, length: hex(value).length }));
  const together = deriveKeys(nodeCiphers, MASTER_KEY, MASTER_SALT, specs);
  assert.deepEqual(together.map(toHex), PUBLISHED.map(({ value }) => toHex(hex(value))));
});

Deno.test("a salt of 96 bits is one of 112 that ends in zeros", () => {
  const short = MASTER_SALT.subarray(0, 12);
  const long = new Uint8Array(14);
  long.set(short);
  assert.deepEqual(
    deriveKeys(nodeCiphers, MASTER_KEY, short, [{ label: 3, length: 16 }]),
    deriveKeys(nodeCiphers, MASTER_KEY, long, [{ label: 3, length: 16 }]),
  );
});

Deno.test("no two session keys are alike, and all change with a bit of the master key or salt", () => {
  const master = new Uint8Array(28).map((_, index) => index);
  const seen = new Set<string>();
  for (let flipped = -1; flipped < master.length; flipped++) {
    const changed = master.slice();
    if (flipped >= 0) changed[flipped] = changed[flipped]! ^ 1;
    for (const protocol of ["rtp", "rtcp"] as const) {
      const { key, salt } = derivePacketKeys(nodeCiphers, changed, protocol);
      seen.add(toHex(key)).add(toHex(salt));
    }
  }
  assert.equal(seen.size, 29 * 4);
});

Deno.test("a master key of another length is refused", () => {
  assert.throws(() => derivePacketKeys(nodeCiphers, new Uint8Array(27), "rtp"), RangeError);
});
