import type { ClockRate, Millis } from "../../../shared/core/units.ts";
import type { ArrivalTimes, TargetDelay } from "../jitter/jitter_buffer.ts";

/**
 * How fast playout moves to the host's time once sound has begun: two milliseconds in a hundred, which
 * nobody hears and which leaves no gap.
 */
const GLIDE = 0.02;
/** A clock was set or stood still: sound stops in any case, so playout moves at once. */
const JUMP_MILLIS: Millis = 1000;

/** What a channel knows of the others and of the host's clock. */
export interface SharedTimes {
  /** The latency of all channels, as the ledger shows it. */
  readonly targetMillis: Millis;
  /** The latency from sending to playing; undefined for a preset, which counts from the fastest packet. */
  readonly fixedMillis: Millis | undefined;
  /** This machine's clock minus the host's; undefined while it is not known. */
  offsetAt(now: Millis): Millis | undefined;
  /** The host's time minus the channel's media time; undefined while it is not known. */
  originOf(channel: ChannelLatency, mediaTime: Millis): Millis | undefined;
  /** How long after its sending any other channel needs a packet to be played; -Infinity if none does. */
  neededByOthers(channel: ChannelLatency): Millis;
  /** An original came in time or late, after playout had reached the host's time. */
  onOriginal(lateBy: Millis, at: Millis): void;
}

export interface ChannelLatencyOptions {
  readonly ssrc: number;
  readonly clockRate: ClockRate;
  readonly aheadMillis: Millis;
  /** What this channel needs beyond its fastest packet. */
  readonly own: TargetDelay;
}

/** When the packets of one paced channel are played, in step with the listener's other channels. */
export class ChannelLatency implements TargetDelay {
  readonly options: ChannelLatencyOptions;
  readonly #shared: SharedTimes;
  #lowestTransit: Millis = Infinity;
  #mediaTime: Millis = 0;
  #arrivedAt: Millis = -Infinity;
  #beginsAt: Millis | undefined;
  /** Added to media time; undefined while the fastest packet decides. */
  #hostTransit: Millis | undefined;

  constructor(options: ChannelLatencyOptions, shared: SharedTimes) {
    this.options = options;
    this.#shared = shared;
  }

  get millis(): Millis {
    return this.#shared.targetMillis;
  }

  get isOnHostTime(): boolean {
    return this.#hostTransit !== undefined;
  }

  /** When its latest packet came. */
  get arrivedAt(): Millis {
    return this.#arrivedAt;
  }

  /** How long after its sending, by the host's clock, this channel needs a packet to be played here. */
  get needed(): Millis | undefined {
    const origin = this.#shared.originOf(this, this.#mediaTime);
    return origin === undefined
      ? undefined
      : this.#lowestTransit - origin + this.options.own.millis;
  }

  transit(lowestTransit: Millis, mediaTime: Millis): Millis {
    if (this.#hostTransit !== undefined) return this.#hostTransit;
    const { fixedMillis } = this.#shared;
    if (fixedMillis !== undefined) return lowestTransit + fixedMillis;
    const own = lowestTransit + this.options.own.millis;
    const origin = this.#shared.originOf(this, mediaTime);
    return origin === undefined ? own : Math.max(own, this.#shared.neededByOthers(this) + origin);
  }

  onArrival(lateBy: Millis, at: Millis, times: ArrivalTimes): void {
    const { lowestTransit, mediaTime, isRepair } = times;
    const { own } = this.options;
    this.#beginsAt ??= at - lateBy;
    const wasOnHostTime = this.isOnHostTime;
    const later = this.transit(lowestTransit, mediaTime) - lowestTransit - own.millis;
    own.onArrival?.(lateBy + later, at, times);
    const elapsed = Math.max(at - this.#arrivedAt, 0);
    this.#lowestTransit = lowestTransit;
    this.#mediaTime = mediaTime;
    this.#arrivedAt = Math.max(this.#arrivedAt, at);
    this.#follow(elapsed, at);
    if (wasOnHostTime && !isRepair) this.#shared.onOriginal(lateBy, at);
  }

  /** Moves to what the host's clock says: at once before the first packet is played, then by gliding. */
  #follow(elapsed: Millis, at: Millis): void {
    const wanted = this.#wantedAt(at);
    if (wanted === undefined) return void (this.#hostTransit = undefined);
    const hasBegun = this.#beginsAt !== undefined && at >= this.#beginsAt;
    const from = this.#hostTransit ??
      (hasBegun ? this.transit(this.#lowestTransit, this.#mediaTime) : wanted);
    const most = Math.abs(wanted - from) > JUMP_MILLIS || !hasBegun ? Infinity : GLIDE * elapsed;
    this.#hostTransit = from + Math.max(-most, Math.min(wanted - from, most));
  }

  /** No packet comes before it is sent, so that an offset which says so is wrong, and is corrected. */
  #wantedAt(at: Millis): Millis | undefined {
    const { fixedMillis } = this.#shared;
    const offset = this.#shared.offsetAt(at);
    const origin = this.#shared.originOf(this, this.#mediaTime);
    if (fixedMillis === undefined || offset === undefined || origin === undefined) return undefined;
    const latest = this.#lowestTransit + this.options.aheadMillis;
    return Math.min(origin + offset, latest) + fixedMillis;
  }
}
