import { viewOf } from "./bytes.ts";

/** The bytes of the largest number, 2^53 - 1, and of every number that needs more than 32 bits. */
export const LONG_BYTES = 7;
const BITS_OF_LOWER_PART = 24;

/**
 * Writes numbers one after another in network byte order, for a binary message.
 *
 * @throws RangeError when a number does not fit its field: it would be read as another number.
 */
export class ByteWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** @param capacity the most bytes that will be written. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = viewOf(this.#bytes);
  }

  uint8(value: number): void {
    this.#view.setUint8(this.#advance(1, value, 0xff), value);
  }

  uint16(value: number): void {
    this.#view.setUint16(this.#advance(2, value, 0xffff), value);
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#advance(4, value, 0xffff_ffff), value);
  }

  /** A number of up to 53 bits, in {@linkcode LONG_BYTES}. */
  long(value: number): void {
    const at = this.#advance(LONG_BYTES, value, Number.MAX_SAFE_INTEGER);
    const upper = Math.floor(value / 2 ** BITS_OF_LOWER_PART);
    const lower = value - upper * 2 ** BITS_OF_LOWER_PART;
    this.#view.setUint32(at, upper);
    this.#view.setUint16(at + 4, lower >>> 8);
    this.#view.setUint8(at + 6, lower);
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A number of 64 bits. */
  uint64(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) {
      throw new RangeError(`${value} does not fit a field of 8 bytes`);
    }
    this.#view.setBigUint64(this.#at, value);
    this.#at += 8;
  }

  /** What `write` writes, after its length in one byte. */
  sized(write: () => void): void {
    const at = this.#at;
    this.uint8(0);
    write();
    const length = this.#at - at - 1;
    if (length > 0xff) {
      throw new RangeError(`${length} bytes do not fit behind a length of one byte`);
    }
    this.#view.setUint8(at, length);
  }

  /** What has been written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** @returns where the field begins. */
  #advance(length: number, value: number, max: number): number {
    if (!isIntegerWithin(value, 0, max)) {
      throw new RangeError(`${value} does not fit a field of ${length} bytes`);
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/**
 * Reads what {@linkcode ByteWriter} wrote. It never throws: beyond the end every number is 0, every
 * array is empty, and `isWhole` is false from then on.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #isWhole = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** Whether everything that was read was there. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  uint8(): number {
    return this.#has(1) ? this.#view.getUint8(this.#advance(1)) : 0;
  }

  uint16(): number {
    return this.#has(2) ? this.#view.getUint16(this.#advance(2)) : 0;
  }

  uint32(): number {
    return this.#has(4) ? this.#view.getUint32(this.#advance(4)) : 0;
  }

  /** A number of {@linkcode LONG_BYTES}. One beyond 2^53 - 1 is inexact and no safe integer. */
  long(): number {
    if (!this.#has(LONG_BYTES)) return 0;
    const at = this.#advance(LONG_BYTES);
    const lower = this.#view.getUint16(at + 4) * 2 ** 8 + this.#view.getUint8(at + 6);
    return this.#view.getUint32(at) * 2 ** BITS_OF_LOWER_PART + lower;
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    if (!this.#has(length)) return new Uint8Array(0);
    const at = this.#advance(length);
    return this.#bytes.slice(at, at + length);
  }

  #has(length: number): boolean {
    this.#isWhole &&= this.#at + length <= this.#bytes.length;
    return this.#isWhole;
  }

  #advance(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

export function isIntegerWithin(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
