/**
 * The seed of everything random in tests. `--preload` loads this file before each test file (the
 * tasks in deno.json say so), so that every property runs from it.
 *
 * `FUZZ_SEED` names the seed. Under CI=true it is always the same one, because there a run has to
 * tell about the change and not about its luck; elsewhere each run draws new ones, and so does
 * `deno task fuzz` (`FUZZ_RUNS`) wherever it runs. A property that fails prints its seed.
 */
import fc from "fast-check";
import { wantedRuns } from "./runs.ts";
import { isContinuousIntegration } from "./tools.ts";

const SEED_UNDER_CI = 20_261_120;

function fixedSeed(): number | undefined {
  const named = Deno.env.get("FUZZ_SEED");
  if (named) {
    if (Number.isSafeInteger(Number(named))) return Number(named);
    throw new RangeError(`FUZZ_SEED is an integer, not ${named}`);
  }
  return isContinuousIntegration() && wantedRuns() === undefined ? SEED_UNDER_CI : undefined;
}

/** The seed of a test that has only one: the fixed one, else `drawn`. It is printed. */
export function printedSeed(drawn: number): number {
  const seed = fixedSeed() ?? drawn;
  console.log(`FUZZ_SEED=${seed}`);
  return seed;
}

const [seed, numRuns] = [fixedSeed(), wantedRuns()];
fc.configureGlobal({
  ...(seed !== undefined && { seed }),
  ...(numRuns !== undefined && { numRuns }),
});
