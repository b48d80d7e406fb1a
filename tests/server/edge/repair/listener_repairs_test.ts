import assert from "node:assert/strict";
import fc from "fast-check";
import { Budget } from "../../../../server/edge/repair/budget.ts";
import { ListenerRepairs, LossPattern } from "../../../../server/edge/repair/listener_repairs.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { runs } from "../../../runs.ts";

const NOW = 1_763_600_000_000;
const WAY = { holdOffMillis: 40, shortestMillis: 15, jitterMillis: 1 };

/** One packet sent again at `NOW`, with the RTX number 7. */
function tried(): ListenerRepairs {
  const repairs = new ListenerRepairs(0);
  repairs.onTry(100, { number: 7, isInRow: false, copies: 1, at: NOW });
  return repairs;
}

Deno.test("a packet that was never sent again is due", () => {
  const repairs = tried();
  assert.equal(repairs.isDue(repairs.tried(101).at, WAY, NOW), true);
});

Deno.test("without a receipt the hold-off decides", () => {
  assert.equal(tried().isDue(NOW, WAY, NOW + 39.9), false);
  assert.equal(tried().isDue(NOW, WAY, NOW + 40), true);
});

Deno.test("the arrival of a packet sent later shows the loss, unless that may just have overtaken", () => {
  const repairs = tried();
  repairs.onArrived(NOW + 4.9, 0, NOW + 20);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 20), false);
  repairs.onArrived(NOW + 5, 0, NOW + 20);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 20), true);
});

Deno.test("the higher the jitter, the later a packet is due", () => {
  for (const [jitterMillis, leeway] of [[0, 5], [2, 5], [4, 8], [15, 30], [100, 40]] as const) {
    const repairs = tried();
    const way = { holdOffMillis: 200, shortestMillis: 0, jitterMillis };
    repairs.onArrived(NOW + leeway - 0.1, 0, NOW + 50);
    assert.equal(repairs.isDue(NOW, way, NOW + 50), false);
    repairs.onArrived(NOW + leeway, 0, NOW + 50);
    assert.equal(repairs.isDue(NOW, way, NOW + 50), true);
  }
});

Deno.test("the listener's wait since the last arrival counts too, and an older receipt changes nothing", () => {
  const repairs = tried();
  repairs.onArrived(NOW - 20, 24, NOW + 60);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 60), false, "whatever our own clock says");
  repairs.onArrived(NOW - 20, 25, NOW + 60);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 60), true);
  repairs.onArrived(NOW - 20, 3, NOW + 60);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 60), true);
});

Deno.test("a request that came with a receipt is judged by it, however long it waited for the host", () => {
  const repairs = tried();
  repairs.onArrived(NOW - 20, 0, NOW + 500);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 500), false);
});

Deno.test("a request without a receipt is judged by the host's clock in the end", () => {
  const repairs = tried();
  repairs.onArrived(NOW - 20, 0, NOW);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 79.9), false);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 80), true);
});

Deno.test("no receipt makes a packet due before an answer to it could have come", () => {
  const repairs = tried();
  repairs.onArrived(NOW, 60_000, NOW + 14.9);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 14.9), false);
  assert.equal(repairs.isDue(NOW, WAY, NOW + 15), true);
});

Deno.test("a listener can't miss a packet that left after its request was written", () => {
  const repairs = new ListenerRepairs(0);
  assert.equal(repairs.canMiss(NOW, WAY, NOW + 14.9), false, "sooner than a round trip");
  assert.equal(repairs.canMiss(NOW, WAY, NOW + 15), true);
  repairs.onArrived(NOW - 150, 154.9, NOW + 100);
  assert.equal(repairs.canMiss(NOW, WAY, NOW + 100), false, "it was under way to the listener");
  repairs.onArrived(NOW - 150, 155, NOW + 100);
  assert.equal(repairs.canMiss(NOW, WAY, NOW + 100), true);
});

Deno.test("after 32 copies in vain a packet is sent again only every 100 ms", () => {
  const repairs = tried();
  repairs.onTry(100, { number: 8, isInRow: false, copies: 30, at: NOW + 50 });
  assert.deepEqual([repairs.isHopeless(100), repairs.isResting(100, NOW + 51)], [false, false]);
  repairs.onTry(100, { number: 9, isInRow: false, copies: 1, at: NOW + 100 });
  assert.deepEqual([repairs.isHopeless(100), repairs.isResting(100, NOW + 199)], [true, true]);
  assert.equal(repairs.isResting(100, NOW + 200), false);
});

Deno.test("what listeners spend beyond their own 24 kB is taken from a pool that others don't need", () => {
  const pool = new Budget(100_000, 0);
  const spend = (repairs: ListenerRepairs) => {
    for (let copies = 0;; copies++) {
      const taken = repairs.take({
        copies: 1,
        bytes: 1000,
        granted: 0,
        reason: 1,
        pool,
        pooled: 0,
      });
      if (typeof taken === "string") return [copies, taken];
    }
  };
  const all = Array.from({ length: 3 }, () => spend(new ListenerRepairs(0)));
  assert.deepEqual(all, [[96, "overBudget"], [52, "overTotal"], [24, "overTotal"]]);
});

Deno.test("a listener without losses earns only a part of what a lossy one does", () => {
  const pool = new Budget(0, 0);
  const earned = (reason: number) => {
    const repairs = new ListenerRepairs(0);
    let bytes = 0;
    for (let granted = 0; granted <= 1_000_000; granted += 1000) {
      const taken = repairs.take({ copies: 8, bytes: 100, granted, reason, pool, pooled: 0 });
      if (typeof taken === "number") bytes += taken * 100;
    }
    return bytes;
  };
  assert.ok(earned(0.2) <= 24_000 + 200_000, `${earned(0.2)}`);
  assert.ok(earned(0.2) > 200_000 && earned(1) > 700_000, `${earned(1)}`);
});

Deno.test("whatever they request, no listener and not all together get more than their budgets", () => {
  const wish = fc.record({
    who: fc.nat(7),
    copies: fc.integer({ min: 1, max: 8 }),
    bytes: fc.integer({ min: 1, max: 1200 }),
    more: fc.nat(2000),
  });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 2000, size: "max" }), (wishes) => {
      const pool = new Budget(100_000, 0);
      const all = Array.from({ length: 8 }, () => ({ repairs: new ListenerRepairs(0), spent: 0 }));
      let granted = 0;
      for (const { who, copies, bytes, more } of wishes) {
        granted += more;
        const one = all[who]!;
        const taken = one.repairs.take({
          copies,
          bytes,
          granted,
          reason: 1,
          pool,
          pooled: granted,
        });
        if (typeof taken === "number") one.spent += taken * bytes;
      }
      assert.ok(all.every(({ spent }) => spent <= 96_000 + granted));
      const total = all.reduce((sum, { spent }) => sum + spent, 0);
      assert.ok(total <= 8 * (24_000 + granted) + 100_000 + granted);
    }),
    runs(30),
  );
});

Deno.test("the first sending time of the newest 512 retransmissions is stored", () => {
  const repairs = tried();
  repairs.onTry(100, { number: 7, isInRow: false, copies: 1, at: NOW + 10 });
  assert.equal(repairs.sentAgainAt(7), NOW);
  for (let more = 0; more < 511; more++) {
    repairs.onTry(200 + more, { number: 8 + more, isInRow: false, copies: 1, at: NOW });
  }
  assert.equal(repairs.sentAgainAt(7), NOW);
  assert.equal(repairs.tried(100).count, 2);
  repairs.onTry(1000, { number: 1000, isInRow: false, copies: 1, at: NOW });
  assert.equal(repairs.sentAgainAt(7), undefined);
  assert.equal(repairs.tried(100).count, 0);
});

Deno.test("losses in a row are counted within one NACK and across NACKs, further tries are not", () => {
  const apart = new ListenerRepairs(0);
  const row = new ListenerRepairs(0);
  for (let sequence = 0; sequence < 40; sequence++) {
    const numbered = { number: sequence, copies: 1, at: NOW };
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
