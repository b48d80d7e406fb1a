import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeSocketAddress, type Family } from "../../../../shared/system/udp/socket_address.ts";
import { SocketAddressReader } from "../../../../shared/system/udp/socket_address_reader.ts";

/** What is read of an address that is written into a larger buffer. */
function readAgain(reader: SocketAddressReader, hostname: string, port: number, family: Family) {
  const words = new Uint32Array(16).fill(0xffff_ffff);
  new Uint8Array(words.buffer).set(encodeSocketAddress({ hostname, port }, family)!, 12);
  return reader.read(words, 3);
}

/** As RFC 5952 and the URL standard write it, but for a mapped IPv4 address. */
const written = (ipv6: string) => new URL(`http://[${ipv6}]`).hostname.slice(1, -1);
const port = fc.integer({ min: 0, max: 65_535 });

Deno.test("an address of IPv4 is read as it was encoded", () => {
  const reader = new SocketAddressReader("IPv4");
  fc.assert(fc.property(fc.ipV4(), port, (hostname, port) => {
    assert.deepEqual(readAgain(reader, hostname, port, "IPv4"), { hostname, port });
  }));
});

Deno.test("an address of IPv6 is read in the one form that RFC 5952 permits", () => {
  const reader = new SocketAddressReader("IPv6");
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  const address = fc.array(group, { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((one) => one.toString(16)).join(":"))
    .filter((text) => !text.startsWith("0:0:0:0:0:ffff:"));
  fc.assert(fc.property(address, port, (hostname, port) => {
    const read = readAgain(reader, hostname, port, "IPv6");
    assert.deepEqual(read, { hostname: written(hostname), port });
  }));
});

Deno.test("the forms of RFC 5952, and dots for a mapped address of IPv4 alone", () => {
  const reader = new SocketAddressReader("IPv6");
  const forms = {
    "0:0:0:0:0:0:0:0": "::",
    "0:0:0:0:0:0:0:1": "::1",
    "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "2001:DB8::ABCD": "2001:db8::abcd",
    "fe80:0:0:0:0:0:0:0": "fe80::",
    "::ffff:1.2.3.4": "::ffff:1.2.3.4",
    "::ffff:0:0": "::ffff:0.0.0.0",
    "::1.2.3.4": "::102:304",
    "::fffe:1.2.3.4": "::fffe:102:304",
    "64:ff9b::1.2.3.4": "64:ff9b::102:304",
  };
  for (const [hostname, expected] of Object.entries(forms)) {
    assert.equal(readAgain(reader, hostname, 1, "IPv6").hostname, expected);
  }
});

Deno.test("more hosts than are remembered are read as well, each as itself, again and again", () => {
  for (const family of ["IPv4", "IPv6"] as const) {
    const reader = new SocketAddressReader(family);
    const hosts = Array.from({ length: 10_000 }, (_, index) => {
      const [high, low] = [index >> 8, index & 0xff];
      return family === "IPv4" ? `10.0.${high}.${low}` : written(`2001:db8::${high}:0:${low}`);
    });
    for (let round = 0; round < 2; round++) {
      for (const host of hosts) {
        assert.deepEqual(readAgain(reader, host, 7, family), { hostname: host, port: 7 });
      }
    }
  }
});

Deno.test("an empty place of the memory is no address", () => {
  assert.equal(
    readAgain(new SocketAddressReader("IPv4"), "0.0.0.0", 1, "IPv4").hostname,
    "0.0.0.0",
  );
  assert.equal(readAgain(new SocketAddressReader("IPv6"), "::", 1, "IPv6").hostname, "::");
});

Deno.test("the text of a host that is known is not made again", () => {
  const reader = new SocketAddressReader("IPv4");
  const words = new Uint32Array(4);
  const name = encodeSocketAddress({ hostname: "192.0.2.1", port: 1 }, "IPv4")!;
  new Uint8Array(words.buffer).set(name);
  let made = 0;
  using _restored = watchTextOfBytes(() => made++);
  for (let time = 0; time < 100; time++) reader.read(words, 0);
  assert.equal(made, 1);
});

/** Tells whenever bytes are made text of, as for an address of IPv4. */
function watchTextOfBytes(onMade: () => void): Disposable {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype);
  const real = prototype.join;
  prototype.join = function (separator: string) {
    onMade();
    return real.call(this, separator);
  };
  return { [Symbol.dispose]: () => prototype.join = real };
}
