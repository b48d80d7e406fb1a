import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  type Encoding,
  ScreenSchedule,
} from "../../../../../server/studio/web/screen/screen_schedule.ts";

const FREE = { encodeQueueSize: 0, isBehind: false };
const TICK = 20;

interface Encoded extends Encoding {
  readonly at: number;
}

/** A source that gives pictures at these times, and a worker that looks every 20 ms. */
function run(
  schedule: ScreenSchedule,
  pictures: readonly number[],
  end: number,
  readiness: (now: number) => typeof FREE = () => FREE,
): Encoded[] {
  const encoded: Encoded[] = [];
  const look = (now: number) => {
    const next = schedule.next(now, readiness(now));
    if (next) encoded.push({ ...next, at: now });
  };
  let index = 0;
  for (let tick = 0; tick <= end; tick += TICK) {
    for (; index < pictures.length && pictures[index]! <= tick; index++) {
      schedule.onPicture();
      look(pictures[index]!);
    }
    look(tick);
  }
  return encoded;
}

const every = (interval: number, end: number) =>
  Array.from({ length: Math.floor(end / interval) }, (_, index) => index * interval);

Deno.test("a source of the wanted rate passes whole, beginning with a key frame", () => {
  const encoded = run(new ScreenSchedule(15), every(1000 / 15, 5000), 4990);
  assert.equal(encoded.length, 75);
  assert.deepEqual(encoded.map(({ isKey }) => isKey), [true, ...new Array(74).fill(false)]);
  assert.ok(encoded.every(({ isRepeated }) => !isRepeated));
});

Deno.test("after five seconds of pictures there is another key frame, so that late joiners catch up", () => {
  const moving = run(new ScreenSchedule(15), every(1000 / 15, 20_000), 19_990);
  const keys = moving.flatMap(({ isKey }, index) => isKey ? [index] : []);
  assert.deepEqual(keys, [0, 75, 150, 225]);
  const still = run(new ScreenSchedule(15), [0], 160_000);
  assert.deepEqual(still.filter(({ isKey }) => isKey).map(({ at }) => at), [0, 75_000, 150_000]);
});

Deno.test("a source that is too fast is thinned to the wanted rate, and its last picture is not lost", () => {
  const schedule = new ScreenSchedule(15);
  const encoded = run(schedule, every(1000 / 60, 3000), 3500);
  assert.ok(Math.abs(encoded.filter(({ at }) => at < 3000).length - 45) <= 2, `${encoded.length}`);
  assert.ok(schedule.skipped > 120);
  const last = encoded.at(-1)!;
  assert.ok(last.at > 2983 && last.at < 3100 && !last.isRepeated, JSON.stringify(last));
});

Deno.test("nothing moves: the last picture is sent once a second", () => {
  const encoded = run(new ScreenSchedule(15), [0], 10_000);
  assert.deepEqual(encoded.map(({ at }) => at), every(1000, 11_000));
  assert.ok(encoded.slice(1).every(({ isRepeated, isKey }) => isRepeated && !isKey));
});

Deno.test("a key frame that is wanted comes at once, also when nothing moves, and is one alone", () => {
  const schedule = new ScreenSchedule(15);
  run(schedule, [0], 400);
  schedule.wantKey();
  schedule.wantKey();
  assert.deepEqual(schedule.next(410, FREE), { isKey: true, isRepeated: true });
  assert.equal(schedule.next(420, FREE), undefined);
  schedule.onPicture();
  schedule.wantKey();
  assert.deepEqual(schedule.next(430, FREE), { isKey: true, isRepeated: false });
});

Deno.test("before the first picture nothing can be encoded", () => {
  const schedule = new ScreenSchedule(15);
  schedule.wantKey();
  assert.equal(schedule.next(5000, FREE), undefined);
});

Deno.test("while the link or the encoder is behind pictures are left out before they are encoded", () => {
  for (
    const slow of [{ encodeQueueSize: 0, isBehind: true }, { encodeQueueSize: 2, isBehind: false }]
  ) {
    const schedule = new ScreenSchedule(15);
    const readiness = (now: number) => now >= 1000 && now < 3000 ? slow : FREE;
    const encoded = run(schedule, every(1000 / 15, 4000), 4000, readiness);
    assert.ok(encoded.every(({ at }) => at < 1000 || at >= 3000));
    assert.ok(Math.abs(schedule.skipped - 30) <= 1, `${schedule.skipped}`);
    assert.ok(encoded.filter(({ at }) => at >= 3000).length <= 16, "nothing is caught up with");
  }
});

Deno.test("a key frame that was wanted while the link was behind is not forgotten", () => {
  const schedule = new ScreenSchedule(15);
  run(schedule, [0], 100);
  schedule.wantKey();
  assert.equal(schedule.next(200, { encodeQueueSize: 0, isBehind: true }), undefined);
  assert.deepEqual(schedule.next(300, FREE), { isKey: true, isRepeated: true });
});

Deno.test("whatever comes when: never more than the rate, never silent for long, each new picture is shown", () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(gaps, fc.integer({ min: 1, max: 60 }), (given, rate) => {
    let at = 0;
    const pictures = given.map((gap) => at += gap);
    const encoded = run(new ScreenSchedule(rate), pictures, at + 3000);
    const interval = 1000 / rate;
    const fresh = encoded.filter(({ isRepeated }) => !isRepeated);
    assert.ok(fresh.length <= (at - pictures[0]!) / interval + 3);
    assert.ok(fresh.at(-1)!.at >= pictures.at(-1)!, "the last picture is shown");
    for (let index = 1; index < encoded.length; index++) {
      assert.ok(encoded[index]!.at - encoded[index - 1]!.at <= 1000 + 2 * TICK);
    }
    const keys = encoded.flatMap(({ isKey }, index) => isKey ? [index] : []);
    assert.deepEqual(
      keys,
      every(5 * rate, encoded.length - 1 + 5 * rate).filter((index) => index < encoded.length),
    );
  }));
});
