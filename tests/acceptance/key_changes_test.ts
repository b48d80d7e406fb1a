import { assertNothingMissed, assertStillHeard } from "../loopback/key_changes.ts";

Deno.test("three listeners hear 41 minutes with four changes of keys, and miss no packet", () => {
  assertNothingMissed({ listeners: 3, changes: 4 });
});

Deno.test("two listeners on a network that loses a third hear on through two changes of keys", () => {
  assertStillHeard({ listeners: 2, changes: 2 });
});
