import assert from "node:assert/strict";
import { lengthOf } from "../runs.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { SLOW_MP3, slowFrames } from "../../scripts/soak/slow_sound.ts";

const HOURS = lengthOf({ short: 1, long: 2 });
const HOUR = 3_600_000;

/** The first world whose timestamps begin so close to the wrap that they pass it. */
function worldWithWrap(skew: number): VirtualWorld {
  const path = { delayMillis: 10, jitterMillis: 5 };
  for (let seed = 1;; seed++) {
    const paths = { towardsListener: () => path, towardsHost: () => path };
    const world = new VirtualWorld({ seed, skew: () => skew, ...paths });
    const { core } = world.startHost({ audio: SLOW_MP3, hasEvents: false }, slowFrames());
    const { timestampBase, clockRate } = core.channels[0]!.numbers;
    const wrapsAfterHours = (2 ** 32 - timestampBase) / clockRate / 3600;
    if (wrapsAfterHours > 0.2 && wrapsAfterHours < HOURS - 0.2) return world;
  }
}

for (const ppm of [-100, 100]) {
  Deno.test(`${HOURS} hours with a clock ${ppm} ppm off: no gap, and the delay does not change`, () => {
    const world = worldWithWrap(ppm / 1e6);
    const listener = world.addListener({ latency: "low" });
    let before = { jitterBufferDelay: 0, jitterBufferEmittedCount: 0 };
    const delays: number[] = [];
    for (let tenth = 0; tenth < HOURS * 10; tenth++) {
      world.run(HOUR / 10);
      listener.outputs.length = 0;
      const ledger = world.channel(listener, "audio");
      assert.equal(ledger.residualLost, 0, `in tenth ${tenth}`);
      const emitted = ledger.jitterBufferEmittedCount - before.jitterBufferEmittedCount;
      delays.push(1000 * (ledger.jitterBufferDelay - before.jitterBufferDelay) / emitted);
      before = ledger;
    }
    // A packet waits for the target delay, less its own delay beyond the fastest packet: 80 ms - 2.5 ms.
    for (const [tenth, delay] of delays.entries()) {
      assert.ok(Math.abs(delay - 77.5) < 1, `${delay} ms in tenth ${tenth}`);
    }
  });
}
