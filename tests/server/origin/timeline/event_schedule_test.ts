import assert from "node:assert/strict";
import fc from "fast-check";
import { EventSchedule } from "../../../../server/origin/timeline/event_schedule.ts";
import type { TimelineStep } from "../../../../server/origin/timeline/new_event.ts";
import { runs } from "../../../runs.ts";

const T0 = 1_763_600_000_000;

function step(name: string, at?: number): TimelineStep {
  return {
    type: 17,
    content: name,
    score: "0 x 0",
    event: { type: "event", title: "Comment", origin: "", clock: "00:00", period: 1 },
    ...(at === undefined ? {} : { at }),
  };
}
const steps = (...times: (number | undefined)[]) => times.map((at, index) => step(`${index}`, at));
const names = (events: { content: string }[]) => events.map(({ content }) => content);

/** Asks for events at every deadline, as a driver does. @returns when each event came. */
function follow(schedule: EventSchedule): [string, number][] {
  const told: [string, number][] = [];
  for (let time = schedule.deadline; time !== undefined; time = schedule.deadline) {
    for (const { content } of schedule.due(time)) told.push([content, time - T0]);
  }
  return told;
}

Deno.test("nothing is due before the start", () => {
  const schedule = new EventSchedule({ interval: 200 }, steps(0, 10));
  assert.equal(schedule.deadline, undefined);
  assert.deepEqual(schedule.due(T0 + 99_999), []);
  schedule.start(T0);
  assert.equal(schedule.deadline, T0);
});

Deno.test("an interval gives one event each, whatever their own times", () => {
  const schedule = new EventSchedule({ interval: 200 }, steps(0, 90_000, 90_001, undefined));
  schedule.start(T0);
  assert.deepEqual(follow(schedule), [["0", 0], ["1", 200], ["2", 400], ["3", 600]]);
  assert.ok(schedule.isFinished);
});

Deno.test("a late call catches up and shifts nothing", () => {
  const schedule = new EventSchedule({ interval: 200 }, steps(0, 0, 0, 0, 0));
  schedule.start(T0);
  assert.deepEqual(names(schedule.due(T0 + 70)), ["0"]);
  assert.deepEqual(names(schedule.due(T0 + 650)), ["1", "2", "3"]);
  assert.equal(schedule.deadline, T0 + 800);
});

Deno.test("an uneven interval does not drift over a day", () => {
  const interval = 1000 / 3;
  const schedule = new EventSchedule({ interval }, Array.from({ length: 260_000 }, () => step("")));
  schedule.start(T0);
  let count = 0;
  let last = T0;
  for (let time = schedule.deadline; time !== undefined; time = schedule.deadline) {
    last = time;
    count += schedule.due(time).length;
  }
  assert.equal(count, 260_000);
  assert.ok(Math.abs(last - (T0 + 259_999 * interval)) < 0.001);
});

Deno.test("speed divides the time between events", () => {
  for (const [speed, expected] of [[1, [0, 1000, 5000]], [10, [0, 100, 500]]] as const) {
    const schedule = new EventSchedule({ speed }, steps(50_000, 51_000, 55_000));
    schedule.start(T0);
    assert.deepEqual(follow(schedule).map(([, time]) => time), expected);
  }
});

Deno.test("a time before an earlier event's holds nothing up and changes no order", () => {
  const schedule = new EventSchedule({ speed: 1 }, steps(1000, 4000, 2000, 5000));
  schedule.start(T0);
  assert.deepEqual(follow(schedule), [["0", 0], ["1", 3000], ["2", 3000], ["3", 4000]]);
});

Deno.test("events without a time are due at once, after those before them", () => {
  const schedule = new EventSchedule({ speed: 1 }, steps(undefined, 0, 800, undefined, 900));
  schedule.start(T0);
  assert.deepEqual(follow(schedule), [["0", 0], ["1", 0], ["2", 800], ["3", 800], ["4", 900]]);
});

Deno.test("pushed steps wait for their slot; slots without a step stay empty", () => {
  const schedule = new EventSchedule({ interval: 100 });
  schedule.start(T0);
  assert.equal(schedule.deadline, undefined);
  schedule.push(step("a"), T0 + 250);
  schedule.push(step("b"), T0 + 250);
  assert.equal(schedule.deadline, T0 + 300);
  assert.deepEqual(names(schedule.due(T0 + 300)), ["a"]);
  schedule.push(step("c"), T0 + 1000);
  assert.deepEqual(names(schedule.due(T0 + 2000)), ["b", "c"]);
  assert.ok(!schedule.isFinished);
  schedule.end();
  assert.ok(schedule.isFinished);
});

Deno.test("pushed before the start, they count from the start", () => {
  const schedule = new EventSchedule({ speed: 2 });
  schedule.push(step("a", 0), T0 - 60_000);
  schedule.push(step("b", 1000), T0 - 60_000);
  schedule.start(T0);
  assert.deepEqual(follow(schedule), [["a", 0], ["b", 500]]);
});

Deno.test("a live source is spaced from its first event on", () => {
  const schedule = new EventSchedule({ speed: 1 });
  schedule.start(T0);
  schedule.push(step("a", 7_000_000), T0 + 30_000);
  assert.equal(schedule.deadline, T0 + 30_000);
  assert.deepEqual(names(schedule.due(T0 + 30_002)), ["a"]);
  schedule.push(step("b", 7_002_000), T0 + 30_500);
  assert.equal(schedule.deadline, T0 + 32_000);
});

Deno.test("what waits is bounded, and the source is asked first", () => {
  const schedule = new EventSchedule({ interval: 100 });
  let pushed = 0;
  for (; schedule.hasRoom; pushed++) schedule.push(step("x"), T0);
  assert.ok(pushed > 10 && pushed < 10_000);
  assert.throws(() => schedule.push(step("x"), T0), RangeError);
  schedule.start(T0);
  schedule.due(T0);
  assert.ok(schedule.hasRoom);
});

Deno.test("a generator is asked for one step at a time", () => {
  let taken = 0;
  function* endless(): Generator<TimelineStep> {
    for (;;) yield step(`${taken++}`);
  }
  const schedule = new EventSchedule({ interval: 100 }, endless());
  schedule.start(T0);
  schedule.due(T0 + 1000);
  assert.equal(taken, 12);
  assert.ok(!schedule.isFinished);
});

Deno.test("what comes out carries no time of the schedule's own", () => {
  const schedule = new EventSchedule({ interval: 100 }, steps(5));
  schedule.start(T0);
  assert.deepEqual(Object.keys(schedule.due(T0)[0]!), ["type", "content", "score", "event"]);
});

Deno.test("a pace must be above 0", () => {
  for (const pace of [0, -1, NaN]) {
    assert.throws(() => new EventSchedule({ interval: pace }), RangeError);
    assert.throws(() => new EventSchedule({ speed: pace }), RangeError);
  }
});

Deno.test("however it is asked, every event comes once, in order, never early", () => {
  const gaps = fc.array(fc.nat(5000), { minLength: 1, maxLength: 40 });
  const asks = fc.array(fc.nat(20_000), { maxLength: 60 });
  const mode = fc.oneof(
    fc.record({ interval: fc.integer({ min: 1, max: 2000 }) }),
    fc.record({ speed: fc.double({ min: 0.1, max: 100, noNaN: true }) }),
  );
  fc.assert(
    fc.property(gaps, asks, mode, (gapsBetween, waits, pace) => {
      let at = 0;
      const all = gapsBetween.map((gap, index) => step(`${index}`, at += gap));
      const dueTimes = new Map<string, number>();
      const reference = new EventSchedule(pace, all);
      reference.start(T0);
      for (const [name, time] of follow(reference)) dueTimes.set(name, T0 + time);

      const schedule = new EventSchedule(pace, all);
      schedule.start(T0);
      let now = T0;
      const told: string[] = [];
      for (const wait of [...waits, 1e12]) {
        now += wait;
        for (const { content } of schedule.due(now)) {
          assert.ok(dueTimes.get(content)! <= now);
          told.push(content);
        }
        // No event that was due is missing.
        assert.ok((schedule.deadline ?? Infinity) > now);
      }
      assert.deepEqual(told, names(all));
    }),
    runs(300),
  );
});

Deno.test("an event that waits long for its time is reported once, and not with an interval", () => {
  const hour = 3_600_000;
  const schedule = new EventSchedule({ speed: 2 }, steps(0, 30 * 60_000, 3 * hour));
  schedule.start(T0);
  assert.equal(schedule.takeLongWait(T0), undefined);
  schedule.due(T0);
  assert.equal(schedule.takeLongWait(T0), undefined, "as long as half-time");
  schedule.due(T0 + 15 * 60_000);
  const wait = schedule.takeLongWait(T0 + 15 * 60_000);
  assert.deepEqual([wait?.step.content, wait?.millis], ["2", 75 * 60_000]);
  assert.equal(schedule.takeLongWait(T0 + 15 * 60_000), undefined);
  const paced = new EventSchedule({ interval: hour }, steps(0, 9 * hour));
  paced.start(T0);
  paced.due(T0);
  assert.equal(paced.takeLongWait(T0), undefined);
});

Deno.test("no more events than wanted are given out; the others stay due", () => {
  const schedule = new EventSchedule({ interval: 10 }, [1, 2, 3, 4].map((at) => step(`${at}`)));
  schedule.start(T0);
  assert.deepEqual(schedule.due(T0 + 1000, 0), []);
  assert.deepEqual(names(schedule.due(T0 + 1000, 3)), ["1", "2", "3"]);
  assert(schedule.deadline! <= T0 + 1000);
  assert.deepEqual(names(schedule.due(T0 + 1000)), ["4"]);
});
