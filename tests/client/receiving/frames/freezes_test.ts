import assert from "node:assert/strict";
import { Freezes } from "../../../../client/receiving/frames/freezes.ts";

const FRAME = 100;

/** Frames at these times; a frame was missing in the intervals that begin with the given frames. */
function shown(times: readonly number[], heldAfter: readonly number[] = []): Freezes {
  const freezes = new Freezes();
  for (const [index, at] of times.entries()) {
    freezes.onShown(at);
    if (heldAfter.includes(index)) freezes.onHeld();
  }
  return freezes;
}

const regular = (count: number) => Array.from({ length: count }, (_, index) => index * FRAME);

Deno.test("an interval is a freeze from three times the average on, and 150 ms longer than it", () => {
  const times = regular(10);
  const last = times.at(-1)!;
  for (const [interval, isFreeze] of [[299, false], [300, true], [1000, true]] as const) {
    const { count, duration } = shown([...times, last + interval], [9]).counts(last + interval);
    assert.deepEqual([count, duration], isFreeze ? [1, interval] : [0, 0]);
  }
  // At 20 ms a frame, three times as long is too short to be noticed.
  const fast = regular(10).map((at) => at / 5);
  const end = fast.at(-1)!;
  for (const [interval, isFreeze] of [[169, false], [170, true]] as const) {
    assert.equal(shown([...fast, end + interval], [9]).counts(0).count, Number(isFreeze));
  }
});

Deno.test("a screen that does not change does not freeze, however long", () => {
  assert.deepEqual(shown([...regular(10), 60_000]).counts(60_000), { count: 0, duration: 0 });
});

Deno.test("a freeze counts while it lasts, and once", () => {
  const freezes = shown(regular(10), [9]);
  assert.equal(freezes.counts(900 + 299).count, 0);
  assert.deepEqual(freezes.counts(900 + 500), { count: 1, duration: 500 });
  freezes.onShown(900 + 600);
  assert.deepEqual(freezes.counts(900 + 600), { count: 1, duration: 600 });
  freezes.onShown(900 + 5000);
  assert.deepEqual(freezes.counts(900 + 9000), { count: 1, duration: 600 }, "nothing was missing");
});

Deno.test("before the first frame nothing stands still", () => {
  const freezes = new Freezes();
  freezes.onHeld();
  assert.deepEqual(freezes.counts(1e6), { count: 0, duration: 0 });
});

Deno.test("the average is that of the last thirty intervals", () => {
  const slow = Array.from({ length: 40 }, (_, index) => index * 1000);
  const fast = Array.from({ length: 31 }, (_, index) => 40_000 + index * FRAME);
  assert.equal(shown([...slow, ...fast, fast.at(-1)! + 300], [70]).counts(0).count, 1);
});
