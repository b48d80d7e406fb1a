import assert from "node:assert/strict";
import fc from "fast-check";
import { StoreError } from "../../../../server/origin/timeline/broadcast_store.ts";
import { EventIntake } from "../../../../server/origin/timeline/event_intake.ts";
import { runs } from "../../../runs.ts";
import { goal, START } from "../../kit.ts";

function setUp() {
  const accepted: string[] = [];
  /** When events left, and how many together. */
  const batches: [at: number, count: number][] = [];
  const warnings: string[] = [];
  const store = { isFull: false };
  const intake = new EventIntake({
    accept: (events, now) => {
      if (store.isFull) throw new StoreError("the disk is full");
      accepted.push(...events.map(({ content }) => content));
      batches.push([now - START, events.length]);
    },
    warn: (text) => warnings.push(text),
  });
  const push = (now: number, ...texts: string[]) =>
    intake.push(texts.map((text) => goal(text)), now);
  /** Lets time pass until nothing waits for its turn. @returns the time. */
  const drain = () => {
    let now = START;
    while (intake.deadline < Infinity) intake.retry(now = Math.max(now, intake.deadline));
    return now;
  };
  return { intake, push, drain, accepted, batches, warnings, store };
}

const numbers = (length: number) => Array.from({ length }, (_, index) => String(index));

Deno.test("events wait for the start, then pass at once", () => {
  const { intake, push, accepted } = setUp();
  push(START, "one");
  assert.deepEqual([accepted, intake.isEmpty, intake.problem], [[], false, undefined]);
  intake.open(START);
  push(START, "two");
  assert.deepEqual([accepted, intake.isEmpty], [["one", "two"], true]);
});

Deno.test("events that are due together are stored together", () => {
  const { intake, push, batches } = setUp();
  intake.open(START);
  push(START + 5, ...numbers(7));
  push(START + 5, "another");
  assert.deepEqual(batches, [[5, 7], [5, 1]]);
});

Deno.test("an event that can't be stored waits in order, is retried each second, and is reported", () => {
  const { intake, push, accepted, warnings, store } = setUp();
  intake.open(START);
  store.isFull = true;
  push(START, "one", "one more");
  push(START + 10, "two");
  assert.equal(intake.deadline, START + 1000);
  assert.equal(intake.problem, "the disk is full");
  assert.deepEqual(warnings, ["the disk is full. Events wait until it can be written"]);
  intake.retry(START + 999);
  assert.equal(intake.deadline, START + 1000);
  intake.retry(START + 1000);
  assert.equal(intake.deadline, START + 2000);
  store.isFull = false;
  push(START + 1500, "three");
  assert.deepEqual(accepted, []);
  intake.retry(START + 2000);
  assert.deepEqual(accepted, ["one", "one more", "two", "three"]);
  assert.deepEqual([intake.problem, intake.deadline, intake.isEmpty], [undefined, Infinity, true]);
});

Deno.test("500 events a second leave, ten or more together while more wait", () => {
  const { intake, push, drain, accepted, batches } = setUp();
  intake.open(START);
  push(START, ...numbers(964));
  assert.deepEqual(batches, [[0, 64]]);
  assert.equal(intake.problem, undefined);
  const now = drain();
  assert.deepEqual(accepted, numbers(964));
  const millis = now - START;
  assert(millis >= 1799 && millis < 1850, `${millis} ms`);
  assert(batches.slice(1, -1).every(([, count]) => count >= 10), JSON.stringify(batches));
});

Deno.test("whenever events come, never more than 64 leave at once and 500 in any second, and all leave in order", () => {
  const arrival = fc.record({ wait: fc.nat(300), count: fc.integer({ min: 1, max: 90 }) });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 30 }), (arrivals) => {
      const { intake, push, drain, accepted, batches } = setUp();
      intake.open(START);
      let [now, given] = [START, 0];
      for (const { wait, count } of arrivals) {
        const until = now + wait;
        while (intake.deadline <= until) intake.retry(now = Math.max(now, intake.deadline));
        now = until;
        const taken = Math.min(count, intake.room);
        push(now, ...Array.from({ length: taken }, () => String(given++)));
      }
      drain();
      assert.deepEqual(accepted, numbers(given));
      for (const [index, [from]] of batches.entries()) {
        let sum = 0;
        for (const [at, count] of batches.slice(index)) {
          sum += count;
          assert(sum <= 64 + (at - from) / 2 + 1e-3, `${sum} events in ${at - from} ms`);
          assert(at - from >= 1000 || sum <= 500, `${sum} events in a second`);
        }
      }
    }),
    runs(100),
  );
});

Deno.test("the queue is bounded, tells its room, and dropped events are reported", () => {
  const { intake, push, drain, accepted, warnings } = setUp();
  assert.equal(intake.room, 1000);
  push(START, ...numbers(900));
  assert.equal(intake.room, 100);
  push(START, ...numbers(1003).slice(900));
  assert.equal(intake.room, 0);
  assert.equal(warnings.length, 3);
  assert.match(warnings[0]!, /Too many events at once: the rest is left out/);
  intake.open(START);
  drain();
  assert.deepEqual(accepted, numbers(1000));
});

Deno.test("an error other than StoreError is not caught", () => {
  const intake = new EventIntake({
    accept: () => assert.fail("ours"),
    warn: () => {},
  });
  intake.open(START);
  assert.throws(() => intake.push([goal()], START), /ours/);
});
