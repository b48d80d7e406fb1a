import { viewOf } from "../../../../shared/core/bytes.ts";

/** The header of a box with a size of 64 bits. */
export const BOX_HEADER_BYTES = 16;

const SHORT_HEADER_BYTES = 8;

/** Follows the boxes at the top of an MP4 file (ISO 14496-12 section 4.2), whose headers it is shown one by one. */
export class Mp4Layout {
  #next = 0;
  #hasIndex = false;
  #isDataFirst = false;

  /** Where the next header is, in bytes from the beginning; Infinity when there is none. */
  get next(): number {
    return this.#next;
  }

  /** Whether the index (moov) was seen. */
  get hasIndex(): boolean {
    return this.#hasIndex;
  }

  /** Whether the data (mdat) came before the index. */
  get isDataFirst(): boolean {
    return this.#isDataFirst;
  }

  /**
   * @param header up to {@linkcode BOX_HEADER_BYTES} bytes from `next` on.
   * @returns the box's name.
   */
  read(header: Uint8Array): string {
    const size = sizeOf(header);
    const name = String.fromCharCode(...header.subarray(4, 8));
    this.#hasIndex ||= name === "moov";
    this.#isDataFirst ||= name === "mdat" && !this.#hasIndex;
    // A size of 0 reaches to the end; a wrong one leaves nothing to follow.
    this.#next += size !== undefined && size >= SHORT_HEADER_BYTES ? size : Infinity;
    return name;
  }

  /** Whether a file of this many bytes ends within a box. */
  isCutAt(length: number): boolean {
    return Number.isFinite(this.#next) && length < this.#next;
  }
}

function sizeOf(header: Uint8Array): number | undefined {
  if (header.length < SHORT_HEADER_BYTES) return undefined;
  const view = viewOf(header);
  const size = view.getUint32(0);
  if (size !== 1) return size;
  return header.length < BOX_HEADER_BYTES ? undefined : Number(view.getBigUint64(8));
}

/** EBML (RFC 8794): Matroska has a head and then one segment. */
const SEGMENT_ID = 0x18538067;

/**
 * Where a Matroska file says that it ends, in bytes from the beginning.
 *
 * @param start its first bytes.
 * @returns undefined when it does not say: it was written live, or `start` is too short.
 */
export function matroskaEnd(start: Uint8Array): number | undefined {
  const head = readElement(start, 0);
  if (head?.size === undefined) return undefined;
  const segment = readElement(start, head.content + head.size);
  if (segment?.id !== SEGMENT_ID || segment.size === undefined) return undefined;
  return segment.content + segment.size;
}

interface Element {
  readonly id: number;
  /** Where its content begins. */
  readonly content: number;
  /** Undefined when it is not known. */
  readonly size: number | undefined;
}

function readElement(bytes: Uint8Array, at: number): Element | undefined {
  const idBytes = lengthOfNumber(bytes[at]);
  const sizeBytes = lengthOfNumber(bytes[at + idBytes]);
  const content = at + idBytes + sizeBytes;
  if (idBytes === 0 || sizeBytes === 0 || content > bytes.length) return undefined;
  const id = readNumber(bytes.subarray(at, at + idBytes));
  const sizeField = bytes.slice(at + idBytes, content);
  // The bit that tells the length is not a part of the size; all other bits 1 mean that it is not known.
  sizeField[0]! &= 0xff >> sizeBytes;
  const isKnown = sizeField.some((byte, index) => byte !== (index > 0 ? 0xff : 0xff >> sizeBytes));
  return { id, content, size: isKnown ? readNumber(sizeField) : undefined };
}

/** The first bit that is 1 tells the length of a number (RFC 8794 section 4). */
function lengthOfNumber(first: number | undefined): number {
  return first === undefined || first === 0 ? 0 : Math.clz32(first) - 23;
}

function readNumber(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}
