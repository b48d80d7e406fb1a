import assert from "node:assert/strict";
import { Counters } from "../../../shared/core/counters.ts";

Deno.test("counts by name, from 0", () => {
  const counters = new Counters<"lost" | "late">();
  assert.equal(counters.get("lost"), 0);
  assert.equal(counters.total, 0);
  counters.add("late");
  counters.add("lost", 3);
  counters.add("late");
  assert.equal(counters.get("late"), 2);
  assert.equal(counters.total, 5);
});

Deno.test("a snapshot is a copy, in the order first seen", () => {
  const counters = new Counters();
  counters.add("b");
  counters.add("a");
  const before = counters.snapshot();
  counters.add("b");
  assert.deepEqual(Object.entries(before), [["b", 1], ["a", 1]]);
  assert.deepEqual(counters.snapshot(), { b: 2, a: 1 });
});

Deno.test("names that objects have of their own are names like others", () => {
  const counters = new Counters();
  assert.equal(counters.get("constructor"), 0);
  counters.add("__proto__");
  assert.equal(counters.get("__proto__"), 1);
  assert.deepEqual(Object.keys(counters.snapshot()), ["__proto__"]);
});
