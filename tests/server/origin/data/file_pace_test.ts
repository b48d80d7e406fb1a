import assert from "node:assert/strict";
import { FilePace } from "../../../../server/origin/data/file_pace.ts";

Deno.test("messages are as far apart as their times, from the first one on", () => {
  const pace = new FilePace();
  assert.equal(pace.dueAt(5000, 100), 100);
  assert.equal(pace.dueAt(5250, 100), 350);
  // Read late: the schedule does not shift.
  assert.equal(pace.dueAt(6000, 2000), 1100);
  assert.equal(pace.dueAt(6000, 2000), 1100);
});

Deno.test("a message without a time is due at once", () => {
  const pace = new FilePace();
  assert.equal(pace.dueAt(undefined, 7), 7);
  assert.equal(pace.dueAt(5000, 100), 100);
  assert.equal(pace.dueAt(undefined, 200), 200);
  assert.equal(pace.dueAt(5250, 200), 350);
});

Deno.test("a time backwards, or half a day later, begins a new schedule", () => {
  const pace = new FilePace();
  pace.dueAt(5000, 100);
  assert.equal(pace.dueAt(4000, 200), 200);
  assert.equal(pace.dueAt(4100, 200), 300);
  assert.equal(pace.dueAt(4100 + 43_200_001, 400), 400);
  assert.equal(pace.dueAt(4100 + 43_200_101, 400), 500);
});

Deno.test("a file can be sent faster", () => {
  const pace = new FilePace(10);
  pace.dueAt(5000, 100);
  assert.equal(pace.dueAt(6000, 100), 200);
  assert.throws(() => new FilePace(0), RangeError);
});
