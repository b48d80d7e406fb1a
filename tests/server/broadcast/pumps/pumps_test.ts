import assert from "node:assert/strict";
import { EventSchedule } from "../../../../server/origin/timeline/event_schedule.ts";
import type { NewEvent, TimelineStep } from "../../../../server/origin/timeline/new_event.ts";
import {
  Alarm,
  pumpEvents,
  pumpMedia,
  pumpSteps,
} from "../../../../server/broadcast/pumps/pumps.ts";
import type { EncodedFrame } from "../../../../shared/media/channel.ts";
import { ManualClock } from "../../../fakes/manual_clock.ts";
import { goal, mp3Frame } from "../../kit.ts";

function tools() {
  const clock = new ManualClock();
  const stop = new AbortController();
  const alarm = () => new Alarm(clock, stop.signal);
  return { clock, stop, signal: stop.signal, filled: alarm(), emptied: alarm() };
}

async function* endlessFrames(): AsyncGenerator<EncodedFrame> {
  for (let index = 0;; index++) yield await Promise.resolve(mp3Frame(index));
}

async function* manySteps(count: number): AsyncGenerator<TimelineStep> {
  for (let index = 0; index < count; index++) {
    yield await Promise.resolve({ ...goal(`goal ${index}`), at: index * 1000 });
  }
}

/** Lets a second pass, and chains of promises longer than the clock waits for come to rest. */
async function second(clock: ManualClock): Promise<void> {
  await clock.advance(1000);
  for (let turn = 0; turn < 100; turn++) await clock.advance(0);
}

Deno.test("sound is read no further ahead than two seconds, and in time", async () => {
  const { clock, stop, signal } = tools();
  const openedAt = clock.now();
  let pushed = 0;
  let most = 0;
  const sink = {
    get backlog() {
      return Math.max(0, pushed * 26 - (clock.now() - openedAt));
    },
    push() {
      pushed++;
      most = Math.max(most, sink.backlog);
    },
    isClosed: false,
  };
  const pumping = pumpMedia(endlessFrames(), sink, { clock, signal });
  await second(clock);
  for (let count = 0; count < 60; count++) {
    await second(clock);
    assert(sink.backlog >= 900, `${sink.backlog} ms are left`);
  }
  assert(most <= 2026, `${most} ms were read ahead`);
  stop.abort();
  await clock.advance(0);
  await pumping;
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("endless sound is read no further once the sink is closed", async () => {
  const { clock, signal } = tools();
  let pushed = 0;
  const sink = {
    backlog: 0,
    get isClosed() {
      return pushed === 10;
    },
    push: () => void pushed++,
  };
  await pumpMedia(endlessFrames(), sink, { clock, signal });
  assert.equal(pushed, 10);
});

Deno.test("events of a source come out when they are due, all of them, through a small schedule", async () => {
  const all = tools();
  const schedule = new EventSchedule({ speed: 10 });
  const events: [at: number, event: NewEvent][] = [];
  const filling = pumpSteps(manySteps(1000), schedule, all).then(() => {
    schedule.end();
    all.filled.ring();
  });
  for (let count = 0; count < 3; count++) await second(all.clock);
  assert(!schedule.hasRoom);
  const startedAt = all.clock.now();
  schedule.start(startedAt);
  const sink = {
    room: Infinity,
    push: (due: readonly NewEvent[]) => {
      for (const event of due) events.push([all.clock.now() - startedAt, event]);
    },
  };
  const pumping = pumpEvents(schedule, sink, all);
  for (let count = 0; count < 120; count++) await second(all.clock);
  await Promise.all([filling, pumping]);
  assert.deepEqual(events.map(([, { content }]) => content), [
    ...Array.from({ length: 1000 }, (_, index) => `goal ${index}`),
  ]);
  for (const [index, [at]] of events.entries()) assert.equal(at, index * 100);
});

Deno.test("an abort ends pumps that wait for the schedule and for time", async () => {
  const all = tools();
  const schedule = new EventSchedule({ interval: 1e9 });
  schedule.start(all.clock.now());
  const filling = pumpSteps(manySteps(1000), schedule, all);
  const pumping = pumpEvents(schedule, { room: Infinity, push: () => {} }, all);
  await all.clock.advance(1000);
  all.stop.abort();
  await Promise.all([filling, pumping]);
  assert.equal(all.clock.sleeperCount, 0);
});

Deno.test("an alarm that rang while nobody waited is heard by the next", async () => {
  const { filled: alarm, clock } = tools();
  alarm.ring();
  await alarm.wait();
  let isHeard = false;
  const waiting = alarm.wait(clock.now() + 1000).then(() => isHeard = true);
  await clock.advance(999);
  assert.equal(isHeard, false);
  await clock.advance(1);
  await waiting;
  assert.equal(isHeard, true);
});

Deno.test("events wait in their source while the sink has no room, and none is lost", async () => {
  const all = tools();
  const schedule = new EventSchedule({ speed: 1 });
  const taken: string[] = [];
  const sink = {
    room: 10,
    push(due: readonly NewEvent[]) {
      assert(due.length <= this.room);
      this.room -= due.length;
      taken.push(...due.map(({ content }) => content));
    },
  };
  const untimed = async function* () {
    for (let index = 0; index < 1000; index++) yield await Promise.resolve(goal(String(index)));
  };
  const filling = pumpSteps(untimed(), schedule, all).then(() => schedule.end());
  schedule.start(all.clock.now());
  const pumping = pumpEvents(schedule, sink, all);
  for (let count = 0; count < 3; count++) await second(all.clock);
  assert.equal(taken.length, 10);
  assert(!schedule.hasRoom);
  while (taken.length < 1000) {
    const before = taken.length;
    sink.room = 100;
    await second(all.clock);
    assert(taken.length > before, "nothing goes on");
  }
  all.stop.abort();
  await Promise.all([filling, pumping]);
  assert.deepEqual(taken, Array.from({ length: 1000 }, (_, index) => String(index)));
});

Deno.test("lines that were read together are pushed together", async () => {
  const all = tools();
  const schedule = new EventSchedule({ speed: 1 });
  schedule.start(all.clock.now());
  const pushes: number[] = [];
  const sink = { room: 1000, push: (due: readonly NewEvent[]) => void pushes.push(due.length) };
  const pumping = pumpEvents(schedule, sink, all);
  await all.clock.advance(0);
  const lines = async function* () {
    for (let index = 0; index < 200; index++) yield await Promise.resolve(goal(String(index)));
  };
  const filling = pumpSteps(lines(), schedule, all).then(() => {
    schedule.end();
    all.filled.ring();
  });
  await second(all.clock);
  await Promise.all([filling, pumping]);
  assert.equal(pushes.reduce((sum, count) => sum + count, 0), 200);
  assert(pushes.length < 20, `${pushes.length} pushes`);
});
