import assert from "node:assert/strict";
import fc from "fast-check";
import { addressGroup } from "../../../../server/origin/reports/address_group.ts";
import { runs } from "../../../runs.ts";

Deno.test("an IPv4 address is a group, and so are the first 64 bits of an IPv6 address", () => {
  assert.equal(addressGroup("203.0.113.7"), "203.0.113.7");
  assert.equal(addressGroup("::ffff:203.0.113.7"), "203.0.113.7");
  const group = addressGroup("2001:db8:0:7::1");
  assert.equal(group, "2001:db8:0:7::/64");
  for (const same of ["2001:DB8:0:7:ffff::2", "2001:0db8::7:0:0:0:9", "2001:db8:0:7::"]) {
    assert.equal(addressGroup(same), group);
  }
  assert.notEqual(addressGroup("2001:db8:0:8::1"), group);
});

Deno.test("loopback, private, link-local and shared addresses are not limited", () => {
  const unlimited = [
    ...["127.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.9.9"],
    ...["100.64.0.1", "100.127.0.1", "::1", "fd00::1", "fc00::1", "fe80::1%eth0", "febf::1"],
    ...["::ffff:10.1.2.3", "::ffff:7f00:1"],
  ];
  for (const address of unlimited) assert.equal(addressGroup(address), undefined, address);
  const limited = [
    ...["172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.169.0.1", "11.0.0.1"],
    ...["::2", "fec0::1", "fb00::1", "2001:db8::1"],
  ];
  for (const address of limited) assert.notEqual(addressGroup(address), undefined, address);
});

Deno.test("what is no address is a group of its own, and nothing throws", () => {
  for (const text of ["", "host.example", ":", "::::", "[::1]", "1.2.3", "%", "::%a/b@c"]) {
    assert.equal(typeof (addressGroup(text) ?? ""), "string");
  }
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (text) => {
      const group = addressGroup(text);
      assert.ok(group === undefined || group.length <= Math.max(text.length, 24));
    }),
    runs(300),
  );
});
