import assert from "node:assert/strict";
import { ScoreBook } from "../../../../server/studio/match/score_book.ts";

Deno.test("an entry that is corrected counts no more", () => {
  const book = ScoreBook.empty();
  book.add({ id: "a" }, [1, 0]);
  book.add({ id: "b", supersedes: "a" }, [0, 1]);
  assert.deepEqual([book.score, book.pointsOf("a"), book.pointsOf("b")], [[0, 1], [1, 0], [0, 1]]);
  assert.deepEqual([book.successorOf("a"), book.successorOf("b")], ["b", undefined]);
});

Deno.test("an entry given with its score counts what leads to that score", () => {
  const book = ScoreBook.empty();
  book.settle({ id: "a" }, [2, 1]);
  book.settle({ id: "b", supersedes: "a" }, [3, 0]);
  book.settle({ id: "c", supersedes: "b" }, [0, 0]);
  assert.deepEqual(book.pointsOf("b"), [3, 0]);
  assert.deepEqual([book.score, book.successorOf("a")], [[0, 0], "c"]);
});

Deno.test("a continued book leaves the first one as it is", () => {
  const book = ScoreBook.empty();
  book.add({ id: "a" }, [1, 0]);
  book.add({ id: "b", supersedes: "a" }, [0, 1]);
  const next = book.continued();
  next.add({ supersedes: "a" }, [0, 0]);
  next.add({ supersedes: "a" }, [5, 0]);
  assert.deepEqual([next.score, book.score], [[5, 0], [0, 1]]);
  assert.equal(book.successorOf("a"), "b");
});

Deno.test("neither team has less than nothing or more than 999, and what was cut off counts nothing", () => {
  const book = ScoreBook.empty();
  book.add({ id: "a" }, [1000, -1]);
  assert.deepEqual(book.score, [999, 0]);
  book.add({ id: "b", supersedes: "a" }, [0, 0]);
  assert.deepEqual(book.score, [0, 0]);
});

Deno.test("a long chain of corrections is walked once", () => {
  const book = ScoreBook.empty();
  book.add({ id: "0" }, [1, 0]);
  for (let id = 1; id <= 60_000; id++) book.add({ id: `${id}`, supersedes: `${id - 1}` }, [0, 1]);
  // Without a shorter way, each of these would walk 60 000 steps.
  for (let id = 0; id < 60_000; id++) book.add({ supersedes: "0" }, [0, 1]);
  assert.deepEqual(book.score, [0, 1]);
});
