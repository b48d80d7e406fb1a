import assert from "node:assert/strict";
import { LossPattern } from "../../../../server/edge/repair/loss_pattern.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";

/** How often it is bursty, of many losses on a path that loses `share`, in runs of `length` on average. */
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

Deno.test("losses that come one by one are no bursts, up to one packet in five", () => {
  // Single losses follow each other as often as any packet is lost.
  for (const share of [0.01, 0.05, 0.1]) assert.equal(shareBursty(share, 1 / (1 - share)), 0);
  assert.ok(shareBursty(0.2, 1 / 0.8) < 0.03);
});

Deno.test("runs of two and more on average are", () => {
  assert.ok(shareBursty(0.05, 2) > 0.85);
  for (const length of [2.5, 4, 8]) assert.ok(shareBursty(0.1, length) > 0.97);
});

Deno.test("it begins as none, and follows a path that changes", () => {
  const pattern = new LossPattern();
  assert.equal(pattern.isBursty, false);
  for (let count = 0; count < 20; count++) pattern.onLoss(count % 4 !== 0);
  assert.equal(pattern.isBursty, true);
  for (let count = 0; count < 64; count++) pattern.onLoss(false);
  assert.equal(pattern.isBursty, false);
});
