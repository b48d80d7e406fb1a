import assert from "node:assert/strict";
import { numberedFrames, numberOf, takeNumbers } from "./numbered_frames.ts";

Deno.test("each frame tells its number, wherever the stream of them is cut", () => {
  const frames = [...numberedFrames().take(40)].map(({ bytes }) => bytes);
  assert.deepEqual(frames.map(numberOf), frames.map((_, index) => index));
  const stream = Uint8Array.from(frames.flatMap((bytes) => [...bytes]));
  for (const length of [1, 7, 8, 100, 626, 5000]) {
    const found: number[] = [];
    let rest = new Uint8Array();
    for (let from = 0; from < stream.length; from += length) {
      const taken = takeNumbers(Uint8Array.of(...rest, ...stream.subarray(from, from + length)));
      rest = taken.rest.slice();
      found.push(...taken.numbers);
    }
    assert.deepEqual(found, frames.map((_, index) => index), `in pieces of ${length}`);
  }
});

Deno.test("numbered sound has its bitrate: 192 kbit/s", () => {
  const frames = [...numberedFrames().take(3828)].map(({ bytes }) => bytes);
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  assert.ok(Math.abs(bytes * 8 / (3828 * 1152 / 44_100) - 192_000) < 5);
});
