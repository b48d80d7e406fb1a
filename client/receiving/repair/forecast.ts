import {
  type ClockRate,
  type ExtendedSequence,
  type Millis,
  millisToTicks,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import type { Arrival } from "../stats/stats.ts";

/** What the jitter buffer knows of the way from media time to our clock. */
export interface PlayoutTimes {
  /** The lowest of arrival - media time. */
  readonly lowestTransit: Millis;
  readonly targetMillis: Millis;
}

export interface ForecastOptions {
  readonly clockRate: ClockRate;
  /** How much earlier than its media time a packet may be sent, and so how much later than the earliest. */
  readonly aheadMillis: Millis;
  readonly times: PlayoutTimes;
}

/** Packets are not expected sooner than this after the earliest that they could come. */
const LEAST_LATENESS: Millis = 10;
/** A stream that jumps by more than this has paused: its pace is no news. */
const JUMP_MILLIS: Millis = 100;
/**
 * No frame lasts longer (RFC 6716 section 2.1.4), and no packet longer than what is sent at once and a frame: what
 * begins so is a pause, and tells no pace.
 */
const LONGEST_FRAME: Millis = 120;
/** Fragments of a frame share its timestamp; on average a packet lasts longer than this. */
const SHORTEST_PACE: Millis = 1;
const PACE_GAIN = 1 / 8;
const MEAN_GAIN = 1 / 16;
const DEVIATION_GAIN = 1 / 8;
const DEVIATIONS = 4;

/**
 * When the packets of a paced stream arrive and are to be played, those that are missing too: media
 * time grows evenly from packet to packet, and the path delays them by what it delayed others.
 */
export class Forecast {
  readonly #options: ForecastOptions;
  #newest: { readonly sequence: ExtendedSequence; readonly ticks: RtpTicks } | undefined;
  #ticksPerPacket: number | undefined;
  /** How far the timestamps went when they last did: more than the pace where frames take several packets. */
  #step = 0;
  /** How much later than by the fastest way packets come: mean and mean deviation. */
  #lateness: Millis = 0;
  #deviation: Millis = 0;

  constructor(options: ForecastOptions) {
    this.#options = options;
  }

  /** Whether it knows the stream's pace. */
  get isSure(): boolean {
    return this.#ticksPerPacket !== undefined;
  }

  /**
   * Takes a packet that came the first time it was sent.
   *
   * @returns whether the stream paused before it: nothing was due in between.
   */
  onOriginal({ sequence, ticks, arrivedAt }: Arrival): boolean {
    const newest = this.#newest;
    if (newest && sequence <= newest.sequence) return false;
    this.#newest = { sequence, ticks };
    // One faster than all before it, such as the first, is not late at all.
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

  /** When a packet that is not lost is here, reckoned generously. */
  expectedAt(sequence: ExtendedSequence): Millis {
    const { aheadMillis, times } = this.#options;
    const usual = this.#lateness + DEVIATIONS * this.#deviation;
    const most = Math.max(2 * LEAST_LATENESS, times.targetMillis / 4);
    const lateness = Math.min(Math.max(usual, LEAST_LATENESS), most + aheadMillis);
    const pace = Math.max(this.#ticksPerPacket ?? 0, this.#step);
    return this.#earliest(this.#ticksOf(sequence, pace)) + lateness;
  }

  /** When it is to be played. */
  dueAt(sequence: ExtendedSequence): Millis {
    const ticks = this.#ticksOf(sequence, this.#ticksPerPacket ?? 0);
    return this.#earliest(ticks) + this.#options.times.targetMillis;
  }

  /** @param pace from one packet to the next: nothing where both are of one frame. */
  #begin(pace: number): void {
    const longest = this.#options.aheadMillis + LONGEST_FRAME;
    if (pace > 0 && this.#toMillis(pace) <= longest) this.#setPace(pace);
  }

  /** Never nothing: else every packet there will ever be would be expected at once. */
  #setPace(ticks: number): void {
    this.#ticksPerPacket = Math.max(ticks, millisToTicks(SHORTEST_PACE, this.#options.clockRate));
  }

  #measure(lateness: Millis): void {
    this.#deviation += (Math.abs(lateness - this.#lateness) - this.#deviation) * DEVIATION_GAIN;
    this.#lateness += (lateness - this.#lateness) * MEAN_GAIN;
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
