import { importDirections } from "./import_directions.ts";
import { noWrappedArithmetic, parsersNeverThrow, timeHasUnit } from "./parsing_and_numbers.ts";
import {
  noAmbientClock,
  noAmbientIo,
  noAmbientRandomness,
  sharedRunsAnywhere,
} from "./touching_world.ts";

/**
 * The rules of the house (CONTRIBUTING.md) that a file shows by itself. What they can't see is checked
 * elsewhere: types against a browser's (`deno task check`), import cycles (`deno task cycles`).
 */
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
