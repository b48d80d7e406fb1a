import type { SocketAddressReader } from "./socket_address_reader.ts";
import type { Received } from "./udp_receiver.ts";

/** The most datagrams that one call takes. While they are given out, nothing else of the program has its turn. */
export const BATCH_DATAGRAMS = 64;
/**
 * Room for each: more than any datagram has, so that none is ever cut, and what is too long is counted as such. A
 * program has one such batch, and most of its four megabytes are never written to.
 */
const DATAGRAM_BYTES = 65_536;

/** Of Linux's `struct mmsghdr` where a pointer has eight bytes, in words of four bytes. */
const MESSAGE_WORDS = 16;
const NAME_POINTER = 0;
const NAME_LENGTH = 2;
const PARTS_POINTER = 4;
const PARTS_COUNT = 6;
const LENGTH = 14;
/** Room for a `sockaddr_in6`, in words. */
const NAME_WORDS = 8;
const NAME_BYTES = 28;
/** Of `struct iovec`, in words. */
const PART_WORDS = 4;
const PART_LENGTH = 2;
const WORD_BYTES = 4;

/** Where things begin, in words. */
const NAMES = BATCH_DATAGRAMS * MESSAGE_WORDS;
const PARTS = NAMES + BATCH_DATAGRAMS * NAME_WORDS;
const DATAGRAMS = PARTS + BATCH_DATAGRAMS * PART_WORDS;
const DATAGRAM_WORDS = DATAGRAM_BYTES / WORD_BYTES;

/** The system's call: fills messages. @returns how many of `count`, or less than one. */
type Fill = (messages: Uint8Array, count: number) => number;

/**
 * What `recvmmsg` (recvmmsg(2)) writes to: up to {@linkcode BATCH_DATAGRAMS} messages, each with its own address and
 * bytes. All of it is one buffer that this object keeps, because a pointer does not keep what it points to.
 */
export class ReceivedBatch {
  readonly #words = new Uint32Array(DATAGRAMS + BATCH_DATAGRAMS * DATAGRAM_WORDS);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  #count = 0;
  #taken = 0;

  constructor() {
    const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#bytes));
    const pointers = new BigUint64Array(this.#words.buffer, 0, DATAGRAMS / 2);
    const point = (at: number, to: number) => pointers[at / 2] = start + BigInt(to * WORD_BYTES);
    for (let index = 0; index < BATCH_DATAGRAMS; index++) {
      const message = index * MESSAGE_WORDS;
      const part = PARTS + index * PART_WORDS;
      point(message + NAME_POINTER, NAMES + index * NAME_WORDS);
      this.#words[message + NAME_LENGTH] = NAME_BYTES;
      point(message + PARTS_POINTER, part);
      this.#words[message + PARTS_COUNT] = 1;
      point(part, DATAGRAMS + index * DATAGRAM_WORDS);
      this.#words[part + PART_LENGTH] = DATAGRAM_BYTES;
    }
  }

  /** Whether all that the last call brought was taken. */
  get isEmpty(): boolean {
    return this.#taken === this.#count;
  }

  /** Replaces what it holds by what `fill` brings, if that is anything. */
  fill(fill: Fill): void {
    // The system has put the length of each address in place of the room for it.
    for (let index = 0; index < this.#count; index++) {
      this.#words[index * MESSAGE_WORDS + NAME_LENGTH] = NAME_BYTES;
    }
    this.#taken = 0;
    this.#count = Math.max(fill(this.#bytes, BATCH_DATAGRAMS), 0);
  }

  /** The next datagram, unless it is empty. Its bytes are valid until the next {@linkcode fill}. */
  take(addresses: SocketAddressReader): Received {
    const index = this.#taken++;
    const start = (DATAGRAMS + index * DATAGRAM_WORDS) * WORD_BYTES;
    const length = this.#words[index * MESSAGE_WORDS + LENGTH]!;
    return {
      datagram: this.#bytes.subarray(start, start + length),
      from: addresses.read(this.#words, NAMES + index * NAME_WORDS),
    };
  }
}
