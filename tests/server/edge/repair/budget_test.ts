import assert from "node:assert/strict";
import fc from "fast-check";
import { Budget } from "../../../../server/edge/repair/budget.ts";

Deno.test("a burst may be spent at once, then what is granted", () => {
  const budget = new Budget(100, 5000);
  assert.equal(budget.take(100, 5000), true);
  assert.equal(budget.take(1, 5000), false);
  assert.equal(budget.take(30, 5030), true);
  assert.equal(budget.take(101, 9999), false, "never more than the burst");
  assert.equal(budget.take(100, 9999), true);
});

Deno.test("of several packets as many are taken as the budget allows", () => {
  const budget = new Budget(100, 0);
  assert.equal(budget.takeUpTo(3, 30, 0), 3);
  assert.equal(budget.takeUpTo(3, 30, 0), 0);
  assert.equal(budget.takeUpTo(5, 30, 60), 2, "10 were left");
  assert.equal(budget.takeUpTo(1, 10, 60), 1);
  assert.equal(budget.takeUpTo(1, 1, 60), 0);
});

Deno.test("over any time no more is spent than the burst and what was granted since", () => {
  const steps = fc.array(fc.tuple(fc.nat(50), fc.nat(120)), { maxLength: 100 });
  fc.assert(fc.property(steps, (steps) => {
    const budget = new Budget(100, 0);
    let granted = 0;
    let spent = 0;
    for (const [grant, bytes] of steps) {
      granted += grant;
      if (budget.take(bytes, granted)) spent += bytes;
      assert.ok(spent <= 100 + granted);
    }
  }));
});
