import assert from "node:assert/strict";
import { SimulatedSource } from "../../../../../server/origin/data/io/simulated_source.ts";
import { BEAM_SETUP } from "../../../../../server/origin/data/simulate_beam.ts";
import { SeededRng } from "../../../../../shared/core/rng.ts";
import type { DataSetup } from "../../../../../shared/data/data_setup.ts";
import { ManualClock } from "../../../../fakes/manual_clock.ts";

for (
  const [interval, times] of [[undefined, [0, 1000, 2000, 3000]], [400, [
    0,
    400,
    800,
    1200,
  ]]] as const
) {
  Deno.test(`the simulated beam comes every ${interval ?? 1000} ms, with its set-up first`, async () => {
    const clock = new ManualClock(0);
    const stop = new AbortController();
    const source = new SimulatedSource({
      rng: new SeededRng(1),
      clock,
      signal: stop.signal,
      ...(interval && { interval }),
    });
    const setups: DataSetup[] = [];
    source.onSetup = (setup) => setups.push(setup);
    const arrived: number[] = [];
    const reading = (async () => {
      for await (const { values, image } of source.messages()) {
        assert.deepEqual(Object.keys(values), Object.keys(BEAM_SETUP.values));
        assert.equal(image?.format, "gray16le");
        arrived.push(clock.now());
      }
    })();
    await clock.advance(times.at(-1)!);
    stop.abort();
    await reading;
    assert.deepEqual(arrived, times);
    assert.deepEqual(setups, [BEAM_SETUP]);
    assert.deepEqual(source.counts, { received: 4, refused: 0, dropped: 0 });
  });
}
