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
  /** When its frame or message was ready to be sent: the packets of a large one are sent one after the other. */
  readonly readyAt: Millis;
  /** The time over which its slots leave, from `sentAt` on: see {@linkcode slotDelay}. */
  readonly spreadMillis: Millis;
}

export interface PutOptions {
  /** 0 when absent. */
  readonly spreadMillis?: Millis;
  /** The same as the time of sending when absent. */
  readonly readyAt?: Millis;
  /** Packets from this number on are kept whatever their age, as far as the other limits allow. */
  readonly keepFrom?: ExtendedSequence;
}

/**
 * The latest packets of one stream, for retransmission: at most `capacity` and `maxBytes`, and none older than
 * `maxAge` but those since the last key frame, or the last whole message.
 */
export class History {
  readonly #ring: Ring<Remembered>;
  readonly #maxBytes: number;
  #maxAge: Millis;
  #oldest: ExtendedSequence | undefined;
  #next: ExtendedSequence = 0;
  #keptFrom: ExtendedSequence = Infinity;
  #bytes = 0;

  constructor({ capacity, maxAge, maxBytes = Infinity }: HistoryLimits) {
    this.#ring = new Ring(capacity);
    this.#maxAge = maxAge;
    this.#maxBytes = maxBytes;
  }

  /** Raises the age up to which packets are kept; never lowers it. */
  keepFor(maxAge: Millis): void {
    this.#maxAge = Math.max(this.#maxAge, maxAge);
  }

  /** Takes packets in the order of their numbers, without gaps. */
  put({ sequence, datagram }: StreamPacket, now: Millis, options: PutOptions = {}): void {
    const { readyAt = now, keepFrom = Infinity, spreadMillis = 0 } = options;
    this.#oldest ??= sequence;
    this.#keptFrom = keepFrom;
    if (sequence - this.#oldest >= this.#ring.capacity) this.#dropOldest();
    this.#ring.set(sequence, { datagram, sentAt: now, readyAt, spreadMillis });
    this.#next = sequence + 1;
    this.#bytes += datagram.length;
    this.evict(now);
  }

  /** @returns undefined when the packet is too old or was never sent. */
  get(sequence: ExtendedSequence, now: Millis): Remembered | undefined {
    const remembered = this.#ring.get(sequence);
    return remembered && this.#isKept(sequence, remembered, now) ? remembered : undefined;
  }

  /** The bytes of its packets from one number up to another, which is not included. */
  bytesBetween(start: ExtendedSequence, end: ExtendedSequence, now: Millis): number {
    let bytes = 0;
    for (let sequence: number = start; sequence < end; sequence++) {
      bytes += this.get(sequence, now)?.datagram.length ?? 0;
    }
    return bytes;
  }

  /** Drops packets that are too old, or too many; {@linkcode put} does so too. */
  evict(now: Millis): void {
    while (this.size > 0) {
      const oldest = this.#ring.get(this.#oldest!)!;
      const fits = this.#bytes <= this.#maxBytes;
      if (fits && this.#isKept(this.#oldest!, oldest, now)) return;
      this.#dropOldest();
    }
  }

  get size(): number {
    return this.#oldest === undefined ? 0 : this.#next - this.#oldest;
  }

  /** Of all packets that it has. */
  get byteLength(): number {
    return this.#bytes;
  }

  #dropOldest(): void {
    this.#bytes -= this.#ring.get(this.#oldest!)!.datagram.length;
    this.#ring.delete(this.#oldest!);
    this.#oldest = this.#oldest! + 1;
  }

  #isKept(sequence: ExtendedSequence, { sentAt }: Remembered, now: Millis): boolean {
    return now - sentAt <= this.#maxAge || sequence >= this.#keptFrom;
  }
}
