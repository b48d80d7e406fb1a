import assert from "node:assert/strict";
import { JoinExaminations } from "../../../../server/broadcast/pumps/join_examinations.ts";
import type { ExamineJoin } from "../../../../server/interface/output.ts";
import type { Examined } from "../../../../server/tokens/token_examiner.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import type { Millis } from "../../../../shared/core/units.ts";

const INVALID: Examined = { kind: "invalid" };

/** Examinations that take so long each; gives way only when the test lets it. */
function setUp(millisEach: Millis, examined: Examined | Promise<Examined> = INVALID) {
  let now: Millis = 1000;
  const waysGiven: (() => void)[] = [];
  const done: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleepUntil: () => Promise.resolve(),
    giveWay: () => new Promise((resolve) => waysGiven.push(resolve)),
  };
  const examinations = new JoinExaminations({
    examiner: {
      examine: () => {
        now += millisEach;
        return examined;
      },
    },
    clock,
    signal: new AbortController().signal,
    onExamined: (id) => done.push(id),
  });
  const ask = (id: number) => examinations.push({ kind: "examine-join", id } as ExamineJoin);
  return { ask, done, waysGiven, settle };
}

/** Lets everything go on that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("JOINs are examined in their order, some at a stretch, and then all else has its turn", async () => {
  const { ask, done, waysGiven, settle } = setUp(0.5);
  for (let id = 1; id <= 10; id++) ask(id);
  await settle();
  assert.deepEqual(done, [1, 2, 3, 4]);
  waysGiven.shift()!();
  await settle();
  assert.deepEqual(done, [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("one that comes right after an examination waits until all else had its turn", async () => {
  const { ask, done, waysGiven, settle } = setUp(1);
  ask(1);
  await settle();
  assert.deepEqual(done, [1]);
  ask(2);
  await settle();
  assert.deepEqual(done, [1]);
  waysGiven.shift()!();
  await settle();
  assert.deepEqual(done, [1, 2]);
  waysGiven.shift()!();
  await settle();
  ask(3);
  await settle();
  assert.deepEqual(done, [1, 2, 3]);
});

Deno.test("an examination that takes a while holds up those that follow, not their order", async () => {
  const slow = Promise.withResolvers<Examined>();
  const { ask, done, settle } = setUp(0, slow.promise);
  ask(1);
  ask(2);
  await settle();
  assert.deepEqual(done, []);
  slow.resolve(INVALID);
  await settle();
  assert.deepEqual(done, [1, 2]);
});
