import assert from "node:assert/strict";
import fc from "fast-check";
import { SeenWindow, WINDOW_SIZE } from "../../../../client/receiving/stats/seen_window.ts";
import { networkOrder, STARTS } from "../../starts.ts";

for (const start of STARTS) {
  Deno.test(`each number is new once, in any order, from ${start}`, () => {
    fc.assert(fc.property(networkOrder(), (order) => {
      const window = new SeenWindow();
      const seen = new Set<number>();
      for (const number of order) {
        assert.equal(window.mark(start + number), !seen.has(number), `${number}`);
        seen.add(number);
      }
    }));
  });
}

Deno.test("a jump further than the window forgets everything and confuses no numbers", () => {
  const window = new SeenWindow();
  for (let number = 0; number < 100; number++) window.mark(number);
  const far = WINDOW_SIZE * 3;
  assert.equal(window.mark(far), true);
  for (let number = far - WINDOW_SIZE + 1; number < far; number++) {
    assert.equal(window.mark(number), true, `${number - far}`);
  }
});

Deno.test("a jump within the window forgets only the numbers that leave the window", () => {
  const window = new SeenWindow();
  window.mark(10);
  window.mark(11);
  window.mark(10 + WINDOW_SIZE);
  assert.equal(window.mark(11), false, "11 is the oldest in the window and was marked");
  assert.equal(window.mark(12), true);
  assert.equal(window.mark(10 + WINDOW_SIZE), false);
});

Deno.test("a number too old for the window counts as marked", () => {
  const window = new SeenWindow();
  window.mark(WINDOW_SIZE + 100);
  assert.equal(window.mark(100), false);
  assert.equal(window.mark(101), true);
});

Deno.test("numbers below the first one are new", () => {
  const window = new SeenWindow();
  window.mark(5);
  assert.equal(window.mark(-3), true);
  assert.equal(window.mark(-3), false);
  assert.equal(window.highest, 5);
});
