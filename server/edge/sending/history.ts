import { Ring } from "../../../shared/core/ring.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { StreamPacket } from "./packetizer.ts";

export interface HistoryLimits {
  /** Packets. */
  readonly capacity: number;
  readonly maxAge: Millis;
  /** Bytes of all packets together; unlimited when absent. */
  readonly maxBytes?: number;
}

/** A packet that can be sent again, as it was before encryption. */
export interface Remembered {
  readonly datagram: Uint8Array;
  readonly sentAt: Millis;
}

/** The latest packets of one stream, for retransmission: at most `capacity`, and none older than `maxAge`. */
export class History {
  readonly #ring: Ring<Remembered>;
  #maxAge: Millis;
  #oldest: ExtendedSequence | undefined;
  #next: ExtendedSequence = 0;

  constructor({ capacity, maxAge }: HistoryLimits) {
    this.#ring = new Ring(capacity);
    this.#maxAge = maxAge;
  }

  /** Raises the age up to which packets are kept; never lowers it. */
  keepFor(maxAge: Millis): void {
    this.#maxAge = Math.max(this.#maxAge, maxAge);
  }

  /** Takes packets in the order of their numbers, without gaps. */
  put({ sequence, datagram }: StreamPacket, now: Millis): void {
    this.#oldest ??= sequence;
    this.#ring.set(sequence, { datagram, sentAt: now });
    this.#next = sequence + 1;
    this.evict(now);
  }

  /** @returns undefined when the packet is too old or was never sent. */
  get(sequence: ExtendedSequence, now: Millis): Remembered | undefined {
    const remembered = this.#ring.get(sequence);
    return remembered && this.#isFresh(remembered, now) ? remembered : undefined;
  }

  /** Drops packets that are too old; {@linkcode put} does so too. */
  evict(now: Millis): void {
    if (this.#oldest === undefined) return;
    let oldest: number = Math.max(this.#oldest, this.#next - this.#ring.capacity);
    for (; oldest < this.#next; oldest++) {
      if (this.#isFresh(this.#ring.get(oldest)!, now)) break;
      this.#ring.delete(oldest);
    }
    this.#oldest = oldest;
  }

  get size(): number {
    return this.#oldest === undefined ? 0 : this.#next - this.#oldest;
  }

  #isFresh({ sentAt }: Remembered, now: Millis): boolean {
    return now - sentAt <= this.#maxAge;
  }
}
