import type { Millis } from "../../shared/core/units.ts";
import type { CaptureOutput, MediumOutput } from "./capture_output.ts";

/** Listeners are to know within two seconds; a page repeats a still picture once a second. */
const PAUSE_MILLIS: Millis = 1500;
/** A channel that pauses again within this time after it went on is unsteady. */
const STEADY_MILLIS: Millis = 30_000;
/** So long an unsteady channel must come without a pause before it goes on: at first, and at most. */
const FIRST_TRIAL_MILLIS: Millis = 2000;
const LONGEST_TRIAL_MILLIS: Millis = 30_000;

/**
 * Notices when a page that brought something has stopped to, and when it goes on. A page on a busy machine may
 * stop every few seconds: then listeners are told that the channel pauses, and that it goes on only when it has
 * come for a while, each time for twice as long. What it brings is sent all the same.
 */
export class PauseWatch {
  readonly #channel: "audio" | "screen";
  #lastAt: Millis | undefined;
  #isPaused = false;
  /** Since when something comes without a pause. */
  #comesSince: Millis = -Infinity;
  /** How long it must come before it goes on. */
  #trial: Millis = 0;
  /** When it went on last. */
  #wentOnAt: Millis = -Infinity;

  constructor(channel: "audio" | "screen") {
    this.#channel = channel;
  }

  get deadline(): Millis {
    return this.#lastAt === undefined || this.#isPaused ? Infinity : this.#lastAt + PAUSE_MILLIS;
  }

  /** @returns the outputs, which have something of the channel, and before them that it goes on. */
  onFrame(outputs: readonly MediumOutput[], now: Millis): MediumOutput[] {
    const isAnew = now - (this.#lastAt ?? -Infinity) >= PAUSE_MILLIS;
    if (isAnew) this.#comesSince = now;
    this.#lastAt = now;
    const isBack = this.#isPaused && now - this.#comesSince >= this.#trial;
    if (!isBack) return [...outputs];
    this.#isPaused = false;
    this.#wentOnAt = now;
    return [{ kind: "resumed", channel: this.#channel }, ...outputs];
  }

  advance(now: Millis): CaptureOutput[] {
    if (now < this.deadline) return [];
    this.#isPaused = true;
    const isUnsteady = now - this.#wentOnAt < STEADY_MILLIS;
    const longer = Math.max(2 * this.#trial, FIRST_TRIAL_MILLIS);
    this.#trial = isUnsteady ? Math.min(longer, LONGEST_TRIAL_MILLIS) : 0;
    return [{ kind: "paused", channel: this.#channel }];
  }

  /** The channel has ended. */
  stop(): void {
    this.#lastAt = undefined;
    this.#isPaused = false;
    this.#trial = 0;
    this.#wentOnAt = -Infinity;
  }
}
