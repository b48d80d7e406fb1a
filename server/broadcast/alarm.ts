import type { Clock } from "../../shared/driver/clock.ts";
import type { Millis } from "../../shared/core/units.ts";

/** A sleep that can be cut short: by {@linkcode Alarm.ring}, or for good by the signal. */
export class Alarm {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #sleep = new AbortController();
  #hasRung = false;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#sleep.abort(), { once: true });
  }

  /** Resolves at `deadline`, or at once when it rang since the last call. */
  async wait(deadline: Millis = Infinity): Promise<void> {
    if (!this.#hasRung && !this.#signal.aborted) {
      this.#sleep = new AbortController();
      await this.#clock.sleepUntil(deadline, this.#sleep.signal);
    }
    this.#hasRung = false;
  }

  ring(): void {
    this.#hasRung = true;
    this.#sleep.abort();
  }
}
