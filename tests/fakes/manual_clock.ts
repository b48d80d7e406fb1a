import type { Clock } from "../../shared/driver/clock.ts";
import type { Millis } from "../../shared/core/units.ts";

interface Sleeper {
  readonly deadline: Millis;
  wake(): void;
}

/** A clock that stands still until it is advanced, for programs that wait on a {@linkcode Clock}. */
export class ManualClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #now: Millis;

  constructor(now: Millis = 1_763_600_000_000) {
    this.#now = now;
  }

  now(): Millis {
    return this.#now;
  }

  /** The number of pending waits; 0 after all have ended. */
  get sleeperCount(): number {
    return this.#sleepers.size;
  }

  sleepUntil(deadline: Millis, signal: AbortSignal): Promise<void> {
    if (signal.aborted || deadline <= this.#now) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        deadline,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", sleeper.wake, { once: true });
    });
  }

  /** Other input takes a millisecond. */
  giveWay(signal: AbortSignal): Promise<void> {
    return this.sleepUntil(this.#now + 1, signal);
  }

  /** Advances by `millis`, stopping at each deadline, so that each wait ends at its own time. */
  async advance(millis: Millis): Promise<void> {
    const end = this.#now + millis;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.deadline);
      next.wake();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #next(end: Millis): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.deadline <= end && sleeper.deadline < (earliest?.deadline ?? Infinity)) {
        earliest = sleeper;
      }
    }
    return earliest;
  }
}

/** Lets all promises that are ready continue, chains of them included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
