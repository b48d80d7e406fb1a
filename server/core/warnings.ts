import type { Millis } from "../../shared/core/units.ts";
import type { CoreOutput } from "../interface/output.ts";

/** A source that runs dry over and over is said once in this time. */
const INTERVAL_MILLIS: Millis = 10_000;

/** What goes wrong on the air, now and then: what goes wrong once goes wrong again. */
export class Warnings {
  readonly #say: (output: CoreOutput) => void;
  #nextAt: Millis = -Infinity;

  constructor(say: (output: CoreOutput) => void) {
    this.#say = say;
  }

  /** Says it, unless another was said a moment ago. */
  add(text: string, now: Millis): void {
    if (now < this.#nextAt) return;
    this.#nextAt = now + INTERVAL_MILLIS;
    this.#say({ kind: "notice", level: "warning", text });
  }
}
