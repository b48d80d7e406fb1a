import { BoundedMap } from "../core/bounded_map.ts";
import type { ExtendedSequence } from "../core/units.ts";

/** A packet of a message, as it is sent. */
export interface MessagePacketSent {
  readonly sequence: ExtendedSequence;
  /** The message's count. */
  readonly count: number;
  /** Whether it is the message's last packet. */
  readonly isLast: boolean;
}

/** Messages under way at the same time; a host sends few, so only one that is broken has more. */
const MAX_UNDER_WAY = 64;

/** Where the packets of the last whole message begin: who joins then is given those from there on. */
export class LastMessage {
  #start: ExtendedSequence | undefined;
  /** The count of the last whole message. */
  #count = -Infinity;
  /** The first packet of each message under way, by its count. */
  readonly #firsts = new BoundedMap<number, ExtendedSequence>(MAX_UNDER_WAY);

  /** The first packet of the last whole message; of all packets while none is whole; undefined before any. */
  get start(): ExtendedSequence | undefined {
    return this.#start;
  }

  /** @returns whether the message is whole now, and the last one. */
  onPacket({ sequence, count, isLast }: MessagePacketSent): boolean {
    const first = this.#firsts.get(count) ?? sequence;
    this.#start ??= sequence;
    if (!isLast) {
      this.#firsts.set(count, first);
      return false;
    }
    this.#firsts.delete(count);
    // A small message may overtake a large one, which is then no longer the last.
    if (count < this.#count) return false;
    this.#count = count;
    this.#start = first;
    return true;
  }
}
