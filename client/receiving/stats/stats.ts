import type { ClockRate, ExtendedSequence, Millis, RtpTicks } from "../../../shared/core/units.ts";
import { JitterEstimate } from "./jitter_estimate.ts";
import { Reordering } from "./reordering.ts";
import { SeenWindow } from "./seen_window.ts";

/** A packet that belongs to a stream, its numbers unwrapped. */
export interface Arrival {
  readonly sequence: ExtendedSequence;
  readonly ticks: RtpTicks;
  readonly arrivedAt: Millis;
  /** Ours to keep: never a view of the socket's buffer. */
  readonly payload: Uint8Array;
}

/**
 * What the network did to one stream (one SSRC), counted before anything is repaired. All numbers
 * are extended, so wrap-around is no concern here.
 */
export class StreamStats {
  readonly jitter: JitterEstimate;
  readonly reordering = new Reordering();
  readonly #seen = new SeenWindow();
  #received = 0;
  #duplicated = 0;
  #bytesReceived = 0;
  #highestSent: ExtendedSequence;

  /** @param base the number of the first packet meant for us. */
  constructor(clockRate: ClockRate, readonly base: ExtendedSequence) {
    this.jitter = new JitterEstimate(clockRate);
    this.#highestSent = base - 1;
  }

  /** @returns whether it is an original: the first copy of its packet. */
  onPacket(arrival: Arrival): boolean {
    if (!this.#seen.mark(arrival.sequence)) {
      this.#duplicated++;
      return false;
    }
    this.#received++;
    this.#bytesReceived += arrival.payload.length;
    this.jitter.onPacket(arrival.ticks, arrival.arrivedAt);
    this.reordering.onPacket(arrival.sequence);
    this.onSent(arrival.sequence);
    return true;
  }

  /** Learns that everything up to `sequence` was sent, whether or not it arrived: shows a lost tail. */
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
