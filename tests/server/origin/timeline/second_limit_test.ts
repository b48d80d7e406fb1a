import assert from "node:assert/strict";
import { SecondLimit } from "../../../../server/origin/timeline/second_limit.ts";

Deno.test("at most so many leave in any second, whenever it begins", () => {
  const limit = new SecondLimit(10);
  assert.deepEqual([limit.free(0), limit.freeAt(10)], [10, -Infinity]);
  limit.onLeft(6, 0);
  limit.onLeft(4, 700);
  assert.equal(limit.free(999), 0);
  assert.equal(limit.freeAt(1), 1000);
  assert.equal(limit.freeAt(7), 1700);
  assert.equal(limit.free(1000), 6);
  limit.onLeft(6, 1000);
  assert.equal(limit.free(1699), 0);
  assert.equal(limit.free(1700), 4);
  assert.equal(limit.free(5000), 10);
});
