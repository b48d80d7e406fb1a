import { viewOf } from "../../../../shared/core/bytes.ts";

/**
 * Unpacks the values that bsread packs: LZ4 blocks, for numbers after bitshuffle, which sorts the bits of many
 * numbers by their place. Both begin with the length of what was packed. Never throws.
 */

/** A value as bsread packs texts and headers: length unpacked (4), then one LZ4 block. */
export function unpackLz4(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  if (bytes.length < 4) return undefined;
  const length = viewOf(bytes).getUint32(0);
  return length > maxBytes ? undefined : decodeLz4Block(bytes.subarray(4), length);
}

const BITSHUFFLE_HEADER_BYTES = 12;
/** What bitshuffle takes when it is given no size of its blocks: so many bytes, and 128 elements at least. */
const TARGET_BLOCK_BYTES = 8192;
const MIN_BLOCK_ELEMENTS = 128;
/** Bits are sorted in groups of eight elements. */
const GROUP = 8;

/**
 * A value as bsread packs numbers: length unpacked (8), bytes of a block (4), then blocks, each with the length of
 * its LZ4 (4). Elements after the last group of eight are not packed.
 *
 * @param elementBytes of one number.
 */
export function unpackBitshuffleLz4(
  bytes: Uint8Array,
  elementBytes: number,
  maxBytes: number,
): Uint8Array | undefined {
  if (bytes.length < BITSHUFFLE_HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  const length = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  if (length > maxBytes || length % elementBytes !== 0) return undefined;
  const blockElements = (view.getUint32(8) / elementBytes) || defaultBlock(elementBytes);
  if (!Number.isInteger(blockElements) || blockElements % GROUP !== 0) return undefined;
  const whole = new Uint8Array(length);
  let [from, to] = [BITSHUFFLE_HEADER_BYTES, 0];
  while (length - to >= GROUP * elementBytes) {
    const groups = Math.floor(Math.min(blockElements, (length - to) / elementBytes) / GROUP);
    const blockBytes = groups * GROUP * elementBytes;
    if (from + 4 > bytes.length) return undefined;
    const end = from + 4 + view.getUint32(from);
    if (end > bytes.length) return undefined;
    const block = decodeLz4Block(bytes.subarray(from + 4, end), blockBytes);
    if (!block) return undefined;
    unshuffle(block, elementBytes, whole.subarray(to, to + blockBytes));
    from = end;
    to += blockBytes;
  }
  if (bytes.length - from !== length - to) return undefined;
  whole.set(bytes.subarray(from), to);
  return whole;
}

function defaultBlock(elementBytes: number): number {
  const elements = Math.floor(TARGET_BLOCK_BYTES / elementBytes / GROUP) * GROUP;
  return Math.max(elements, MIN_BLOCK_ELEMENTS);
}

/**
 * Puts the bits back: in a block of n elements, bit b of byte p of all elements stands together, in n / 8 bytes,
 * the first element in the lowest bit.
 */
function unshuffle(block: Uint8Array, elementBytes: number, out: Uint8Array): void {
  const rowBytes = block.length / (8 * elementBytes);
  for (let place = 0; place < elementBytes; place++) {
    for (let bit = 0; bit < 8; bit++) {
      const row = (place * 8 + bit) * rowBytes;
      for (let at = 0; at < rowBytes; at++) {
        const bits = block[row + at]!;
        if (bits === 0) continue;
        for (let element = 0; element < 8; element++) {
          if ((bits >>> element) & 1) out[(at * 8 + element) * elementBytes + place]! |= 1 << bit;
        }
      }
    }
  }
}

/** A length of four bits goes on in the next bytes when all four are set. */
const LONG_LENGTH = 15;
const MIN_MATCH = 4;

/** Decodes one block of LZ4 (its block format). @returns undefined unless it becomes exactly `length` bytes. */
export function decodeLz4Block(bytes: Uint8Array, length: number): Uint8Array | undefined {
  const out = new Uint8Array(length);
  let [from, to] = [0, 0];
  const readLength = (start: number) => {
    let sum = start;
    for (let byte = 255; start === LONG_LENGTH && byte === 255; sum += byte) {
      byte = bytes[from++] ?? 0;
    }
    return sum;
  };
  while (from < bytes.length) {
    const token = bytes[from++]!;
    const literals = readLength(token >>> 4);
    if (from + literals > bytes.length || to + literals > length) return undefined;
    out.set(bytes.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    // The last sequence has literals alone.
    if (from === bytes.length) break;
    if (from + 2 > bytes.length) return undefined;
    const distance = bytes[from]! + bytes[from + 1]! * 256;
    from += 2;
    const end = to + readLength(token & 15) + MIN_MATCH;
    if (distance === 0 || distance > to || end > length) return undefined;
    // Byte by byte, because a match may repeat what it writes.
    for (; to < end; to++) out[to] = out[to - distance]!;
  }
  return to === length ? out : undefined;
}
