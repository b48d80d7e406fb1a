import type { Millis } from "../../shared/core/units.ts";
import type { CaptureOutput, MediumOutput } from "./capture_output.ts";

/** Listeners are to know within two seconds; a page repeats a still picture once a second. */
const PAUSE_MILLIS: Millis = 1500;

/** Notices when a page that brought something has stopped to, and when it goes on. */
export class PauseWatch {
  readonly #channel: "audio" | "screen";
  #lastAt: Millis | undefined;
  #isPaused = false;

  constructor(channel: "audio" | "screen") {
    this.#channel = channel;
  }

  get deadline(): Millis {
    return this.#lastAt === undefined || this.#isPaused ? Infinity : this.#lastAt + PAUSE_MILLIS;
  }

  /** @returns the outputs, which have something of the channel, and before them that it goes on. */
  onFrame(outputs: readonly MediumOutput[], now: Millis): MediumOutput[] {
    const isBack = this.#isPaused;
    this.#lastAt = now;
    this.#isPaused = false;
    return isBack ? [{ kind: "resumed", channel: this.#channel }, ...outputs] : [...outputs];
  }

  advance(now: Millis): CaptureOutput[] {
    if (now < this.deadline) return [];
    this.#isPaused = true;
    return [{ kind: "paused", channel: this.#channel }];
  }

  /** The channel has ended. */
  stop(): void {
    this.#lastAt = undefined;
    this.#isPaused = false;
  }
}
