import assert from "node:assert/strict";
import fc from "fast-check";
import { RateLimit } from "../../server/rate_limit.ts";
import { START } from "./kit.ts";

Deno.test("over any time no more pass than the rate and one burst allow", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 300 }),
    (gaps) => {
      const limit = new RateLimit(100, 10, START);
      let now = START;
      let passed = 0;
      for (const gap of gaps) {
        now += gap;
        if (limit.take(now)) passed++;
        assert(passed <= 10 + (now - START) / 10 + 1e-6);
      }
    },
  ));
});

Deno.test("a rate that is kept always passes", () => {
  const limit = new RateLimit(100, 1, START);
  for (let index = 0; index < 1000; index++) assert.equal(limit.take(START + index * 10.001), true);
});
