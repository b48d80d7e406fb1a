import assert from "node:assert/strict";
import { ListenerRepairs } from "../../../../server/edge/repair/listener_repairs.ts";

const NOW = 1_763_600_000_000;
const WAY = { holdOffMillis: 40, jitterMillis: 1 };

/** One packet sent again at `NOW`, under the number 7. */
function tried(): ListenerRepairs {
  const repairs = new ListenerRepairs(0);
  repairs.onTry(100, { number: 7, isInRow: false, at: NOW });
  return repairs;
}

Deno.test("what was never sent again is due", () => {
  assert.equal(tried().isDue(101, WAY, NOW), true);
});

Deno.test("without a receipt the hold-off counts", () => {
  const repairs = tried();
  assert.equal(repairs.isDue(100, WAY, NOW + 39.9), false);
  assert.equal(repairs.isDue(100, WAY, NOW + 40), true);
});

Deno.test("what left later and came shows that it is lost; what may just have overtaken does not", () => {
  const repairs = tried();
  repairs.onCame(NOW + 4.9, 0);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), false);
  repairs.onCame(NOW + 5, 0);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), true);
});

Deno.test("the more unevenly packets come, the later", () => {
  for (const [jitterMillis, leeway] of [[0, 5], [2, 5], [4, 8], [15, 30], [100, 40]] as const) {
    const repairs = tried();
    const way = { holdOffMillis: 200, jitterMillis };
    repairs.onCame(NOW + leeway - 0.1, 0);
    assert.equal(repairs.isDue(100, way, NOW + 50), false);
    repairs.onCame(NOW + leeway, 0);
    assert.equal(repairs.isDue(100, way, NOW + 50), true);
  }
});

Deno.test("so does the time for which a listener has waited since, and an older receipt takes nothing back", () => {
  const repairs = tried();
  repairs.onCame(NOW - 20, 24);
  assert.equal(repairs.isDue(100, WAY, NOW + 60), false, "whatever our own clock says");
  repairs.onCame(NOW - 20, 25);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), true);
  repairs.onCame(NOW - 20, 3);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), true);
});

Deno.test("of one whose receipts lead nowhere our own clock counts in the end", () => {
  const repairs = tried();
  repairs.onCame(NOW - 20, 0);
  assert.equal(repairs.isDue(100, WAY, NOW + 79.9), false);
  assert.equal(repairs.isDue(100, WAY, NOW + 80), true);
});

Deno.test("of packets sent again it is remembered when they left first, of the newest 512", () => {
  const repairs = tried();
  repairs.onTry(100, { number: 7, isInRow: false, at: NOW + 10 });
  assert.equal(repairs.sentAgainAt(7), NOW);
  for (let more = 0; more < 511; more++) {
    repairs.onTry(200 + more, { number: 8 + more, isInRow: false, at: NOW });
  }
  assert.equal(repairs.sentAgainAt(7), NOW);
  assert.equal(repairs.tried(100).count, 2);
  repairs.onTry(1000, { number: 1000, isInRow: false, at: NOW });
  assert.equal(repairs.sentAgainAt(7), undefined);
  assert.equal(repairs.tried(100).count, 0);
});

Deno.test("losses in a row are noticed within one request and across requests, tries again are not", () => {
  const apart = new ListenerRepairs(0);
  const row = new ListenerRepairs(0);
  for (let sequence = 0; sequence < 40; sequence++) {
    const numbered = { number: sequence, at: NOW };
    apart.onTry(sequence * 2, { ...numbered, isInRow: false });
    apart.onTry(sequence * 2, { ...numbered, isInRow: true });
    row.onTry(sequence, { ...numbered, isInRow: false });
  }
  assert.deepEqual([apart.pattern.isBursty, row.pattern.isBursty], [false, true]);
});
