import type { Millis } from "../../shared/core/units.ts";
import type { MoreRejected, Rejected, ServerOutput, ToldOutput } from "../interface/output.ts";

/** Per second, this many refusals are reported one by one; a stranger can cause thousands. */
const MAX_TOLD_A_SECOND = 5;
const SECOND: Millis = 1000;

/**
 * Passes outputs on, but combines refusals beyond a few per second into one line per second with their
 * number, so that a stranger can't fill the log.
 */
export class RefusalDigest {
  #secondAt: Millis = -Infinity;
  #told = 0;
  #untold = new Map<number, number>();

  /** @returns the outputs to tell now, in order. */
  take(output: ServerOutput, now: Millis): readonly ToldOutput[] {
    // After the end there is no later second in which the count could be reported.
    const isOver = output.kind === "ended" || now >= this.#secondAt + SECOND ||
      now < this.#secondAt;
    const summary = isOver ? this.#endSecond(now) : [];
    return output.kind === "rejected" && !this.#mayTell(output) ? summary : [...summary, output];
  }

  #mayTell({ code }: Rejected): boolean {
    if (this.#told < MAX_TOLD_A_SECOND) {
      this.#told++;
      return true;
    }
    this.#untold.set(code, (this.#untold.get(code) ?? 0) + 1);
    return false;
  }

  #endSecond(now: Millis): readonly MoreRejected[] {
    this.#secondAt = now;
    this.#told = 0;
    if (this.#untold.size === 0) return [];
    const codes = Object.fromEntries(this.#untold);
    const count = [...this.#untold.values()].reduce((sum, value) => sum + value, 0);
    this.#untold = new Map();
    return [{ kind: "more-rejected", count, codes }];
  }
}
