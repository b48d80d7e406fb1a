// What the network did to one stream, measured before any repair.
//
// In:  RTP packets in order of arrival, and what sender reports say was sent.
// Out: packets with unwrapped numbers (`Arrival`), the counts that the ledger is made of, and jitter and
//      reordering.
//
// `sequence_gate.ts` unwraps the number of a packet, before it is opened, and then refuses implausible ones.
// `StreamStats` below counts. `side_sequences.ts` unwraps the numbers of retransmissions and parity,
// `seen_window.ts` remembers which numbers came, `reordering.ts` is RFC 4737, `frame_starts.ts` and
// `message_starts.ts` find the packets of a screen and of live data that tell of the path. Read sequence_gate.ts next.

import type {
  ClockRate,
  ExtendedSequence,
  Millis,
  RtpTicks,
  Seconds,
} from "../../../shared/core/units.ts";
import type { Arrival } from "./arrival.ts";
import type { PathTiming, Timed } from "./frame_starts.ts";
import { Reordering } from "./reordering.ts";
import { SeenWindow } from "./seen_window.ts";

/** Counts what the network did to one stream (one SSRC), before any repair. Sequence numbers are extended. */
export class StreamStats {
  readonly jitter: JitterEstimate;
  readonly reordering = new Reordering();
  readonly #seen = new SeenWindow();
  readonly #starts: PathTiming | undefined;
  #timed: Timed | undefined;
  #received = 0;
  #duplicated = 0;
  #bytesReceived = 0;
  #highestSent: ExtendedSequence;

  /**
   * @param base the number of the first packet sent to this listener.
   * @param starts which packets alone tell of the path; without it, all do.
   */
  constructor(clockRate: ClockRate, readonly base: ExtendedSequence, starts?: PathTiming) {
    this.jitter = new JitterEstimate(clockRate);
    this.#starts = starts;
    this.#highestSent = base - 1;
  }

  /** @returns whether this is the first copy of the packet. */
  onPacket(arrival: Arrival): boolean {
    if (!this.#seen.mark(arrival.sequence)) {
      this.#duplicated++;
      return false;
    }
    this.#received++;
    this.#bytesReceived += arrival.payload.length;
    this.#timed = this.#starts ? this.#starts.onOriginal(arrival) : { arrival, isAnew: false };
    const timed = this.#timed?.arrival;
    if (timed) this.jitter.onPacket(timed.ticks, timed.arrivedAt);
    this.reordering.onPacket(arrival.sequence);
    this.onSent(arrival.sequence);
    return true;
  }

  /** What the packet that came last tells of the path: its own arrival, an earlier one's, or nothing. */
  get timed(): Timed | undefined {
    return this.#timed;
  }

  /** Every packet up to `sequence` was sent, whether or not it arrived: this reveals losses at the end. */
  onSent(sequence: ExtendedSequence): void {
    if (sequence > this.#highestSent) this.#highestSent = sequence;
  }

  /** The highest number known to have been sent; `base - 1` before the first. */
  get highestSent(): ExtendedSequence {
    return this.#highestSent;
  }

  get expected(): number {
    return this.#highestSent - this.base + 1;
  }

  get received(): number {
    return this.#received;
  }

  get lost(): number {
    return this.expected - this.#received;
  }

  get duplicated(): number {
    return this.#duplicated;
  }

  get bytesReceived(): number {
    return this.#bytesReceived;
  }
}

/**
 * Interarrival jitter exactly as RFC 3550 appendix A.8 computes it: in whole ticks with four fractional
 * bits. Timestamps are unwrapped and arrival times are Unix time, so no difference crosses a wrap.
 */
export class JitterEstimate {
  /** 16 times the jitter, in ticks. */
  #scaled = 0;
  #lastTransit: number | undefined;

  constructor(readonly clockRate: ClockRate) {}

  /** Takes one packet; packets are given in order of arrival. */
  onPacket(ticks: RtpTicks, arrivedAt: Millis): void {
    const arrivalTicks = Math.round((arrivedAt as number) * (this.clockRate as number) / 1000);
    const transit = arrivalTicks - (ticks as number);
    if (this.#lastTransit !== undefined) {
      const difference = Math.abs(transit - this.#lastTransit);
      this.#scaled += difference - Math.floor((this.#scaled + 8) / 16);
    }
    this.#lastTransit = transit;
  }

  /** In whole ticks, as a reception report block has it. */
  get ticks(): number {
    return Math.floor(this.#scaled / 16);
  }

  get seconds(): Seconds {
    return this.#scaled / 16 / (this.clockRate as number);
  }
}
