import type { Millis } from "../../../shared/core/units.ts";
import type { DataSetup } from "../../../shared/data/data_setup.ts";
import type { Clock } from "../../../shared/driver/clock.ts";

/** A set-up goes to every listener, so a source whose values appear one by one tells of them no more often. */
const SETUP_EVERY_MILLIS: Millis = 1000;

export interface SetupPaceOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly tell: (setup: DataSetup) => void;
}

/** Passes on set-ups of live data: the first one at once, then the newest one once a second. */
export class SetupPace {
  readonly #options: SetupPaceOptions;
  #waiting: DataSetup | undefined;
  #toldAt: Millis = -Infinity;
  #isSleeping = false;

  constructor(options: SetupPaceOptions) {
    this.#options = options;
  }

  push(setup: DataSetup): void {
    const { clock, signal } = this.#options;
    this.#waiting = setup;
    if (this.#isSleeping) return;
    const dueAt = this.#toldAt + SETUP_EVERY_MILLIS;
    if (clock.now() >= dueAt) return this.flush();
    this.#isSleeping = true;
    clock.sleepUntil(dueAt, signal).then(() => {
      this.#isSleeping = false;
      if (!signal.aborted) this.flush();
    });
  }

  /** Passes on what waits, since nothing follows. */
  flush(): void {
    const setup = this.#waiting;
    if (!setup) return;
    this.#waiting = undefined;
    this.#toldAt = this.#options.clock.now();
    this.#options.tell(setup);
  }
}
