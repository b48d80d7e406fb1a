/**
 * scripts/lint: the rules R1 to R6 of CONTRIBUTING.md as a plugin of `deno lint`.
 *
 * `deno lint` gives each file's syntax tree to the rules, and they report what breaks a rule. places.ts says
 * what a file may do, by its path. import_directions.ts checks R2; touching_world.ts R1 and R3, with the
 * globals that ambient.ts finds; parsing_and_numbers.ts R4 and R6. Two things can't be seen in one file and
 * are checked elsewhere: types against a browser's (`deno task check`) and import cycles (`deno task
 * cycles`). The next file to read is places.ts.
 */
import { importDirections } from "./import_directions.ts";
import { noWrappedArithmetic, parsersNeverThrow, timeHasUnit } from "./parsing_and_numbers.ts";
import {
  noAmbientClock,
  noAmbientIo,
  noAmbientRandomness,
  sharedRunsAnywhere,
} from "./touching_world.ts";

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "shared-runs-anywhere": sharedRunsAnywhere,
    "import-directions": importDirections,
    "no-ambient-clock": noAmbientClock,
    "no-ambient-randomness": noAmbientRandomness,
    "no-ambient-io": noAmbientIo,
    "parsers-never-throw": parsersNeverThrow,
    "no-wrapped-arithmetic": noWrappedArithmetic,
    "time-has-unit": timeHasUnit,
  },
};
export default plugin;
