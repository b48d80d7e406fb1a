import assert from "node:assert/strict";
import fc from "fast-check";
import { Agenda } from "../../../scripts/network/agenda.ts";

Deno.test("the earliest comes first, and among equals who was here first", () => {
  const agenda = new Agenda<string>();
  assert.deepEqual([agenda.time, agenda.due(Infinity)], [Infinity, undefined]);
  agenda.set("b", 5);
  agenda.set("a", 5);
  agenda.set("c", 3);
  assert.deepEqual([agenda.due(2), agenda.due(3), agenda.time], [undefined, "c", 3]);
  agenda.set("c", 9);
  assert.equal(agenda.due(5), "b");
  agenda.delete("b");
  assert.equal(agenda.due(5), "a");
});

Deno.test("whatever is set and deleted, it agrees with a plain list", () => {
  const step = fc.record({ item: fc.nat(12), time: fc.option(fc.nat(20), { nil: undefined }) });
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const agenda = new Agenda<number>();
    const plain = new Map<number, number>();
    for (const { item, time } of steps) {
      if (time === undefined) {
        agenda.delete(item);
        plain.delete(item);
      } else {
        agenda.set(item, time);
        plain.set(item, time);
      }
      const earliest = Math.min(Infinity, ...plain.values());
      assert.equal(agenda.time, earliest);
      const due = agenda.due(1000);
      assert.equal(due === undefined ? Infinity : plain.get(due), earliest);
    }
  }));
});
