import assert from "node:assert/strict";
import { PageBudget } from "../../../../server/studio/pages/page_budget.ts";
import type { Millis } from "../../../../shared/core/units.ts";

/** Messages of a size, each as soon as the page may send and no sooner than `every`, for ten seconds. */
function countRead(
  bytes: number,
  every: Millis,
): { readonly count: number; readonly longest: Millis } {
  const budget = new PageBudget();
  let [now, count, longest] = [1000, 0, 0];
  while (now < 11_000) {
    const wait = budget.spend(bytes, now);
    longest = Math.max(longest, wait);
    count++;
    now += Math.max(every, wait);
  }
  return { count, longest };
}

Deno.test("a page that sends what a page sends never waits", () => {
  for (
    const [bytes, every] of [[200, 1000 / 300], [100_000_000 / 8 / 60, 1000 / 60]] as const
  ) {
    assert.equal(countRead(bytes, every).longest, 0, `${bytes} bytes each ${every} ms`);
  }
});

Deno.test("a page that sends without end is read at its highest rate, and never waits for long", () => {
  const small = countRead(10, 0);
  assert.ok(small.count > 10_900 && small.count < 11_100, `${small.count} messages`);
  const large = countRead(4 << 20, 0);
  assert.ok(large.count > 35 && large.count < 45, `${large.count} pictures`);
  assert.ok(large.longest < 300, `${large.longest} ms`);
});
