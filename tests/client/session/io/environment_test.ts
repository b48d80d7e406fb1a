import assert from "node:assert/strict";
import { resolveHost } from "../../../../client/session/io/environment.ts";
import { CommandError } from "../../../../shared/core/errors.ts";

Deno.test("an address stays as it is", async () => {
  assert.equal(await resolveHost("192.0.2.1"), "192.0.2.1");
  assert.equal(await resolveHost("2001:db8::1"), "2001:db8::1");
});

Deno.test("a name becomes an address, IPv4 before IPv6", async () => {
  assert.equal(await resolveHost("localhost"), "127.0.0.1");
});

Deno.test("an unknown host is reported by its name", async () => {
  const error = await resolveHost("nobody.invalid").then(() => undefined, (error) => error);
  assert.ok(error instanceof CommandError);
  assert.match(error.message, /nobody\.invalid/);
});
