import type { Millis } from "../../shared/core/units.ts";
import type { ServerOutput } from "../interface/output.ts";

/** At most one warning is given in this time. */
const INTERVAL_MILLIS: Millis = 10_000;

/** Warnings about the sources. What goes wrong once often goes wrong again, so their rate is limited. */
export class Warnings {
  readonly #say: (output: ServerOutput) => void;
  #nextAt: Millis = -Infinity;

  constructor(say: (output: ServerOutput) => void) {
    this.#say = say;
  }

  /** Gives the warning, unless there was another one a moment ago. */
  add(text: string, now: Millis): void {
    if (now < this.#nextAt) return;
    this.#nextAt = now + INTERVAL_MILLIS;
    this.#say({ kind: "notice", level: "warning", text });
  }
}
