import {
  type ClockRate,
  type ExtendedSequence,
  type Millis,
  millisToTicks,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import type { Missing } from "./loss_register.ts";
import type { Arrival } from "../stats/arrival.ts";

/** The jitter buffer's map from media time to this machine's clock. */
export interface PlayoutTimes {
  /** The lowest of arrival - media time. */
  readonly lowestTransit: Millis;
  readonly targetMillis: Millis;
  /** When a packet of that media time is played. */
  dueAt(mediaTime: Millis): Millis;
}

/** What is known in advance of the packets of a paced stream. */
export interface Foresight {
  /** Whether {@linkcode expectedAt} knows anything. */
  readonly isSure: boolean;
  /**
   * Takes an original.
   *
   * @returns whether the stream paused before this packet, so that no packet was due in between.
   */
  onOriginal(arrival: Arrival): boolean;
  onRepaired(arrival: Arrival): void;
  /** When a packet that has not come is overdue. */
  expectedAt(sequence: ExtendedSequence): Millis;
  /** How much later than usual packets came not long ago: that nothing comes for so long shows no loss. */
  readonly unevenMillis: Millis;
  /** Whether requests for the packet are repeated within a round trip. */
  isUrgent(missing: Missing, now: Millis): boolean;
  /** From when on the packet is of no use. */
  uselessFrom(missing: Missing): Millis;
}

export interface ForecastOptions {
  readonly clockRate: ClockRate;
  /** How much earlier than its media time a packet may be sent; another may come that much later. */
  readonly aheadMillis: Millis;
  readonly times: PlayoutTimes;
  /** Whether this program's own machine makes packets late; absent: never. */
  readonly isStrained?: (() => boolean) | undefined;
}

/** A packet is not overdue sooner than this after the earliest time at which it could arrive. */
const LEAST_LATENESS: Millis = 10;
/** A stream that jumps by more than this has paused, and the jump does not change its pace. */
const JUMP_MILLIS: Millis = 100;
/**
 * No frame lasts longer (RFC 6716 section 2.1.4). A first step longer than this plus the time sent ahead is
 * a pause and does not give the pace.
 */
const LONGEST_FRAME: Millis = 120;
/** Fragments of a frame have the same timestamp, but on average a packet lasts longer than this. */
const SHORTEST_PACE: Millis = 1;
const PACE_GAIN = 1 / 8;
const MEAN_GAIN = 1 / 16;
const DEVIATION_GAIN = 1 / 8;
const DEVIATIONS = 4;
/** How fast a late packet is forgotten: after a hundred packets, a fifth of its lateness is left. */
const FORGETTING = 1 / 64;
/** The next one may be later still, by this share of what is more than usual. */
const LATER_STILL = 1 / 4;

/**
 * Predicts when packets of a paced stream arrive and are played, also missing ones: media time grows evenly
 * from packet to packet, and the path delays a packet as it delayed others.
 */
export class Forecast implements Foresight {
  readonly #options: ForecastOptions;
  #newest: { readonly sequence: ExtendedSequence; readonly ticks: RtpTicks } | undefined;
  #ticksPerPacket: number | undefined;
  /** The last step between unequal timestamps: more than the pace if a frame takes several packets. */
  #step = 0;
  /** How much later than the fastest packets arrive: mean and mean deviation. */
  #lateness: Millis = 0;
  #deviation: Millis = 0;
  /**
   * The most that one came late while this program's machine had too much to do, slowly forgotten: it is soon late
   * again. What only the path makes late does not count: to wait for that longer would leave losses no time.
   */
  #latest: Millis = 0;

  constructor(options: ForecastOptions) {
    this.#options = options;
  }

  /** Whether the stream's pace is known. */
  get isSure(): boolean {
    return this.#ticksPerPacket !== undefined;
  }

  onOriginal({ sequence, ticks, arrivedAt }: Arrival): boolean {
    const newest = this.#newest;
    if (newest && sequence <= newest.sequence) return false;
    this.#newest = { sequence, ticks };
    // A packet faster than all before it, such as the first, is not late at all.
    this.#measure(Math.max(arrivedAt - this.#earliest(ticks), 0));
    if (!newest) return false;
    const pace = ((ticks as number) - (newest.ticks as number)) / (sequence - newest.sequence);
    if (this.#ticksPerPacket === undefined) {
      this.#begin(pace);
      return false;
    }
    const grown = this.#ticksPerPacket * (sequence - newest.sequence);
    const jump = (ticks as number) - (newest.ticks as number) - grown;
    if (Math.abs(this.#toMillis(jump)) > JUMP_MILLIS) return jump > 0;
    if (pace > 0) this.#step = pace;
    this.#setPace(this.#ticksPerPacket + (pace - this.#ticksPerPacket) * PACE_GAIN);
    return false;
  }

  /** The pace of originals tells enough. */
  onRepaired(): void {}

  expectedAt(sequence: ExtendedSequence): Millis {
    const { aheadMillis, times } = this.#options;
    const usual = this.#lateness + DEVIATIONS * this.#deviation;
    const most = Math.max(2 * LEAST_LATENESS, times.targetMillis / 4) + aheadMillis;
    const uneven = this.#latest + LATER_STILL * this.unevenMillis;
    const lateness = Math.max(Math.min(usual, most), uneven, LEAST_LATENESS);
    const pace = Math.max(this.#ticksPerPacket ?? 0, this.#step);
    return this.#earliest(this.#ticksOf(sequence, pace)) + lateness;
  }

  get unevenMillis(): Millis {
    return Math.max(this.#latest - this.#options.aheadMillis - LEAST_LATENESS, 0);
  }

  isUrgent(): boolean {
    return true;
  }

  uselessFrom({ sequence }: Missing): Millis {
    return this.dueAt(sequence);
  }

  /** When the packet is to be played. */
  dueAt(sequence: ExtendedSequence): Millis {
    const ticks = this.#ticksOf(sequence, this.#ticksPerPacket ?? 0);
    return this.#options.times.dueAt(this.#toMillis(ticks));
  }

  /** @param pace ticks from one packet to the next; 0 when both belong to one frame. */
  #begin(pace: number): void {
    const longest = this.#options.aheadMillis + LONGEST_FRAME;
    if (pace > 0 && this.#toMillis(pace) <= longest) this.#setPace(pace);
  }

  /** The pace is never 0, or else all future packets would be overdue at once. */
  #setPace(ticks: number): void {
    this.#ticksPerPacket = Math.max(ticks, millisToTicks(SHORTEST_PACE, this.#options.clockRate));
  }

  #measure(lateness: Millis): void {
    this.#deviation += (Math.abs(lateness - this.#lateness) - this.#deviation) * DEVIATION_GAIN;
    this.#lateness += (lateness - this.#lateness) * MEAN_GAIN;
    const { aheadMillis, times } = this.#options;
    // What is later than that is soon too late to be played, so that it is worth a request in any case.
    const latest = Math.min(lateness, times.targetMillis / 2 + aheadMillis);
    const learned = this.#options.isStrained?.() ? latest : 0;
    this.#latest = Math.max(learned, this.#latest * (1 - FORGETTING));
  }

  #ticksOf(sequence: ExtendedSequence, pace: number): RtpTicks {
    const { sequence: known, ticks } = this.#newest ?? { sequence, ticks: 0 };
    return (ticks as number) + (sequence - known) * pace;
  }

  #earliest(ticks: RtpTicks): Millis {
    return this.#toMillis(ticks) + this.#options.times.lowestTransit;
  }

  #toMillis(ticks: RtpTicks): Millis {
    return ticksToMillis(ticks, this.#options.clockRate);
  }
}
