import type { Rng } from "../../../../shared/core/rng.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { DataSetup } from "../../../../shared/data/data_setup.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { type CheckedMessage, MessageCheck } from "../message_check.ts";
import { BEAM_SETUP, SimulatedBeam } from "../simulate_beam.ts";
import type { DataSource, SourceCounts } from "./data_source.ts";

const DEFAULT_INTERVAL_MILLIS: Millis = 1000;

export interface SimulatedSourceOptions {
  readonly rng: Rng;
  readonly clock: Clock;
  /** Ends the simulation. */
  readonly signal: AbortSignal;
  /** A message comes this often; one a second when absent. */
  readonly interval?: Millis;
}

/** The source of `--simulate-data`: a beam, for as long as the broadcast runs. */
export class SimulatedSource implements DataSource {
  readonly kind = "simulation";
  readonly #options: SimulatedSourceOptions;
  readonly #check = new MessageCheck(BEAM_SETUP);
  #received = 0;
  onSetup?: (setup: DataSetup) => void;
  onNotice?: (text: string) => void;

  constructor(options: SimulatedSourceOptions) {
    this.#options = options;
  }

  get setup(): DataSetup {
    return this.#check.setup;
  }

  get counts(): SourceCounts {
    return { received: this.#received, refused: 0, dropped: 0 };
  }

  async *messages(): AsyncGenerator<CheckedMessage> {
    const { rng, clock, signal, interval = DEFAULT_INTERVAL_MILLIS } = this.#options;
    const beam = new SimulatedBeam(rng);
    this.onSetup?.(this.setup);
    for (let at = clock.now(); !signal.aborted;) {
      const checked = this.#check.check(beam.next(at));
      this.#received += 1;
      // The simulation keeps to its own set-up, so none is refused.
      if (checked.ok) yield checked.message;
      // After a late wake-up, intervals that have passed are left out.
      at += (interval as number) *
        Math.max(1, Math.ceil((clock.now() - at) / (interval as number)));
      await clock.sleepUntil(at, signal);
    }
  }
}
