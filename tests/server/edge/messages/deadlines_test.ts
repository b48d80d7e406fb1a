import assert from "node:assert/strict";
import fc from "fast-check";
import { Deadlines } from "../../../../server/edge/messages/deadlines.ts";
import { runs } from "../../../runs.ts";

Deno.test("nothing is due where nothing waits", () => {
  const deadlines = new Deadlines<object>();
  assert.equal(deadlines.next, Infinity);
  assert.equal(deadlines.takeDue(1e9), undefined);
});

Deno.test("items come when they are due, earliest first, each once, at the earliest time that was set", () => {
  const items = Array.from({ length: 12 }, (_, index) => ({ index }));
  const step = fc.tuple(fc.nat(11), fc.nat(50), fc.nat(9));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const deadlines = new Deadlines<object>();
      const expected = new Map<object, number>();
      let now = 0;
      for (const [index, wait, passed] of steps) {
        const item = items[index]!;
        deadlines.bringForward(item, now + wait);
        expected.set(item, Math.min(expected.get(item) ?? Infinity, now + wait));
        assert.equal(deadlines.next, Math.min(...expected.values()));
        now += passed;
        let before = -Infinity;
        for (let due = deadlines.takeDue(now); due; due = deadlines.takeDue(now)) {
          const at = expected.get(due)!;
          assert.ok(at <= now && at >= before);
          before = at;
          expected.delete(due);
        }
        assert.ok([...expected.values()].every((at) => at > now));
      }
    }),
    runs(500),
  );
});
