import assert from "node:assert/strict";
import { ListenerRepairs } from "../../server/listener_repairs.ts";

const NOW = 1_763_600_000_000;
const HOLD_OFF = 40;

/** One packet sent again at `NOW`, under the number 7, the last of two copies 4 ms later. */
function tried(): ListenerRepairs {
  const repairs = new ListenerRepairs(0);
  repairs.onTry(100, { number: 7, isInRow: false, at: NOW, lastCopyAt: NOW + 4 });
  return repairs;
}

Deno.test("what was never sent again is due", () => {
  assert.equal(tried().isDue(101, HOLD_OFF, NOW), true);
});

Deno.test("without a receipt the hold-off counts", () => {
  const repairs = tried();
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 39.9), false);
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 40), true);
});

Deno.test("what left later and came shows that it is lost; what may just have overtaken does not", () => {
  const repairs = tried();
  repairs.onCame(NOW + 4, 0);
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 20), false);
  repairs.onCame(NOW + 8.9, 0);
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 20), false);
  repairs.onCame(NOW + 9, 0);
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 20), true);
});

Deno.test("so does the time for which a listener has waited since, and an older receipt takes nothing back", () => {
  const repairs = tried();
  repairs.onCame(NOW - 20, 28);
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 20), false);
  repairs.onCame(NOW - 20, 29);
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 20), true);
  repairs.onCame(NOW - 20, 3);
  assert.equal(repairs.isDue(100, HOLD_OFF, NOW + 20), true);
});

Deno.test("of packets sent again it is remembered when they left first, of the newest 512", () => {
  const repairs = tried();
  repairs.onTry(100, { number: 7, isInRow: false, at: NOW + 10, lastCopyAt: NOW + 10 });
  assert.equal(repairs.sentAgainAt(7), NOW);
  for (let more = 0; more < 511; more++) {
    repairs.onTry(200 + more, { number: 8 + more, isInRow: false, at: NOW, lastCopyAt: NOW });
  }
  assert.equal(repairs.sentAgainAt(7), NOW);
  assert.equal(repairs.tried(100).count, 2);
  repairs.onTry(1000, { number: 1000, isInRow: false, at: NOW, lastCopyAt: NOW });
  assert.equal(repairs.sentAgainAt(7), undefined);
  assert.equal(repairs.tried(100).count, 0);
});

Deno.test("losses in a row are noticed within one request and across requests, tries again are not", () => {
  const apart = new ListenerRepairs(0);
  const row = new ListenerRepairs(0);
  for (let sequence = 0; sequence < 40; sequence++) {
    const numbered = { number: sequence, at: NOW, lastCopyAt: NOW };
    apart.onTry(sequence * 2, { ...numbered, isInRow: false });
    apart.onTry(sequence * 2, { ...numbered, isInRow: true });
    row.onTry(sequence, { ...numbered, isInRow: false });
  }
  assert.deepEqual([apart.pattern.isBursty, row.pattern.isBursty], [false, true]);
});
