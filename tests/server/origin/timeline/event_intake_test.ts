import assert from "node:assert/strict";
import { StoreError } from "../../../../server/origin/timeline/broadcast_store.ts";
import { EventIntake } from "../../../../server/origin/timeline/event_intake.ts";
import { goal, START } from "../../kit.ts";

function setUp() {
  const accepted: string[] = [];
  const warnings: string[] = [];
  const store = { isFull: false };
  const intake = new EventIntake({
    accept: ({ content }) => {
      if (store.isFull) throw new StoreError("the disk is full");
      accepted.push(content);
    },
    warn: (text) => warnings.push(text),
  });
  return { intake, accepted, warnings, store };
}

Deno.test("events wait for the start, then pass at once", () => {
  const { intake, accepted } = setUp();
  intake.push(goal("one"), START);
  assert.deepEqual([accepted, intake.isEmpty, intake.problem], [[], false, undefined]);
  intake.open(START);
  intake.push(goal("two"), START);
  assert.deepEqual([accepted, intake.isEmpty], [["one", "two"], true]);
});

Deno.test("an event that can't be stored waits in order, is retried each second, and is reported", () => {
  const { intake, accepted, warnings, store } = setUp();
  intake.open(START);
  store.isFull = true;
  intake.push(goal("one"), START);
  intake.push(goal("two"), START + 10);
  assert.equal(intake.deadline, START + 1000);
  assert.equal(intake.problem, "the disk is full");
  assert.deepEqual(warnings, ["the disk is full. Events wait until it can be written"]);
  intake.retry(START + 999);
  assert.equal(intake.deadline, START + 1000);
  intake.retry(START + 1000);
  assert.equal(intake.deadline, START + 2000);
  store.isFull = false;
  intake.push(goal("three"), START + 1500);
  assert.deepEqual(accepted, []);
  intake.retry(START + 2000);
  assert.deepEqual(accepted, ["one", "two", "three"]);
  assert.deepEqual([intake.problem, intake.deadline, intake.isEmpty], [undefined, Infinity, true]);
});

Deno.test("the queue is bounded, and dropped events are reported", () => {
  const { intake, accepted, warnings } = setUp();
  for (let index = 0; index < 1003; index++) intake.push(goal(String(index)), START);
  assert.equal(warnings.length, 3);
  assert.match(warnings[0]!, /before the start: the rest is left out/);
  intake.open(START);
  assert.deepEqual(accepted, Array.from({ length: 1000 }, (_, index) => String(index)));
});

Deno.test("an error other than StoreError is not caught", () => {
  const intake = new EventIntake({
    accept: () => assert.fail("ours"),
    warn: () => {},
  });
  intake.open(START);
  assert.throws(() => intake.push(goal(), START), /ours/);
});
