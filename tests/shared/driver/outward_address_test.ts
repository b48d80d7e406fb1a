import assert from "node:assert/strict";
import { outwardHost, outwardHosts } from "../../../shared/driver/outward_address.ts";

const OWN = [
  { address: "127.0.0.1", family: "IPv4" },
  { address: "fe80::1", family: "IPv6" },
  { address: "192.168.1.7", family: "IPv4" },
  { address: "10.8.0.2", family: "IPv4" },
  { address: "fd00::7", family: "IPv6" },
] as const;

Deno.test("all addresses of the machine that others reach, of the family that is bound to first", () => {
  assert.deepEqual(outwardHosts("0.0.0.0", OWN), ["192.168.1.7", "10.8.0.2"]);
  assert.deepEqual(outwardHosts("::", OWN), ["fd00::7", "192.168.1.7", "10.8.0.2"]);
  assert.deepEqual(outwardHosts("::", OWN.slice(0, 3)), ["192.168.1.7"]);
  assert.equal(outwardHost("0.0.0.0", OWN), "192.168.1.7");
});

Deno.test("one address stays what it is, and a machine without a network has loopback", () => {
  assert.deepEqual(outwardHosts("club.example", OWN), ["club.example"]);
  assert.deepEqual(outwardHosts("0.0.0.0", OWN.slice(0, 2)), ["127.0.0.1"]);
  assert.deepEqual(outwardHosts("::", OWN.slice(0, 2)), ["::1"]);
});
