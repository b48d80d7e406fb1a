import assert from "node:assert/strict";
import { EarlyMedia } from "../../../client/core/early_media.ts";
import { T0 } from "../starts.ts";

Deno.test("what is kept comes back once, in order, with its time, and is a copy", () => {
  const early = new EarlyMedia();
  const buffer = Uint8Array.of(1);
  early.keep(buffer, T0);
  buffer[0] = 2;
  early.keep(buffer, T0 + 5);
  buffer[0] = 3;
  assert.deepEqual(early.takeAll(), [
    { datagram: Uint8Array.of(1), at: T0 },
    { datagram: Uint8Array.of(2), at: T0 + 5 },
  ]);
  assert.deepEqual(early.takeAll(), []);
});

Deno.test("its room is bounded", () => {
  const early = new EarlyMedia();
  const kept = Array.from({ length: 1000 }, () => early.keep(new Uint8Array(1), T0));
  assert.equal(kept.filter(Boolean).length, 256);
  assert.equal(early.takeAll().length, 256);
  assert.equal(early.keep(new Uint8Array(1), T0), true);
});
