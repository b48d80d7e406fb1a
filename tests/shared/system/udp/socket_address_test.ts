import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import {
  encodeSocketAddress,
  parseIpv4,
  parseIpv6,
} from "../../../../shared/system/udp/socket_address.ts";

const hex = (bytes: Uint8Array | undefined) => bytes?.toHex();

Deno.test("an address of IPv4 is a sockaddr_in", () => {
  const encoded = encodeSocketAddress({ hostname: "192.0.2.1", port: 5004 }, "IPv4");
  assert.equal(hex(encoded), "0200138cc00002010000000000000000");
});

Deno.test("an address of IPv6 is a sockaddr_in6", () => {
  const encoded = encodeSocketAddress({ hostname: "2001:db8::1", port: 65_535 }, "IPv6");
  const address = "20010db8000000000000000000000001";
  assert.equal(hex(encoded), `0a00ffff00000000${address}00000000`);
});

Deno.test("names, zones and the other family are left to the runtime", () => {
  const encode = (hostname: string, family: "IPv4" | "IPv6") =>
    encodeSocketAddress({ hostname, port: 1 }, family);
  for (const hostname of ["localhost", "::1", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", ""]) {
    assert.equal(encode(hostname, "IPv4"), undefined, hostname);
  }
  const wrong = [
    "1.2.3.4",
    "fe80::1%eth0",
    "1::2::3",
    ":::",
    "1:2:3",
    "12345::",
    "::1.2.3",
    ":1::",
  ];
  for (const hostname of wrong) assert.equal(encode(hostname, "IPv6"), undefined, hostname);
});

Deno.test("the forms of an address of IPv6", () => {
  assert.equal(hex(parseIpv6("::")), "00".repeat(16));
  assert.equal(hex(parseIpv6("1::")), "0001" + "00".repeat(14));
  assert.equal(hex(parseIpv6("::ffff:192.0.2.1")), "00".repeat(10) + "ffffc0000201");
  assert.equal(hex(parseIpv6("1:2:3:4:5:6:7:8")), "00010002000300040005000600070008");
  assert.equal(hex(parseIpv6("1:2:3:4:5:6:7::")), "00010002000300040005000600070000");
});

Deno.test("every address is read as it was written, and nothing else is an address", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => {
    assert.equal([...parseIpv4(text)!].join("."), text);
  }));
  fc.assert(fc.property(fc.ipV6(), (text) => {
    const written = parseIpv6(text)!.toHex().match(/.{4}/g)!.join(":");
    assert.equal(new URL(`http://[${written}]`).host, new URL(`http://[${text}]`).host);
  }));
  const figures = fc.string({ unit: fc.constantFrom(..."0129af:.%x "), maxLength: 24 });
  fc.assert(fc.property(figures, (text) => {
    assert.equal(parseIpv6(text) !== undefined, isIPv6(text) && !text.includes("%"));
    assert.equal(parseIpv4(text) !== undefined, isIPv4(text));
  }));
});
