import assert from "node:assert/strict";
import fc from "fast-check";
import { AskingLimit, RateLimit, SourceLimit } from "../../../../server/edge/limits/rate_limit.ts";
import { START } from "../../kit.ts";

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

Deno.test("requests within the rate always pass", () => {
  const limit = new RateLimit(100, 1, START);
  for (let index = 0; index < 1000; index++) assert.equal(limit.take(START + index * 10.001), true);
});

Deno.test("a source that asks too often uses up its own allowance and no other", () => {
  const limit = new SourceLimit({ perSecond: 10, burst: 5, capacity: 100 });
  const passed = Array.from({ length: 50 }, () => limit.take("192.0.2.1", START)).filter(Boolean);
  assert.equal(passed.length, 5);
  assert.equal(limit.take("192.0.2.2", START), true);
  assert.equal(limit.take("192.0.2.1", START + 100), true);
  assert.equal(limit.take("192.0.2.1", START + 100), false);
});

Deno.test("only a bounded number of sources is stored, the most recent ones", () => {
  const limit = new SourceLimit({ perSecond: 1, burst: 1, capacity: 100 });
  for (let index = 0; index < 10_000; index++) {
    limit.take(`10.${index >> 8}.${index & 255}.1`, START);
    assert(limit.size <= 100);
    if (index < 50) continue;
    assert.equal(limit.take("192.0.2.1", START), index === 50, "one that goes on is not forgotten");
  }
});

Deno.test("an IPv6 /64 is one source, however its addresses are written", () => {
  const limit = new SourceLimit({ perSecond: 1, burst: 1, capacity: 100 });
  const first = (hostname: string) => limit.take(hostname, START);
  assert.equal(first("2001:db8:0:1::1"), true);
  for (const same of ["2001:db8:0:1:ffff::", "2001:DB8:0:1:1:2:3:4"]) {
    assert.equal(first(same), false);
  }
  assert.equal(first("2001:db8:0:2::1"), true);
  assert.equal(first("2001:db8::1"), true);
  assert.equal(first("2001:db8:0:0:9::"), false);
  assert.equal(first("::1"), true);
  for (const mapped of ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.3"]) {
    assert.equal(first(mapped), true);
  }
});

Deno.test("four thousand behind one router may ask at once, then two thousand a second; others as ever", () => {
  const limit = new AskingLimit(START);
  const school = { hostname: "192.0.2.1", port: 1 };
  const passed = (count: number, now: number) =>
    Array.from({ length: count }, () => limit.take(school, now)).filter(Boolean).length;
  assert.equal(passed(5000, START), 4000);
  assert.equal(passed(5000, START + 1000), 2000);
  assert.equal(limit.take({ hostname: "192.0.2.2", port: 1 }, START + 1000), true);
});

Deno.test("from however many addresses, at most 4000 are answered in a second", () => {
  const limit = new AskingLimit(START);
  let passed = 0;
  for (let index = 0; index < 20_000; index++) {
    const hostname = `10.${index >> 16}.${index >> 8 & 255}.${index & 255}`;
    if (limit.take({ hostname, port: 1 }, START)) passed++;
  }
  assert.equal(passed, 4000);
});
