import assert from "node:assert/strict";
import { joinAddresses } from "../../../server/broadcast/join_addresses.ts";
import { formatAddress } from "../../../shared/driver/socket.ts";

const OWN = [
  { address: "127.0.0.1", family: "IPv4" },
  { address: "192.168.1.7", family: "IPv4" },
  { address: "169.254.3.4", family: "IPv4" },
  { address: "10.8.0.2", family: "IPv4" },
  { address: "::1", family: "IPv6" },
  { address: "fe80::1", family: "IPv6" },
  { address: "2001:db8::7", family: "IPv6" },
] as const;

const NONE = [{ address: "127.0.0.1", family: "IPv4" }, {
  address: "::1",
  family: "IPv6",
}] as const;

function ways(
  host: string,
  advertised: readonly { hostname: string; port?: number }[] = [],
  own: typeof OWN | typeof NONE = OWN,
): string[] {
  return joinAddresses({ host, port: 5004, advertised }, own).map(formatAddress);
}

Deno.test("all addresses that others may reach, of the families that the socket takes", () => {
  assert.deepEqual(ways("0.0.0.0"), ["192.168.1.7:5004", "10.8.0.2:5004"]);
  assert.deepEqual(ways("::"), ["[2001:db8::7]:5004", "192.168.1.7:5004", "10.8.0.2:5004"]);
});

Deno.test("a host that is bound to one address has that one, and on its own machine loopback", () => {
  assert.deepEqual(ways("192.168.1.7"), ["192.168.1.7:5004"]);
  assert.deepEqual(ways("127.0.0.1"), ["127.0.0.1:5004"]);
  assert.deepEqual([ways("0.0.0.0", [], NONE), ways("::", [], NONE)], [["127.0.0.1:5004"], [
    "[::1]:5004",
  ]]);
});

Deno.test("what is advertised comes first, with a port of its own or the bound one, each once", () => {
  const advertised = [
    { hostname: "match.example" },
    { hostname: "203.0.113.9", port: 40_000 },
    { hostname: "192.168.1.7" },
    { hostname: "match.example", port: 5004 },
  ];
  assert.deepEqual(ways("0.0.0.0", advertised), [
    "match.example:5004",
    "203.0.113.9:40000",
    "192.168.1.7:5004",
    "10.8.0.2:5004",
  ]);
});

Deno.test("each address tells from where it is reached", () => {
  const reaches = (...hostnames: string[]) => {
    const advertised = hostnames.map((hostname) => ({ hostname }));
    return joinAddresses({ host: "127.0.0.1", port: 5004, advertised }, [])
      .slice(0, hostnames.length).map(({ reach }) => reach);
  };
  const outside = ["match.example", "198.51.100.4", "172.32.0.1", "100.128.0.1", "2001:db8::7"];
  assert.deepEqual(new Set(reaches(...outside)), new Set(["anywhere"]));
  const inside = ["10.0.0.1", "172.16.0.1", "100.64.0.1", "100.127.0.1", "fd00::7", "fe80::1%eth0"];
  assert.deepEqual(new Set(reaches(...inside, "laptop.local")), new Set(["network"]));
  assert.deepEqual(new Set(reaches("127.1.2.3", "::1", "localhost")), new Set(["machine"]));
});

Deno.test("an address of its own that is for texts is not reached from outside", () => {
  const own = [
    { address: "192.0.2.2", family: "IPv4" },
    { address: "2001:db8::7", family: "IPv6" },
    { address: "8.8.8.8", family: "IPv4" },
  ] as const;
  const reaches = joinAddresses({ host: "::", port: 5004, advertised: [] }, own)
    .map(({ reach }) => reach);
  assert.deepEqual(reaches, ["network", "network", "anywhere"]);
});
