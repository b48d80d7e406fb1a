import assert from "node:assert/strict";
import { PictureReading } from "../../../../../server/origin/screen/io/picture_reading.ts";
import type { EncodedPicture } from "../../../../../server/origin/screen/picture.ts";

/** A source whose key frame comes after so many other pictures, in parts of that many. */
function source(count: number, part: number): () => Promise<EncodedPicture[] | undefined> {
  let given = 0;
  return () => {
    if (given > count) return Promise.resolve(undefined);
    const length = Math.min(part, count + 1 - given);
    return Promise.resolve(
      Array.from({ length }, (): EncodedPicture => {
        const isKey = given++ === count;
        return {
          nalUnits: [Uint8Array.of(isKey ? 0x65 : 0x41)],
          isKey,
          ticks: 0,
          gapBefore: false,
        };
      }),
    );
  };
}

for (const part of [1, 7, 400]) {
  Deno.test(`a live source that gives no key frame for long is said to, once; in parts of ${part}`, async () => {
    const said: string[] = [];
    const reading = new PictureReading("-", () => {}, (text) => said.push(text));
    assert.equal(await reading.findKey(source(2000, part)), true);
    assert.equal(said.length, 1);
    assert.match(
      said[0]!,
      /^--screen standard input has given 300 pictures and no key frame .* encode/,
    );
  });
}

Deno.test("a key frame that comes soon needs no word", async () => {
  const said: string[] = [];
  const reading = new PictureReading("-", () => {}, (text) => said.push(text));
  assert.equal(await reading.findKey(source(250, 10)), true);
  assert.deepEqual(said, []);
});
