import assert from "node:assert/strict";
import fc from "fast-check";
import { JitterEstimate } from "../../../../client/receiving/stats/jitter_estimate.ts";
import { T0, TIMESTAMP_STARTS } from "../../starts.ts";

const CLOCK_RATE = 90_000;

/** RFC 3550 appendix A.8 as printed there, on 32-bit unsigned and signed integers. */
class PrintedEstimate {
  #transit: number | undefined;
  jitter = 0;
  update(arrivalTicks: number, timestamp: number): void {
    const transit = (arrivalTicks - timestamp) | 0;
    if (this.#transit !== undefined) {
      let difference = (transit - this.#transit) | 0;
      if (difference < 0) difference = -difference;
      this.jitter += difference - ((this.jitter + 8) >> 4);
    }
    this.#transit = transit;
  }
}

const steps = fc.array(
  fc.record({ ticks: fc.nat(9000), delay: fc.double({ min: 0, max: 300, noNaN: true }) }),
  { minLength: 2, maxLength: 200 },
);

for (const start of TIMESTAMP_STARTS) {
  Deno.test(`jitter is RFC 3550 appendix A.8's to the tick, from timestamp ${start}`, () => {
    fc.assert(fc.property(steps, (steps) => {
      const estimate = new JitterEstimate(CLOCK_RATE);
      const printed = new PrintedEstimate();
      let ticks = start;
      for (const step of steps) {
        ticks += step.ticks;
        const arrivedAt = T0 + (ticks - start) / 90 + step.delay;
        estimate.onPacket(ticks, arrivedAt);
        // The same product, so that both round a half the same way.
        printed.update(Math.round(arrivedAt * CLOCK_RATE / 1000) | 0, ticks | 0);
        assert.equal(Math.round(estimate.seconds * CLOCK_RATE * 16), printed.jitter);
        assert.equal(estimate.ticks, printed.jitter >> 4);
      }
    }));
  });
}

Deno.test("jitter of a steady stream is nothing, and of a swinging one settles at the swing", () => {
  const steady = new JitterEstimate(CLOCK_RATE);
  const swinging = new JitterEstimate(CLOCK_RATE);
  for (let index = 0; index < 2000; index++) {
    const sentAt = T0 + index * 20;
    steady.onPacket(index * 1800, sentAt + 35);
    swinging.onPacket(index * 1800, sentAt + (index % 2) * 10);
  }
  assert.equal(steady.seconds, 0);
  assert.ok(Math.abs(swinging.seconds - 0.01) < 0.0001, `${swinging.seconds}`);
});

Deno.test("jitter of the first packet alone is nothing", () => {
  const estimate = new JitterEstimate(48_000);
  estimate.onPacket(2 ** 32 - 1, T0);
  assert.equal(estimate.seconds, 0);
});
