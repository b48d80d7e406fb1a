import assert from "node:assert/strict";
import { SetupPace } from "../../../../server/broadcast/pumps/setup_pace.ts";
import type { DataSetup } from "../../../../shared/data/data_setup.ts";
import { ManualClock } from "../../../fakes/manual_clock.ts";

const setupOf = (count: number): DataSetup => ({ values: { [`value ${count}`]: {} } });

function bench() {
  const clock = new ManualClock(1_763_600_000_000);
  const stop = new AbortController();
  const told: [after: number, DataSetup][] = [];
  const start = clock.now();
  const tell = (setup: DataSetup) => told.push([clock.now() - start, setup]);
  return { clock, stop, told, pace: new SetupPace({ clock, signal: stop.signal, tell }) };
}

Deno.test("the first set-up is told at once, later ones once a second, and the newest one always", async () => {
  const { clock, told, pace } = bench();
  pace.push(setupOf(0));
  assert.deepEqual(told, [[0, setupOf(0)]]);
  for (let count = 1; count <= 25; count++) {
    await clock.advance(100);
    pace.push(setupOf(count));
  }
  await clock.advance(5000);
  assert.deepEqual(told.map(([after]) => after), [0, 1000, 2000, 3000]);
  assert.deepEqual(told.at(-1)?.[1], setupOf(25));
  pace.push(setupOf(26));
  assert.deepEqual(told.at(-1), [7500, setupOf(26)]);
  assert.equal(clock.sleeperCount, 0);
});

Deno.test("the end of a source tells what waits, once", async () => {
  const { clock, told, pace } = bench();
  for (let count = 0; count < 3; count++) pace.push(setupOf(count));
  pace.flush();
  await clock.advance(5000);
  assert.deepEqual(told, [[0, setupOf(0)], [0, setupOf(2)]]);
});

Deno.test("the end of the broadcast tells nothing more", async () => {
  const { clock, stop, told, pace } = bench();
  pace.push(setupOf(0));
  pace.push(setupOf(1));
  stop.abort();
  await clock.advance(5000);
  assert.deepEqual(told, [[0, setupOf(0)]]);
  assert.equal(clock.sleeperCount, 0);
});
