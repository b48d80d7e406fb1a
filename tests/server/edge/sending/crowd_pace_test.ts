import assert from "node:assert/strict";
import { CrowdPace, FramePace } from "../../../../server/edge/sending/crowd_pace.ts";

const CLOCK = 90_000;

/** A stream of so many frames, each this long, in as many packets. */
function framesOf(frameMillis: number, count = 50, { from = 0, packets = 1 } = {}): FramePace {
  const pace = new FramePace(CLOCK);
  return feed(pace, frameMillis, count, { from, packets });
}

function feed(pace: FramePace, frameMillis: number, count = 50, { from = 0, packets = 1 } = {}) {
  for (let frame = 0; frame < count; frame++) {
    const ticks = from + Math.round(frame * frameMillis * 90);
    for (let packet = 0; packet < packets; packet++) pace.onPacket(ticks);
  }
  return pace;
}

const near = (value: number, expected: number) =>
  assert.ok(Math.abs(value - expected) < 0.3, `${value}, not about ${expected}`);

Deno.test("slots leave over half a frame's time, whatever its packets, and over no more than 20 ms", () => {
  for (const frameMillis of [2.5, 10, 20, 1152 / 44.1, 1000 / 30]) {
    near(framesOf(frameMillis).spread, frameMillis / 2);
    near(framesOf(frameMillis, 50, { packets: 40 }).spread, frameMillis / 2);
  }
  assert.equal(framesOf(60).spread, 20);
  assert.equal(framesOf(500).spread, 20);
});

Deno.test("before a second frame nothing is known, and the longest time holds", () => {
  assert.equal(new FramePace(CLOCK).spread, 20);
  assert.equal(framesOf(10, 1, { packets: 9 }).spread, 20);
});

Deno.test("frames that come a little irregularly don't change it: that would be jitter", () => {
  const pace = framesOf(20);
  const { spread } = pace;
  let ticks = 50 * 1800;
  for (let frame = 0; frame < 500; frame++) {
    ticks += 1800 + (frame % 3 - 1) * 400;
    pace.onPacket(ticks);
    assert.equal(pace.spread, spread);
  }
});

Deno.test("when frames become clearly faster or slower it follows", () => {
  const pace = framesOf(20);
  near(feed(pace, 5, 100, { from: 50 * 1800 }).spread, 2.5);
  const { spread } = feed(pace, 20, 100, { from: 50 * 1800 + 100 * 450 });
  assert.ok(spread > 8 && spread <= 10, `${spread}`);
});

Deno.test("a pause of the source is not the time of a frame", () => {
  const pace = framesOf(20);
  const { spread } = pace;
  feed(pace, 20, 50, { from: 90_000 * 60 });
  assert.equal(pace.spread, spread);
});

Deno.test("frames out of order, as some encoders give them, count by the span of all", () => {
  const pace = new FramePace(CLOCK);
  for (let group = 0; group < 20; group++) {
    for (const place of [0, 3, 1, 2]) pace.onPacket((4 * group + place) * 3000);
  }
  assert.ok(Math.abs(pace.spread - 1000 / 60) < 1);
});

Deno.test("up to 500 listeners get a packet at once; a crowd that shrinks a little stays one", () => {
  const pace = new CrowdPace();
  const streams = [{ framePace: framesOf(20) }];
  const spread = (listeners: number) => pace.spread(listeners, streams) > 0;
  assert.deepEqual([1, 500, 501, 500, 400, 399, 400, 500, 501].map(spread), [
    false,
    false,
    true,
    true,
    true,
    false,
    false,
    false,
    true,
  ]);
});

Deno.test("all streams leave over the same time, half of the shortest frame", () => {
  const pace = new CrowdPace();
  const [sound, screen] = [{ framePace: framesOf(20) }, { framePace: framesOf(1000 / 30) }];
  near(pace.spread(1000, [sound, screen, {}]), 10);
  near(pace.spread(1000, [screen, {}]), 1000 / 60);
  assert.equal(pace.spread(1000, [{}]), 20, "events and data have no frames");
});
