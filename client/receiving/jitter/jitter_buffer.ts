import {
  type ClockRate,
  type ExtendedSequence,
  type Millis,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import { PlayoutClock } from "./playout_clock.ts";
import type { Arrival } from "../stats/stats.ts";

/**
 * Packets held back by time at most; beyond it the oldest leave early, so that nothing is lost by it.
 * Those that wait behind a gap are bounded by what the sequence gate lets in.
 */
export const MAX_BUFFERED = 4096;
/** When nothing was in time for this long, the path itself has become slower. */
const RESTART_AFTER_LATE_MILLIS: Millis = 1000;

/** How long packets are held back; an adaptive one may change its mind at any time. */
export interface TargetDelay {
  readonly millis: Millis;
  /** A packet came so much after the last moment in which it could be played; negative when in time. */
  onArrival?(lateBy: Millis, at: Millis): void;
}

export interface JitterBufferOptions {
  readonly clockRate: ClockRate;
  /** The number of the first packet meant for us. */
  readonly base: ExtendedSequence;
  readonly target: TargetDelay;
  /**
   * playout: every packet waits for its time. order: it leaves as soon as all before it have left,
   * and behind a gap it waits until that is filled, whatever the time.
   */
  readonly mode: "playout" | "order";
}

/** A packet leaving the buffer. */
export interface Released {
  readonly arrival: Arrival;
  /** Packets in a row before it that did not make it. */
  readonly lostBefore: number;
}

interface Entry {
  readonly arrival: Arrival;
  /** Media time at which it is to be played; never later than that of the entry behind it. */
  dueMediaTime: Millis;
}

/**
 * Puts packets in order and gives each out at its time: `media time + lowest transit + target`, in
 * milliseconds, however many packets that is. Never out of order, never past its time (but for the
 * caller's own lateness); what comes later than that is refused.
 */
export class JitterBuffer {
  readonly #options: JitterBufferOptions;
  readonly #clock = new PlayoutClock();
  /** Ascending by sequence number. */
  readonly #entries: Entry[] = [];
  #next: ExtendedSequence;
  #lateSince: Millis | undefined;
  #emitted = 0;
  #delaySum: Millis = 0;
  #maxGap = 0;

  constructor(options: JitterBufferOptions) {
    this.#options = options;
    this.#next = options.base;
  }

  /**
   * Takes an original or, with `isRepair`, one that was sent again, which says nothing of the path.
   *
   * @param isExcused when its lateness is our own doing; then only its place must still be free.
   * @returns "late" when it can't be played any more: it is not kept.
   */
  push(arrival: Arrival, { isExcused = false, isRepair = false } = {}): "buffered" | "late" {
    const { sequence, ticks, arrivedAt } = arrival;
    const { mode, clockRate, target } = this.#options;
    const mediaTime = ticksToMillis(ticks, clockRate);
    const hasTime = mode === "playout" && !isExcused;
    if (!isRepair) this.#clock.onPacket(mediaTime, arrivedAt);
    if (hasTime) target.onArrival?.(arrivedAt - this.#dueAt(mediaTime), arrivedAt);
    if (sequence < this.#next) return "late";
    if (hasTime && this.#isLate(mediaTime, arrivedAt, isRepair)) return "late";
    this.#insert({ arrival, dueMediaTime: mediaTime });
    return "buffered";
  }

  /** Takes out the next packet whose time has come; undefined when there is none. Call until empty. */
  pop(now: Millis): Released | undefined {
    const deadline = this.deadline;
    return deadline !== undefined && deadline <= now ? this.#release(now) : undefined;
  }

  /** Takes out the next packet whatever its time: the stream has ended. In order mode no gap is passed. */
  flush(now: Millis): Released | undefined {
    const head = this.#entries[0];
    if (head === undefined || this.#options.mode === "order" && !this.#isNext(head)) {
      return undefined;
    }
    return this.#release(now);
  }

  /** When `pop` next has something to give; in the past when it has now. */
  get deadline(): Millis | undefined {
    const head = this.#entries[0];
    if (head === undefined) return undefined;
    if (this.#options.mode === "order") {
      return this.#isNext(head) ? head.arrival.arrivedAt : undefined;
    }
    return this.#entries.length > MAX_BUFFERED
      ? head.arrival.arrivedAt
      : this.#dueAt(head.dueMediaTime);
  }

  /** The lowest of arrival - media time; Infinity until the first packet. */
  get lowestTransit(): Millis {
    return this.#clock.lowestTransit;
  }

  get size(): number {
    return this.#entries.length;
  }

  get targetMillis(): Millis {
    return this.#options.target.millis;
  }

  /** Packets that left, and the time they spent here. */
  get emitted(): number {
    return this.#emitted;
  }

  get delaySum(): Millis {
    return this.#delaySum;
  }

  /** The longest run of packets that did not make it, between two that did or before the first. */
  get maxGap(): number {
    return this.#maxGap;
  }

  /** Packets that did not make it before one that left. */
  get givenUp(): number {
    return this.#next - this.#options.base - this.#emitted;
  }

  /** Every number below this has left or is given up. */
  get next(): ExtendedSequence {
    return this.#next;
  }

  #isNext({ arrival }: Entry): boolean {
    return arrival.sequence === this.#next;
  }

  #dueAt(mediaTime: Millis): Millis {
    return mediaTime + this.#clock.lowestTransit + this.#options.target.millis;
  }

  #isLate(mediaTime: Millis, arrivedAt: Millis, isRepair: boolean): boolean {
    const isLate = arrivedAt > this.#dueAt(mediaTime);
    if (isRepair) return isLate;
    if (!isLate) {
      this.#lateSince = undefined;
      return false;
    }
    this.#lateSince ??= arrivedAt;
    if (arrivedAt - this.#lateSince < RESTART_AFTER_LATE_MILLIS) return true;
    this.#lateSince = undefined;
    this.#clock.restart(mediaTime, arrivedAt);
    return false;
  }

  #insert(entry: Entry): void {
    const entries = this.#entries;
    let index = entries.length;
    while (index > 0 && entries[index - 1]!.arrival.sequence > entry.arrival.sequence) index--;
    const behind = entries[index];
    if (behind) entry.dueMediaTime = Math.min(entry.dueMediaTime, behind.dueMediaTime);
    entries.splice(index, 0, entry);
    // Timestamps that run backwards must not let an entry hold back those behind it.
    for (let before = index - 1; before >= 0; before--) {
      if (entries[before]!.dueMediaTime <= entry.dueMediaTime) break;
      entries[before]!.dueMediaTime = entry.dueMediaTime;
    }
  }

  #release(now: Millis): Released {
    const { arrival } = this.#entries.shift()!;
    const lostBefore = arrival.sequence - this.#next;
    this.#next = arrival.sequence + 1;
    this.#maxGap = Math.max(this.#maxGap, lostBefore);
    this.#emitted++;
    this.#delaySum += Math.max(now - arrival.arrivedAt, 0);
    return { arrival, lostBefore };
  }
}
