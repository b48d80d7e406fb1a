import assert from "node:assert/strict";
import { TimedQueue } from "../../../../server/edge/sending/timed_queue.ts";

function takeAll(queue: TimedQueue<string>, now: number): string {
  let taken = "";
  for (let item = queue.takeDue(now); item; item = queue.takeDue(now)) taken += item;
  return taken;
}

Deno.test("items leave a timed queue by time, and in the order of arrival at equal times", () => {
  const queue = new TimedQueue<string>(8);
  assert.equal(queue.deadline, Infinity);
  assert.equal(queue.takeDue(1e9), undefined);
  for (const [item, at] of [["c", 30], ["a", 10], ["d", 30], ["b", 20]] as const) {
    assert.equal(queue.push(item, at), true);
  }
  assert.equal(queue.deadline, 10);
  assert.equal(takeAll(queue, 9.9), "");
  assert.equal(takeAll(queue, 20), "ab");
  assert.equal(queue.deadline, 30);
  assert.equal(takeAll(queue, Infinity), "cd");
  assert.equal(queue.takeDue(Infinity), undefined);
});

Deno.test("a full timed queue refuses what comes, and has room again for each that left", () => {
  const queue = new TimedQueue<string>(2);
  assert.deepEqual([queue.push("a", 1), queue.push("b", 2), queue.push("c", 0)], [
    true,
    true,
    false,
  ]);
  assert.equal(queue.takeDue(1), "a");
  assert.deepEqual([queue.push("d", 1), queue.push("e", 1)], [true, false]);
  assert.equal(takeAll(queue, 2), "db");
});
