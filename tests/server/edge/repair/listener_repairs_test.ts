import assert from "node:assert/strict";
import { ListenerRepairs, LossPattern } from "../../../../server/edge/repair/listener_repairs.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";

const NOW = 1_763_600_000_000;
const WAY = { holdOffMillis: 40, jitterMillis: 1 };

/** One packet sent again at `NOW`, with the RTX number 7. */
function tried(): ListenerRepairs {
  const repairs = new ListenerRepairs(0);
  repairs.onTry(100, { number: 7, isInRow: false, at: NOW });
  return repairs;
}

Deno.test("a packet that was never sent again is due", () => {
  assert.equal(tried().isDue(101, WAY, NOW), true);
});

Deno.test("without a receipt the hold-off decides", () => {
  const repairs = tried();
  assert.equal(repairs.isDue(100, WAY, NOW + 39.9), false);
  assert.equal(repairs.isDue(100, WAY, NOW + 40), true);
});

Deno.test("the arrival of a packet sent later shows the loss, unless that may just have overtaken", () => {
  const repairs = tried();
  repairs.onArrived(NOW + 4.9, 0);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), false);
  repairs.onArrived(NOW + 5, 0);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), true);
});

Deno.test("the higher the jitter, the later a packet is due", () => {
  for (const [jitterMillis, leeway] of [[0, 5], [2, 5], [4, 8], [15, 30], [100, 40]] as const) {
    const repairs = tried();
    const way = { holdOffMillis: 200, jitterMillis };
    repairs.onArrived(NOW + leeway - 0.1, 0);
    assert.equal(repairs.isDue(100, way, NOW + 50), false);
    repairs.onArrived(NOW + leeway, 0);
    assert.equal(repairs.isDue(100, way, NOW + 50), true);
  }
});

Deno.test("the listener's wait since the last arrival counts too, and an older receipt changes nothing", () => {
  const repairs = tried();
  repairs.onArrived(NOW - 20, 24);
  assert.equal(repairs.isDue(100, WAY, NOW + 60), false, "whatever our own clock says");
  repairs.onArrived(NOW - 20, 25);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), true);
  repairs.onArrived(NOW - 20, 3);
  assert.equal(repairs.isDue(100, WAY, NOW + 20), true);
});

Deno.test("without a helpful receipt the host's own clock decides in the end", () => {
  const repairs = tried();
  repairs.onArrived(NOW - 20, 0);
  assert.equal(repairs.isDue(100, WAY, NOW + 79.9), false);
  assert.equal(repairs.isDue(100, WAY, NOW + 80), true);
});

Deno.test("the first sending time of the newest 512 retransmissions is stored", () => {
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

Deno.test("losses in a row are counted within one NACK and across NACKs, further tries are not", () => {
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

/** The share of losses after which the path counts as bursty: it loses `share`, in runs of `length` on average. */
function shareBursty(share: number, length: number): number {
  const rng = new SeededRng(7);
  const pattern = new LossPattern();
  const toGood = 1 / length;
  const toBad = toGood * share / (1 - share);
  let [isLost, losses, bursty] = [false, 0, 0];
  while (losses < 5000) {
    const wasLost = isLost;
    isLost = rng.float() < (wasLost ? 1 - toGood : toBad);
    if (!isLost) continue;
    pattern.onLoss(wasLost);
    losses++;
    if (pattern.isBursty) bursty++;
  }
  return bursty / losses;
}

Deno.test("independent losses are no bursts, up to one packet in five", () => {
  // Independent losses follow each other as often as any packet is lost.
  for (const share of [0.01, 0.05, 0.1]) assert.equal(shareBursty(share, 1 / (1 - share)), 0);
  assert.ok(shareBursty(0.2, 1 / 0.8) < 0.03);
});

Deno.test("losses in runs of two and more on average are bursts", () => {
  assert.ok(shareBursty(0.05, 2) > 0.85);
  for (const length of [2.5, 4, 8]) assert.ok(shareBursty(0.1, length) > 0.97);
});

Deno.test("a path is taken for one without bursts at first, and is followed as it changes", () => {
  const pattern = new LossPattern();
  assert.equal(pattern.isBursty, false);
  for (let count = 0; count < 20; count++) pattern.onLoss(count % 4 !== 0);
  assert.equal(pattern.isBursty, true);
  for (let count = 0; count < 64; count++) pattern.onLoss(false);
  assert.equal(pattern.isBursty, false);
});
