import assert from "node:assert/strict";
import fc from "fast-check";
import { ScreenBitrate } from "../../../../../server/origin/screen/desktop/bitrate.ts";
import { runs } from "../../../../runs.ts";

const GIVEN = 1_000_000;

/** One summary a second. @returns the bitrate after each. */
function follow(bitrate: ScreenBitrate, lossy: readonly number[], listeners = 10): number[] {
  return lossy.map((count, second) => {
    bitrate.noteLosses({ listeners, lossy: count }, second * 1000);
    return bitrate.bitrate;
  });
}

const seconds = (count: number, lossy: number) => new Array<number>(count).fill(lossy);

Deno.test("when more than a tenth lose for 5 s the bitrate goes down by 15 %, each 5 s", () => {
  const rates = follow(new ScreenBitrate(GIVEN), seconds(11, 2));
  assert.deepEqual(rates.slice(0, 5), seconds(5, GIVEN));
  assert.deepEqual(rates.slice(5, 10), seconds(5, 850_000));
  assert.equal(rates[10], 722_500);
});

Deno.test("a tenth is not more than a tenth, and short losses are no reason", () => {
  assert.deepEqual(follow(new ScreenBitrate(GIVEN), seconds(30, 1)), seconds(30, GIVEN));
  const shortly = [...seconds(4, 5), 0, ...seconds(4, 5), 0, ...seconds(4, 5)];
  assert(follow(new ScreenBitrate(GIVEN), shortly).every((rate) => rate === GIVEN));
});

Deno.test("after that it goes up by 5 % each 10 s, up to what the host gave", () => {
  const rates = follow(new ScreenBitrate(GIVEN), [...seconds(6, 5), ...seconds(100, 0)]);
  assert.deepEqual([rates[15], rates[16], rates[26]], [850_000, 892_500, 937_125]);
  assert.equal(rates.at(-1), GIVEN);
});

Deno.test("without listeners nothing goes down", () => {
  const bitrate = new ScreenBitrate(GIVEN);
  assert(follow(bitrate, seconds(60, 0), 0).every((rate) => rate === GIVEN));
});

Deno.test("whatever is told, it stays between the least and what was given, and says when it changes", () => {
  const told = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(20_000));
  fc.assert(
    fc.property(fc.integer({ min: 50_000, max: 1e8 }), fc.array(told), (given, summaries) => {
      const bitrate = new ScreenBitrate(given);
      let now = 0;
      for (const [listeners, lossy, later] of summaries) {
        const before = bitrate.bitrate;
        const hasChanged = bitrate.noteLosses({ listeners, lossy }, now += later);
        assert(bitrate.bitrate <= given && bitrate.bitrate >= Math.min(given, 100_000));
        if (!hasChanged) assert.equal(bitrate.bitrate, before);
      }
    }),
    runs(200),
  );
});
