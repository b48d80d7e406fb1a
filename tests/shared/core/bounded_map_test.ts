import assert from "node:assert/strict";
import fc from "fast-check";
import { BoundedMap } from "../../../shared/core/bounded_map.ts";

const KEYS = ["a", "b", "c", "d"];

function filled(): BoundedMap<string, number> {
  const map = new BoundedMap<string, number>(3);
  KEYS.slice(0, 3).forEach((key, index) => map.set(key, index));
  return map;
}

const keysOf = (map: BoundedMap<string, number>) => KEYS.filter((key) => map.has(key)).join("");

Deno.test("a bounded map drops the oldest entry for one key too many, and no other", () => {
  const map = filled();
  assert.equal(keysOf(map), "abc");
  map.set("d", 3);
  assert.equal(keysOf(map), "bcd");
  assert.deepEqual([map.size, map.get("a"), map.get("d")], [3, undefined, 3]);
});

Deno.test("in a bounded map a key that is set again keeps its age, and one that is renewed does not", () => {
  const set = filled();
  set.set("a", 9);
  assert.deepEqual([set.size, set.get("a")], [3, 9]);
  set.set("d", 3);
  assert.equal(keysOf(set), "bcd");

  const renewed = filled();
  renewed.renew("a", 9);
  renewed.set("d", 3);
  assert.equal(keysOf(renewed), "acd");
  assert.equal(renewed.get("a"), 9);
});

Deno.test("a bounded map has room again for each entry that was deleted", () => {
  const map = filled();
  map.delete("c");
  map.delete("c");
  map.set("d", 3);
  assert.equal(keysOf(map), "abd");
});

Deno.test("an undefined value counts as an entry of a bounded map", () => {
  const map = new BoundedMap<string, undefined>(1);
  map.set("a", undefined);
  assert.ok(map.has("a"));
  map.set("b", undefined);
  assert.ok(!map.has("a") && map.has("b"));
});

Deno.test("whatever is set, renewed and deleted, a bounded map holds the latest, the oldest first", () => {
  const step = fc.record({
    does: fc.constantFrom("set", "renew", "delete", "clear" as const),
    key: fc.nat(6),
    weight: fc.nat(9),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, capacity) => {
        const map = new BoundedMap<number, number>(capacity);
        let expected: [key: number, value: number][] = [];
        for (const [value, { does, key, weight }] of steps.entries()) {
          const known = expected.find(([other]) => other === key);
          if (does === "clear" && weight > 0) continue;
          if (does === "clear") map.clear();
          else if (does === "delete") map.delete(key);
          else map[does](key, value);
          if (does === "clear") expected = [];
          if (does === "set" && known) known[1] = value;
          else if (does !== "clear") expected = expected.filter((entry) => entry !== known);
          if (does === "renew" || (does === "set" && !known)) expected.push([key, value]);
          expected = expected.slice(-capacity);
          assert.deepEqual(map.values(), expected.map(([, value]) => value));
          assert.equal(map.size, expected.length);
          for (const [key, value] of expected) assert.equal(map.get(key), value);
        }
      },
    ),
  );
});
