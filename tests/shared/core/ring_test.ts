import assert from "node:assert/strict";
import fc from "fast-check";
import { Ring } from "../../../shared/core/ring.ts";
import { runs } from "../../runs.ts";

Deno.test("gives back what was put, under its own key only", () => {
  const ring = new Ring<string>(8);
  assert.equal(ring.get(0), undefined);
  assert.ok(!ring.has(0));
  ring.set(3, "three");
  assert.equal(ring.get(3), "three");
  for (const other of [3 + 8, 3 - 8, 3 + 8 * 65_536]) {
    assert.equal(ring.get(other), undefined);
    assert.ok(!ring.has(other));
  }
});

Deno.test("an entry that was overwritten is missing, not mistaken for its successor", () => {
  const ring = new Ring<string>(8);
  ring.set(3, "old");
  ring.set(11, "new");
  assert.equal(ring.get(3), undefined);
  assert.equal(ring.get(11), "new");
  ring.delete(3);
  assert.equal(ring.get(11), "new");
});

Deno.test("an undefined value is still an entry", () => {
  const ring = new Ring<undefined>(4);
  ring.set(1, undefined);
  assert.ok(ring.has(1));
  ring.delete(1);
  assert.ok(!ring.has(1));
});

Deno.test("keys below 0 and beyond 32 bits work", () => {
  const ring = new Ring<string>(16);
  for (const key of [-1, -17, 2 ** 33 + 5, Number.MAX_SAFE_INTEGER]) {
    ring.set(key, `${key}`);
    assert.equal(ring.get(key), `${key}`);
  }
});

Deno.test("behaves as a map that forgets what shares a slot", () => {
  const action = fc.record({
    kind: fc.constantFrom("set", "delete"),
    key: fc.integer({ min: -40, max: 40 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(action), (capacity, actions) => {
      const ring = new Ring<number>(capacity);
      const model = new Map<number, number>();
      actions.forEach(({ kind, key }, index) => {
        if (kind === "delete") {
          ring.delete(key);
          model.delete(key);
        } else {
          for (const known of model.keys()) if ((known - key) % capacity === 0) model.delete(known);
          ring.set(key, index);
          model.set(key, index);
        }
        for (let asked = -41; asked <= 41; asked++) {
          assert.equal(ring.get(asked), model.get(asked));
          assert.equal(ring.has(asked), model.has(asked));
        }
      });
    }),
    runs(100),
  );
});
