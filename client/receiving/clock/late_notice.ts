import type { Millis } from "../../../shared/core/units.ts";

const WINDOW_MILLIS: Millis = 5000;
/** Repair and a moment's disturbance make packets late as well; more than this is the path. */
const TOLERATED_SHARE = 0.1;
const LEAST_PACKETS = 20;
/** So many windows in a row: by the second one it is known whether a clock has jumped. */
const WINDOWS = 2;
/** The proposed latency is a multiple of this, and at least as much more than the latest packet needed. */
const STEP_MILLIS: Millis = 5;

/** Notices once that a fixed latency is shorter than the path needs, and says which would do. */
export class LateNotice {
  readonly #latency: Millis;
  #since: Millis | undefined;
  #came = 0;
  #late = 0;
  #latest: Millis = 0;
  #badWindows = 0;
  #isLate = false;
  #wasFound = false;
  #notice: string | undefined;

  constructor(latency: Millis) {
    this.#latency = latency;
  }

  /** @param lateBy how long after its playout time it came; negative when it was in time. */
  onOriginal(lateBy: Millis, at: Millis): void {
    this.#isLate = lateBy > 0;
    if (this.#wasFound) return;
    this.#since ??= at;
    this.#came++;
    if (lateBy > 0) this.#late++;
    this.#latest = Math.max(this.#latest, lateBy);
    if (at - this.#since >= WINDOW_MILLIS) this.#judge();
  }

  /** Whether the newest packet came too late. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** A clock was set or stood still: what came before says nothing about the path. */
  restart(): void {
    this.#badWindows = 0;
    this.#startWindow();
  }

  /** @returns the notice, the first time that there is one. */
  take(): string | undefined {
    const notice = this.#notice;
    this.#notice = undefined;
    return notice;
  }

  #judge(): void {
    const isBad = this.#came >= LEAST_PACKETS && this.#late > this.#came * TOLERATED_SHARE;
    this.#badWindows = isBad ? this.#badWindows + 1 : 0;
    this.#wasFound = this.#badWindows >= WINDOWS;
    if (this.#wasFound) this.#notice = this.#words();
    this.#startWindow();
  }

  #startWindow(): void {
    this.#since = undefined;
    this.#came = this.#late = this.#latest = 0;
  }

  #words(): string {
    const share = Math.round(100 * this.#late / this.#came);
    const needed = this.#latency + this.#latest + STEP_MILLIS;
    const least = Math.ceil(needed / STEP_MILLIS) * STEP_MILLIS;
    return `A latency of ${this.#latency} ms is too short for this network path: ${share} % of the packets ` +
      `come too late to be played. At least ${least} ms is needed (--latency ${least}ms)`;
  }
}
