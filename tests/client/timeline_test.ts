import assert from "node:assert/strict";
import { Timeline } from "../../client/timeline.ts";
import { feedEvent } from "./scripted_host.ts";

Deno.test("entries stand in order of count, each once, with gaps known", () => {
  const timeline = new Timeline();
  const added = [3, 1, 3, 6, 4].map((count) => timeline.add(feedEvent(count)));
  assert.deepEqual(added, [true, true, false, true, true]);
  assert.deepEqual(timeline.entries().map(({ count }) => count), [1, 3, 4, 6]);
  assert.deepEqual(timeline.missing(), [2, 5]);
  assert.deepEqual(timeline.missing(1), [2]);
  assert.equal(timeline.head, 6);
});

Deno.test("the score is the newest entry's, not the last to arrive", () => {
  const timeline = new Timeline();
  timeline.onHead({ count: 0, score: "0 x 0" });
  timeline.add(feedEvent(2, { score: "1 x 0" }));
  timeline.add(feedEvent(1, { score: "0 x 0" }));
  assert.equal(timeline.score, "1 x 0");
  timeline.onHead({ count: 9, score: "2 x 2" });
  assert.equal(timeline.score, "2 x 2");
  assert.deepEqual(timeline.missing(), [3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("a corrected entry gives way to its correction", () => {
  const timeline = new Timeline();
  timeline.add(feedEvent(1));
  timeline.add(feedEvent(2));
  timeline.add(feedEvent(3, {}, { supersedes: "id-1" }));
  assert.deepEqual(timeline.entries().map(({ count }) => count), [2, 3]);
  assert.deepEqual(timeline.missing(), []);
});

Deno.test("a timeline that stands further back is another one", () => {
  const timeline = new Timeline();
  for (let count = 1; count <= 5; count++) timeline.add(feedEvent(count));
  timeline.onHead({ count: 2, score: "0 x 0" });
  assert.deepEqual(timeline.entries(), []);
  assert.equal(timeline.add(feedEvent(3)), true);
});

Deno.test("another event at a count we have begins another timeline", () => {
  const timeline = new Timeline();
  for (let count = 1; count <= 5; count++) timeline.add(feedEvent(count));
  assert.equal(timeline.add(feedEvent(1, {}, { id: "another" })), true);
  assert.deepEqual(timeline.entries().map(({ event }) => event.id), ["another"]);
  assert.equal(timeline.head, 1);
});

Deno.test("a count out of reach is not believed, and the number of entries is bounded", () => {
  const timeline = new Timeline();
  assert.equal(timeline.add(feedEvent(1_000_000)), false);
  for (let count = 1; count <= 5100; count++) timeline.add(feedEvent(count));
  assert.equal(timeline.entries().length, 5000);
  assert.equal(timeline.entries()[0]?.count, 101);
});
