import type { Millis } from "../../shared/core/units.ts";
import { SRTCP_OVERHEAD_BYTES } from "../../shared/secrecy/srtcp.ts";

/** The host sends no more often than this to everybody, but for its goodbyes. */
const MILLIS_PER_PACKET: Millis = 1000;
/**
 * How much further than that an index may be: goodbyes, an ACCEPT that was long in coming, and a machine
 * whose clock stands still while it sleeps. A session does not outlast more of that.
 */
const MAX_AHEAD = 1024;
/** Under one key, which lasts ten minutes: far more than the host seals. */
const MAX_SEEN = 1024;
/** A control packet ends with its tag, its index and the name of its key; no two of a host are alike. */
const NAME_BYTES = SRTCP_OVERHEAD_BYTES;

/** What an ACCEPT says of the host's control packets for everybody. */
export interface ToldIndex {
  /** The SRTCP index of the next one. */
  readonly next: number;
  /** When the ACCEPT came. */
  readonly at: Millis;
}

/**
 * Which SRTCP indexes the host's control packets for everybody can have now. Every listener could seal
 * one under any index, and so only the ACCEPT and the time say what is possible, never another packet.
 */
export class ControlRange {
  readonly #first: number;
  #told: ToldIndex;

  constructor(told: ToldIndex) {
    this.#told = told;
    this.#first = told.next;
  }

  /** The host said anew where it stands. What it sent before that may still be under way. */
  renew(told: ToldIndex): void {
    this.#told = told;
  }

  /** Whether it was sealed before the first ACCEPT, and so was not meant for us. */
  isPast(index: number): boolean {
    return index < this.#first;
  }

  /** Whether the host can't have got that far. */
  isTooFar(index: number, now: Millis): boolean {
    const { next, at } = this.#told;
    return index > next + (now - at) / MILLIS_PER_PACKET + MAX_AHEAD;
  }
}

/**
 * The control packets that were opened under one key. It is no window of indexes that slides: somebody else
 * in the group could seal one far ahead, or those that the host uses next, and all of the host's would be
 * refused from then on. So what came twice is told by its bytes: the tag, the index and the key.
 */
export class SeenControl {
  readonly #indexes = new Map<string, number>();

  /**
   * @param datagram one that proved authentic, under `index`.
   * @returns whether it is new; it no longer is afterwards.
   */
  accept(datagram: Uint8Array, index: number): boolean {
    const name = String.fromCharCode(...datagram.subarray(-NAME_BYTES));
    if (this.#indexes.has(name)) return false;
    this.#indexes.set(name, index);
    if (this.#indexes.size > MAX_SEEN) this.#forgetHighest();
    return true;
  }

  /** The host's own are the lowest but for forged ones: it has sealed each before the next. */
  #forgetHighest(): void {
    const highest = Math.max(...this.#indexes.values());
    for (const [name, index] of this.#indexes) {
      if (index === highest) return void this.#indexes.delete(name);
    }
  }
}
