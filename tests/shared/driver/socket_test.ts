import assert from "node:assert/strict";
import { addressKey, formatAddress } from "../../../shared/driver/socket.ts";

Deno.test("addresses are written so that a port can be told from IPv6", () => {
  assert.equal(formatAddress({ hostname: "127.0.0.1", port: 5004 }), "127.0.0.1:5004");
  assert.equal(formatAddress({ hostname: "::1", port: 5004 }), "[::1]:5004");
});

Deno.test("keys differ where addresses do", () => {
  const addresses = [["a", 1], ["a", 11], ["b", 1], ["::1", 1], ["::", 11]] as const;
  const keys = addresses.map(([hostname, port]) => addressKey({ hostname, port }));
  assert.equal(new Set(keys).size, keys.length);
});
