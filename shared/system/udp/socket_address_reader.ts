import type { Address } from "../../driver/socket.ts";
import { type Family, formatIpv4, formatIpv6 } from "./socket_address.ts";

/** So many hosts are remembered at most; a power of two. */
const SLOTS = 4096;
const SLOT_BITS = 12;
/** An odd number near 2^32 divided by the golden ratio, which spreads neighbours (Knuth, volume 3, section 6.4). */
const SPREAD = 0x9e37_79b1;
const WORD_BITS = 32;
const WORD_BYTES = 4;

/** Where an address is in Linux's `sockaddr_in` and `sockaddr_in6`, in words of 32 bits, and how it is written. */
const FORMS = {
  IPv4: { offset: 1, words: 1, format: formatIpv4 },
  IPv6: { offset: 2, words: 4, format: formatIpv6 },
};

/**
 * Reads what `encodeSocketAddress` makes, as the runtime does. Making text of an address takes longer than all else
 * that receiving takes here, so the text of recent ones is kept: each has one place, which it shares with others, so
 * whoever makes up addresses takes no more memory, and costs no more than without.
 */
export class SocketAddressReader {
  readonly #form: (typeof FORMS)[Family];
  /** The words of the address in each slot, one after the other. */
  readonly #keys: Uint32Array;
  readonly #hostnames = new Array<string | undefined>(SLOTS).fill(undefined);

  /** @param family of the socket: all its addresses are of that one. */
  constructor(family: Family) {
    this.#form = FORMS[family];
    this.#keys = new Uint32Array(SLOTS * this.#form.words);
  }

  /** @param words hold a `sockaddr_in` or `sockaddr_in6`, of the family. @param at where it begins, in words. */
  read(words: Uint32Array<ArrayBuffer>, at: number): Address {
    // Its bytes are those after the family, the high one first.
    const port = words[at]! >>> 16;
    const hostname = this.#hostname(words, at + this.#form.offset);
    return { hostname, port: (port & 0xff) << 8 | port >>> 8 };
  }

  #hostname(words: Uint32Array<ArrayBuffer>, at: number): string {
    const slot = this.#slot(words, at);
    const known = this.#hostnames[slot];
    if (known !== undefined && this.#isIn(slot, words, at)) return known;
    const { format, words: length } = this.#form;
    this.#keys.set(words.subarray(at, at + length), slot * length);
    return this.#hostnames[slot] = format(
      new Uint8Array(words.buffer, words.byteOffset + at * WORD_BYTES, length * WORD_BYTES),
    );
  }

  #slot(words: Uint32Array, at: number): number {
    let hash = 0;
    for (let index = 0; index < this.#form.words; index++) {
      hash = Math.imul((hash ^ hash >>> 15) ^ words[at + index]!, SPREAD);
    }
    return hash >>> WORD_BITS - SLOT_BITS;
  }

  #isIn(slot: number, words: Uint32Array, at: number): boolean {
    const { words: length } = this.#form;
    for (let index = 0; index < length; index++) {
      if (this.#keys[slot * length + index] !== words[at + index]) return false;
    }
    return true;
  }
}
