import fc from "fast-check";
import assert from "node:assert/strict";
import { RecordingTimes } from "../../../../client/playing/screen/recording_times.ts";
import { screenFrame } from "./screen_frames.ts";

const key = (ticks: number) => screenFrame("vp8", 0, { isKey: true, ticks });
const delta = (ticks: number) => screenFrame("vp8", 0, { ticks });

Deno.test("a file begins at 0, and a hole in the broadcast is one in the file", () => {
  const times = new RecordingTimes();
  const start = 2 ** 33;
  const got = [key(start), delta(start + 3000), key(start + 903_000)]
    .map((frame, index) => times.timeOf(frame, index * 33));
  assert.deepEqual(got, [0, 3000, 903_000]);
});

Deno.test("frames that are shown before others of their group keep their times", () => {
  const times = new RecordingTimes();
  const got = [key(0), delta(9000), delta(3000), delta(6000)].map((frame) =>
    times.timeOf(frame, 0)
  );
  assert.deepEqual(got, [0, 9000, 3000, 6000]);
});

Deno.test("with another broadcast the file's time goes on as the clock did", () => {
  for (const ticks of [0, 5000, 90_000_000]) {
    const times = new RecordingTimes();
    times.timeOf(key(1_000_000), 10_000);
    times.timeOf(delta(1_090_000), 11_000);
    times.beginAnew();
    assert.equal(times.timeOf(key(ticks), 16_000), 90_000 + 450_000);
    assert.equal(times.timeOf(delta(ticks + 3000), 16_033), 90_000 + 453_000);
  }
});

Deno.test("times that go back at a key frame go on as the clock did, and no frame is shown before its key frame", () => {
  const times = new RecordingTimes();
  times.timeOf(key(900_000), 1000);
  times.timeOf(delta(990_000), 2000);
  assert.equal(times.timeOf(key(0), 2000), 90_001);
  assert.equal(times.timeOf(delta(-5), 2100), 90_001);
});

Deno.test("whatever comes, times are never negative, and key frames come after all before them", () => {
  const arbitraryFrame = fc.record({
    isKey: fc.boolean(),
    ticks: fc.integer({ min: -(2 ** 34), max: 2 ** 34 }),
    isAnew: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(arbitraryFrame), (frames) => {
    const times = new RecordingTimes();
    let latest = -1;
    for (
      const [index, { isKey, ticks, isAnew }] of [
        { isKey: true, ticks: 5, isAnew: false },
        ...frames,
      ].entries()
    ) {
      if (isAnew) times.beginAnew();
      const time = times.timeOf(isKey ? key(ticks) : delta(ticks), index);
      assert.ok(time >= 0);
      if (isKey) assert.ok(time > latest);
      latest = Math.max(latest, time);
    }
  }));
});
