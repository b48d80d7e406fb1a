// The jitter buffer of one stream: puts packets in order and gives out each at its playout time.
//
// In:  packets with unwrapped numbers (originals and repaired ones), and the time.
// Out: packets in order with the number of packets lost before each; the next deadline.
//
// `playout_clock.ts` maps media time to this machine's clock, `adaptive_delay.ts` decides how long packets
// are delayed. Read playout_clock.ts next; `client/core/playout.ts` takes the packets from here.

import {
  type ClockRate,
  type ExtendedSequence,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import type { KindRules } from "../../../shared/media/channel_kinds.ts";
import { PlayoutClock } from "./playout_clock.ts";
import type { Timed } from "../stats/frame_starts.ts";
import type { Arrival } from "../stats/arrival.ts";

/**
 * The most that waits for its time. If there is more, the oldest packets leave early, so none is lost.
 * The number of packets that wait behind a gap is bounded by what the sequence gate admits.
 */
export interface BufferLimits {
  readonly packets: number;
  readonly bytes: number;
}

/** By the number of packets alone: those of sound and of events are small. */
export const MAX_BUFFERED = 4096;
/** When no packet was in time for this long, the path itself has become slower. */
const RESTART_AFTER_LATE_MILLIS: Millis = 1000;

/** About the arrival of a packet, for a delay that adapts. */
export interface ArrivalTimes {
  /** The packet's media time, and the lowest of arrival - media time. */
  readonly mediaTime: Millis;
  readonly lowestTransit: Millis;
  /** Whether it is repaired, so that its arrival says nothing about the path. */
  readonly isRepair: boolean;
}

/** How long packets are delayed. An adaptive delay may change at any time. */
export interface TargetDelay {
  readonly millis: Millis;
  /** Whether the host's clock decides when packets are played, however long the path takes. */
  readonly isOnHostTime?: boolean;
  /** A packet came that long after its playout time; negative when it was in time. */
  onArrival?(lateBy: Millis, at: Millis, times: ArrivalTimes): void;
  /** The playout time minus media time; by default the lowest transit + `millis`. */
  transit?(lowestTransit: Millis, mediaTime: Millis): Millis;
}

export interface JitterBufferOptions {
  readonly clockRate: ClockRate;
  /** The number of the first wanted packet. */
  readonly base: ExtendedSequence;
  readonly target: TargetDelay;
  /**
   * playout: every packet waits for its time. order: a packet leaves as soon as all packets before it have
   * left; behind a gap it waits until the gap is filled, however long that takes. arrival: no packet waits here;
   * what they make together has a playout time, which {@linkcode JitterBuffer.dueAt} tells.
   */
  readonly mode: KindRules["release"];
  /** By default, {@linkcode MAX_BUFFERED} packets. */
  readonly limits?: BufferLimits;
}

export interface PushOptions {
  readonly isExcused?: boolean;
  readonly isRepair?: boolean;
  readonly timed?: Timed | undefined;
}

/** A packet that leaves the buffer. */
export interface Released {
  readonly arrival: Arrival;
  /** How many packets directly before it did not come in time. */
  readonly lostBefore: number;
}

interface Entry {
  readonly arrival: Arrival;
  /** The media time at which the packet is played; never later than that of the next entry. */
  dueMediaTime: Millis;
}

/**
 * Puts packets in order and gives out each at its playout time, however many packets that is: at `media time +
 * lowest transit + target` in milliseconds, unless the target maps media time itself. Packets never leave out
 * of order, and never after their time unless the caller is late. A packet that comes after its time is refused.
 */
export class JitterBuffer {
  readonly #options: JitterBufferOptions;
  readonly #clock = new PlayoutClock();
  /** Ascending by sequence number. */
  readonly #entries: Entry[] = [];
  /** Of their payloads. */
  #bytes = 0;
  #base: ExtendedSequence;
  #next: ExtendedSequence;
  #lateSince: Millis | undefined;
  #emitted = 0;
  #delaySum: Millis = 0;
  #maxGap = 0;

  constructor(options: JitterBufferOptions) {
    this.#options = options;
    this.#base = options.base;
    this.#next = options.base;
  }

  /**
   * Takes an original or, with `isRepair`, a repaired packet, whose arrival time says nothing about the path.
   *
   * @param isExcused whether the packet was late because this program stood still; then it is refused only
   * if a later packet has left.
   * @param timed the packet whose arrival tells of the path, if not this one.
   * @returns "late" when the packet cannot be played any more: it is not kept; "left" when it does not wait here.
   */
  push(arrival: Arrival, options: PushOptions = {}): "buffered" | "late" | "left" {
    const { isExcused = false, isRepair = false } = options;
    const { sequence, ticks, arrivedAt } = arrival;
    const { mode, clockRate, target } = this.#options;
    const mediaTime = ticksToMillis(ticks, clockRate);
    const hasTime = mode === "playout" && !isExcused;
    const timed = "timed" in options ? options.timed : { arrival, isAnew: false };
    if (!isRepair && timed) this.#measure(timed);
    if (mode === "arrival") return this.#pass(arrival, isRepair || isExcused ? undefined : timed);
    if (hasTime) {
      const times = { mediaTime, lowestTransit: this.lowestTransit, isRepair };
      target.onArrival?.(arrivedAt - this.dueAt(mediaTime), arrivedAt, times);
    }
    if (sequence < this.#next) return "late";
    if (hasTime && this.#isLate(mediaTime, arrivedAt, isRepair)) return "late";
    this.#insert({ arrival, dueMediaTime: mediaTime });
    return "buffered";
  }

  /**
   * In arrival mode: what some packets make together is whole now, and can be played. This, and not each packet's
   * arrival, tells how long a delay is needed.
   *
   * @param isRepair whether one of them is repaired.
   */
  onWhole(ticks: RtpTicks, at: Millis, isRepair: boolean): void {
    const { target, clockRate } = this.#options;
    const mediaTime = ticksToMillis(ticks, clockRate);
    const times = { mediaTime, lowestTransit: this.lowestTransit, isRepair };
    target.onArrival?.(at - this.dueAt(mediaTime), at, times);
  }

  #pass({ sequence }: Arrival, timed: Timed | undefined): "left" {
    if (timed) {
      const { ticks, arrivedAt } = timed.arrival;
      // When the path has become slower, the clock begins again.
      this.#isLate(ticksToMillis(ticks, this.#options.clockRate), arrivedAt, false);
    }
    this.#next = Math.max(this.#next, sequence + 1);
    return "left";
  }

  #measure({ arrival: { ticks, arrivedAt }, isAnew }: Timed): void {
    const mediaTime = ticksToMillis(ticks, this.#options.clockRate);
    if (isAnew) this.#clock.restart(mediaTime, arrivedAt);
    else this.#clock.onPacket(mediaTime, arrivedAt);
  }

  /** Takes out the next packet whose time has come; undefined when there is none. Call until undefined. */
  pop(now: Millis): Released | undefined {
    const deadline = this.deadline;
    return deadline !== undefined && deadline <= now ? this.#release(now) : undefined;
  }

  /** Takes out the next packet before its time, as the stream has ended. In order mode, gaps still hold. */
  flush(now: Millis): Released | undefined {
    const head = this.#entries[0];
    if (head === undefined || this.#options.mode === "order" && !this.#isNext(head)) {
      return undefined;
    }
    return this.#release(now);
  }

  /** When `pop` next has a packet to give; in the past when it has one now. */
  get deadline(): Millis | undefined {
    const head = this.#entries[0];
    if (head === undefined) return undefined;
    if (this.#options.mode === "order") {
      return this.#isNext(head) ? head.arrival.arrivedAt : undefined;
    }
    const { arrivedAt } = head.arrival;
    // An excused packet comes after its time; that the caller is not late is judged by this.
    return this.#isFull ? arrivedAt : Math.max(this.dueAt(head.dueMediaTime), arrivedAt);
  }

  get #isFull(): boolean {
    const { packets, bytes } = this.#options.limits ?? { packets: MAX_BUFFERED, bytes: Infinity };
    return this.#entries.length > packets || this.#bytes > bytes;
  }

  /** The lowest of arrival - media time; Infinity until the first packet. */
  get lowestTransit(): Millis {
    return this.#clock.lowestTransit;
  }

  /** When a packet of that media time is played. */
  dueAt(mediaTime: Millis): Millis {
    const { target } = this.#options;
    const { lowestTransit } = this.#clock;
    return mediaTime +
      (target.transit?.(lowestTransit, mediaTime) ?? lowestTransit + target.millis);
  }

  /** The lowest number that waits here. */
  get first(): ExtendedSequence | undefined {
    return this.#entries[0]?.arrival.sequence;
  }

  /** Whether the packet waits here. */
  has(sequence: ExtendedSequence): boolean {
    return this.#entries[this.#indexOf(sequence)]?.arrival.sequence === sequence;
  }

  get size(): number {
    return this.#entries.length;
  }

  get targetMillis(): Millis {
    return this.#options.target.millis;
  }

  /** How many packets left (webrtc-stats `jitterBufferEmittedCount`); in arrival mode none, since none waited. */
  get emitted(): number {
    return this.#emitted;
  }

  /** The time that all of them spent here, summed (webrtc-stats `jitterBufferDelay`). */
  get delaySum(): Millis {
    return this.#delaySum;
  }

  /** The longest run of packets that did not come in time, between two that did or before the first. */
  get maxGap(): number {
    return this.#maxGap;
  }

  /** How many packets did not come in time and were passed over; not in arrival mode, where that is not known here. */
  get givenUp(): number {
    return this.#next - this.#base - this.#emitted;
  }

  /** Every packet with a lower number has left or was passed over; in arrival mode, or may still come. */
  get next(): ExtendedSequence {
    return this.#next;
  }

  /** The first wanted packet is a later one; call before any packet has left. */
  beginAt(base: ExtendedSequence): void {
    const early = this.#entries.findIndex(({ arrival }) => arrival.sequence >= base);
    const removed = this.#entries.splice(0, early < 0 ? this.#entries.length : early);
    for (const { arrival } of removed) this.#bytes -= arrival.payload.length;
    this.#base = this.#next = base;
  }

  #isNext({ arrival }: Entry): boolean {
    return arrival.sequence === this.#next;
  }

  #isLate(mediaTime: Millis, arrivedAt: Millis, isRepair: boolean): boolean {
    const isLate = arrivedAt > this.dueAt(mediaTime);
    if (isRepair) return isLate;
    if (!isLate) {
      this.#lateSince = undefined;
      return false;
    }
    this.#lateSince ??= arrivedAt;
    if (arrivedAt - this.#lateSince < RESTART_AFTER_LATE_MILLIS) return true;
    this.#lateSince = undefined;
    this.#clock.restart(mediaTime, arrivedAt);
    // Only then does the host's time count again that the fastest packets of before contradict.
    return this.#options.target.isOnHostTime === true;
  }

  #insert(entry: Entry): void {
    const entries = this.#entries;
    const index = this.#indexOf(entry.arrival.sequence);
    const behind = entries[index];
    if (behind) entry.dueMediaTime = Math.min(entry.dueMediaTime, behind.dueMediaTime);
    entries.splice(index, 0, entry);
    this.#bytes += entry.arrival.payload.length;
    // A timestamp that runs backwards must not delay the entries behind it.
    for (let before = index - 1; before >= 0; before--) {
      if (entries[before]!.dueMediaTime <= entry.dueMediaTime) break;
      entries[before]!.dueMediaTime = entry.dueMediaTime;
    }
  }

  /** The place of a number among those that wait: most come at the end, past entries at the beginning. */
  #indexOf(sequence: ExtendedSequence): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.arrival.sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #release(now: Millis): Released {
    const { arrival } = this.#entries.shift()!;
    this.#bytes -= arrival.payload.length;
    const lostBefore = arrival.sequence - this.#next;
    this.#next = arrival.sequence + 1;
    this.#maxGap = Math.max(this.#maxGap, lostBefore);
    this.#emitted++;
    this.#delaySum += Math.max(now - arrival.arrivedAt, 0);
    return { arrival, lostBefore };
  }
}
