import type { Millis } from "../../../shared/core/units.ts";
import type { ChannelNumbers } from "../../../shared/admission/channel_numbers.ts";
import type { SenderReport } from "../../../shared/rtcp/rtcp.ts";
import { type Latency, latencyMillis } from "../../interface/config.ts";
import { openTarget, type TargetedChannel } from "../jitter/adaptive_delay.ts";
import type { TargetDelay } from "../jitter/jitter_buffer.ts";
import { ChannelLatency, type SharedTimes } from "./channel_latency.ts";
import { HostClock } from "./host_clock.ts";
import { LateNotice } from "./late_notice.ts";
import { MediaTimes } from "./media_times.ts";

/** A channel without packets for this long does not hold up the others. */
const QUIET_MILLIS: Millis = 10_000;

/** One latency for all channels of a listener that have playout times: the longest that any of them needs. */
export class SharedLatency implements SharedTimes {
  readonly #latency: Latency;
  readonly #clock = new HostClock();
  readonly #times = new MediaTimes();
  readonly #channels = new Map<number, ChannelLatency>();
  readonly #late: LateNotice | undefined;

  constructor(latency: Latency) {
    this.#latency = latency;
    if (typeof latency === "number") this.#late = new LateNotice(latency);
  }

  /**
   * The delay of a channel; one with playout times is kept in step with the others, and replaces an earlier one of
   * the same SSRC.
   *
   * @param channelNow gives what is known of the channel: its description may come later.
   * @param isPaced whether what it brings has playout times.
   */
  open(channelNow: () => TargetedChannel & ChannelNumbers, isPaced: boolean): TargetDelay {
    const { ssrc, clockRate, aheadMillis } = channelNow();
    if (!isPaced) return { millis: latencyMillis(this.#latency) + aheadMillis };
    const own = openTarget(this.#latency, channelNow);
    const channel = new ChannelLatency({ ssrc, clockRate, aheadMillis, own }, this);
    this.#channels.set(ssrc, channel);
    return channel;
  }

  /** The channel has ended. */
  close(ssrc: number): void {
    this.#channels.delete(ssrc);
    this.#times.forget(ssrc);
  }

  /**
   * Takes an echo for this listener alone.
   *
   * @param reports the sender reports in the same datagram, if any.
   */
  onExchange(roundTrip: Millis, reports: readonly SenderReport[], now: Millis): void {
    const [first] = reports;
    const hasJumped = first && this.#clock.onExchange({ roundTrip, ntpTime: first.ntpTime }, now);
    if (hasJumped) this.#late?.restart();
    for (const report of reports) {
      if (this.#channels.has(report.ssrc)) this.#times.onReport(report, now);
    }
  }

  /** This machine slept, and its clock perhaps stood still: the host's is measured anew. */
  restart(): void {
    this.#clock.restart();
    this.#late?.restart();
  }

  /** Whether the channel's place on the host's clock is needed, and not known yet. */
  isAwaiting(ssrc: number): boolean {
    const isNeeded = this.fixedMillis !== undefined || this.#channels.size > 1;
    return isNeeded && this.#channels.has(ssrc) && !this.#times.knows(ssrc);
  }

  /** Whether packets come too late by the host's clock, which may have been set or stood still. */
  get isLate(): boolean {
    return this.#late?.isLate ?? false;
  }

  /** A notice for people, said once, when packets come too late for the latency that was asked for. */
  takeNotice(): string | undefined {
    return this.#late?.take();
  }

  get targetMillis(): Millis {
    const fixed = this.fixedMillis;
    if (fixed !== undefined) return fixed;
    let target: Millis = 0;
    for (const { options } of this.#channels.values()) {
      target = Math.max(target, options.own.millis);
    }
    return target;
  }

  get fixedMillis(): Millis | undefined {
    if (typeof this.#latency !== "number") return undefined;
    return this.#latency + Math.max(0, ...this.#all.map(({ options }) => options.aheadMillis));
  }

  offsetAt(now: Millis): Millis | undefined {
    return this.#clock.offsetAt(now);
  }

  originOf({ options: { ssrc, clockRate } }: ChannelLatency, mediaTime: Millis) {
    return this.#times.originOf(ssrc, clockRate, mediaTime);
  }

  neededByOthers(channel: ChannelLatency): Millis {
    let newest: Millis = -Infinity;
    for (const { arrivedAt } of this.#channels.values()) newest = Math.max(newest, arrivedAt);
    let most: Millis = -Infinity;
    for (const other of this.#channels.values()) {
      if (other === channel || other.arrivedAt <= newest - QUIET_MILLIS) continue;
      most = Math.max(most, other.needed ?? -Infinity);
    }
    return most;
  }

  onOriginal(lateBy: Millis, at: Millis): void {
    this.#late?.onOriginal(lateBy, at);
  }

  get #all(): ChannelLatency[] {
    return [...this.#channels.values()];
  }
}
