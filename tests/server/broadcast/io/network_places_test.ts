import assert from "node:assert/strict";
import { reachableHost, resolveAddresses } from "../../../../server/broadcast/io/network_places.ts";
import { localHost } from "../../../../shared/driver/outward_address.ts";
import { CommandError } from "../../../../shared/core/errors.ts";

Deno.test("a link names an address that can be reached, never the wildcard", () => {
  assert.equal(reachableHost("127.0.0.1"), "127.0.0.1");
  assert.equal(reachableHost("host.example"), "host.example");
  const own = Deno.networkInterfaces().map(({ address }) => address);
  for (const wildcard of ["0.0.0.0", "::"]) {
    assert(own.includes(reachableHost(wildcard)), reachableHost(wildcard));
  }
  assert.equal(localHost("0.0.0.0"), "127.0.0.1");
  assert.equal(localHost("::"), "::1");
  assert.equal(localHost("10.0.0.1"), "10.0.0.1");
});

Deno.test("names are looked up once, in the family of the socket", async () => {
  assert.deepEqual(
    await resolveAddresses("--rtp-to", [
      { hostname: "localhost", port: 5004 },
      { hostname: "239.0.0.1", port: 6000 },
    ], "0.0.0.0"),
    [{ hostname: "127.0.0.1", port: 5004 }, { hostname: "239.0.0.1", port: 6000 }],
  );
});

Deno.test("an unknown host name is reported in one line", async () => {
  const nobody = [{ hostname: "nobody.invalid", port: 5004 }];
  await assert.rejects(resolveAddresses("--rtp-to", nobody, "0.0.0.0"), (error) => {
    assert(error instanceof CommandError);
    return /--rtp-to nobody\.invalid/.test(error.message) && !error.message.includes("\n");
  });
});
