/** The most copies that leave with one call. */
export const BATCH_COPIES = 256;
/** More than any datagram has. */
export const BATCH_BYTES = 65_536;

/** Of Linux's `struct mmsghdr` where a pointer has eight bytes, in words of four bytes. */
const MESSAGE_WORDS = 16;
const NAME_POINTER = 0;
const NAME_LENGTH = 2;
const PARTS_POINTER = 4;
const PARTS_COUNT = 6;
/** Room for a `sockaddr_in6`, in words. */
const NAME_WORDS = 8;
/** Of `struct iovec`, in words. */
const PART_WORDS = 4;
const PART_LENGTH = 2;
const WORD_BYTES = 4;

/** Where things begin, in words. */
const NAMES = BATCH_COPIES * MESSAGE_WORDS;
const PART = NAMES + BATCH_COPIES * NAME_WORDS;
const DATAGRAM = PART + PART_WORDS;

/**
 * What `sendmmsg` (sendmmsg(2)) reads: up to {@linkcode BATCH_COPIES} messages, each with its own address and all
 * with the same bytes. All of it is one buffer that this object keeps, because a pointer does not keep what it
 * points to.
 */
export class MessageBatch {
  readonly #words = new Uint32Array(DATAGRAM + BATCH_BYTES / WORD_BYTES);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  #count = 0;

  /** @param nameBytes the length of each address: those of one family. */
  constructor(nameBytes: number) {
    const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#bytes));
    const pointers = new BigUint64Array(this.#words.buffer);
    const point = (at: number, to: number) => pointers[at / 2] = start + BigInt(to * WORD_BYTES);
    point(PART, DATAGRAM);
    for (let index = 0; index < BATCH_COPIES; index++) {
      const message = index * MESSAGE_WORDS;
      point(message + NAME_POINTER, NAMES + index * NAME_WORDS);
      this.#words[message + NAME_LENGTH] = nameBytes;
      point(message + PARTS_POINTER, PART);
      this.#words[message + PARTS_COUNT] = 1;
    }
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === BATCH_COPIES;
  }

  /** The messages, for the system; valid until the next change. */
  get messages(): Uint8Array {
    return this.#bytes;
  }

  /** Begins anew, with these bytes: at most {@linkcode BATCH_BYTES}. */
  begin(datagram: Uint8Array): void {
    this.#bytes.set(datagram, DATAGRAM * WORD_BYTES);
    this.#words[PART + PART_LENGTH] = datagram.length;
    this.#count = 0;
  }

  /** Adds a copy, unless it is full. @param name the encoded address, in whole words. */
  add(name: Uint32Array): void {
    const words = this.#words;
    const start = NAMES + this.#count++ * NAME_WORDS;
    // Faster than `set` for so few words.
    for (let at = 0; at < name.length; at++) words[start + at] = name[at]!;
  }

  /** Removes all copies, and keeps the bytes. */
  clear(): void {
    this.#count = 0;
  }
}
