import type { Millis } from "../../shared/core/units.ts";
import { SRTCP_OVERHEAD_BYTES } from "../../shared/secrecy/srtcp.ts";

/** The host sends control packets to all listeners at most this often, goodbyes excepted. */
const MILLIS_PER_PACKET: Millis = 1000;
/**
 * How far an index may be ahead of that rate. It allows for goodbyes, for a slow ACCEPT, and for a machine
 * whose clock stops during sleep; a session ends before it needs more.
 */
const MAX_AHEAD = 1024;
/** Control packets remembered for one key: far more than the host seals in its ten minutes. */
const MAX_SEEN = 1024;
/** A control packet ends with its tag, its index and its key id. No two packets of a host end alike. */
const NAME_BYTES = SRTCP_OVERHEAD_BYTES;

/** What an ACCEPT says about the host's control packets to all listeners. */
export interface ControlIndex {
  /** The SRTCP index of the next packet. */
  readonly next: number;
  /** When the ACCEPT came. */
  readonly at: Millis;
}

/**
 * Which SRTCP indexes are possible now for the host's control packets to all listeners. Every listener could
 * seal a packet with any index, so only the ACCEPT and the time decide, never another packet.
 */
export class ControlRange {
  readonly #first: number;
  #hostIndex: ControlIndex;

  constructor(hostIndex: ControlIndex) {
    this.#hostIndex = hostIndex;
    this.#first = hostIndex.next;
  }

  /** Another ACCEPT gave the host's current index. Packets sent before it may still arrive. */
  renew(hostIndex: ControlIndex): void {
    this.#hostIndex = hostIndex;
  }

  /** Whether the packet was sealed before the first ACCEPT, and so not sent to this listener. */
  isPast(index: number): boolean {
    return index < this.#first;
  }

  /** Whether the host cannot have reached this index yet. */
  isTooFar(index: number, now: Millis): boolean {
    const { next, at } = this.#hostIndex;
    return index > next + (now - at) / MILLIS_PER_PACKET + MAX_AHEAD;
  }
}

/**
 * The control packets that were opened with one key, to refuse replays. A sliding window of indexes would
 * not do: another listener could seal a packet far ahead, or with the indexes that the host uses next,
 * and all later packets of the host would be refused. So a replay is recognized by its last bytes: tag,
 * index and key id.
 */
export class SeenControl {
  readonly #indexes = new Map<string, number>();

  /**
   * @param datagram an authentic packet with that `index`.
   * @returns whether it is new. The same packet is not new the next time.
   */
  accept(datagram: Uint8Array, index: number): boolean {
    const name = String.fromCharCode(...datagram.subarray(-NAME_BYTES));
    if (this.#indexes.has(name)) return false;
    this.#indexes.set(name, index);
    if (this.#indexes.size > MAX_SEEN) this.#forgetHighest();
    return true;
  }

  /** Forged packets have higher indexes than the host's, which seals them in ascending order. */
  #forgetHighest(): void {
    const highest = Math.max(...this.#indexes.values());
    for (const [name, index] of this.#indexes) {
      if (index === highest) return void this.#indexes.delete(name);
    }
  }
}
