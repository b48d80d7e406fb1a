import { SeededRng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { VirtualListener } from "./virtual_listener.ts";
import type { VirtualWorld } from "./virtual_world.ts";

export interface BusyOptions {
  readonly seed: number;
  /** The time that it takes to read a datagram; half as long to look at a deadline. */
  readonly workMillis: Millis;
  /** How long it does not run at a time, at most, and how long it runs in between, on average. */
  readonly stallMillis: Millis;
  readonly runMillis: Millis;
}

/**
 * A process with some listeners on a machine that has too much to do: it often does not run, and what waits in its
 * sockets takes time to read. Work that comes from retransmissions makes it later still, as in reality.
 */
export class BusyProcess {
  readonly #world: VirtualWorld;
  readonly #listeners: readonly VirtualListener[];
  readonly #options: BusyOptions;
  readonly #rng: SeededRng;
  #turn = 0;
  /** What it has done ahead of the time, or could not do yet. */
  #freeMillis: Millis = 0;
  #stallsAt: Millis;
  #runsAt: Millis = -Infinity;

  /** The listeners run only here from now on. */
  constructor(world: VirtualWorld, listeners: readonly VirtualListener[], options: BusyOptions) {
    this.#world = world;
    this.#listeners = listeners;
    this.#options = options;
    this.#rng = new SeededRng(options.seed);
    this.#stallsAt = world.now + this.#rng.float() * options.runMillis;
    for (const listener of listeners) world.suspend(listener);
  }

  /** Lets it do what it can do in the `millis` that have passed. */
  run(millis: Millis): void {
    const { now } = this.#world;
    if (now >= this.#stallsAt) this.#stall(now);
    if (now < this.#runsAt) return;
    this.#freeMillis = Math.min(this.#freeMillis, 0) + millis;
    while (this.#freeMillis > 0 && this.#work()) { /* until the time is used up */ }
  }

  #stall(now: Millis): void {
    const { stallMillis, runMillis } = this.#options;
    this.#runsAt = now + this.#rng.float() * stallMillis;
    this.#stallsAt = this.#runsAt + 2 * this.#rng.float() * runMillis;
  }

  /** Each listener in turn. @returns false when there is nothing to do. */
  #work(): boolean {
    const { workMillis } = this.#options;
    for (let tries = 0; tries < this.#listeners.length; tries++) {
      const listener = this.#listeners[this.#turn++ % this.#listeners.length]!;
      const isTimerFirst = this.#rng.float() < 0.5;
      if (isTimerFirst && this.#look(listener)) return true;
      if (this.#world.readOne(listener)) {
        this.#freeMillis -= workMillis;
        return true;
      }
      if (this.#look(listener)) return true;
    }
    return false;
  }

  #look(listener: VirtualListener): boolean {
    if (!this.#world.wakeIfDue(listener)) return false;
    this.#freeMillis -= this.#options.workMillis / 2;
    return true;
  }
}
