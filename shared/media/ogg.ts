/** A page of an Ogg stream (RFC 3533 section 6). */
export interface OggPage {
  /** The page starts with the rest of a packet from the page before. */
  readonly isContinued: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Samples at 48 kHz (Opus) up to the last packet that ends here; -1 when none does. */
  readonly granulePosition: number;
  readonly serialNumber: number;
  readonly sequenceNumber: number;
  /** Lengths of the segments of `body`; a segment below 255 bytes ends a packet. */
  readonly segments: Uint8Array;
  readonly body: Uint8Array;
}

export const OGG_HEADER_BYTES = 27;
/** The largest number of segments in a page, and of bytes in a segment. */
export const OGG_MAX_SEGMENTS = 255;

const CAPTURE_PATTERN = 0x4f676753; // OggS
const CHECKSUM_POSITION = 22;

/**
 * Reads the page that starts at `offset`.
 *
 * @returns the page (its body a view of `bytes`) and its length; "needs more" when `bytes` ends before the
 * page; undefined when there is no page or its checksum is wrong.
 */
export function parseOggPage(
  bytes: Uint8Array,
  offset: number,
): { page: OggPage; length: number } | "needs more" | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset);
  if (view.byteLength < OGG_HEADER_BYTES) return "needs more";
  if (view.getUint32(0) !== CAPTURE_PATTERN || view.getUint8(4) !== 0) return undefined;
  const bodyStart = OGG_HEADER_BYTES + view.getUint8(26);
  if (view.byteLength < bodyStart) return "needs more";
  const segments = bytes.subarray(offset + OGG_HEADER_BYTES, offset + bodyStart);
  const length = bodyStart + segments.reduce((sum, segment) => sum + segment, 0);
  if (view.byteLength < length) return "needs more";
  const whole = bytes.subarray(offset, offset + length);
  if (oggChecksum(whole) !== view.getUint32(CHECKSUM_POSITION, true)) return undefined;
  const flags = view.getUint8(5);
  const page = {
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
    granulePosition: Number(view.getBigInt64(6, true)),
    serialNumber: view.getUint32(14, true),
    sequenceNumber: view.getUint32(18, true),
    segments,
    body: whole.subarray(bodyStart),
  };
  return { page, length };
}

export function serializeOggPage(page: OggPage): Uint8Array<ArrayBuffer> {
  const bodyStart = OGG_HEADER_BYTES + page.segments.length;
  const bytes = new Uint8Array(bodyStart + page.body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CAPTURE_PATTERN);
  view.setUint8(5, (page.isContinued ? 1 : 0) | (page.isFirst ? 2 : 0) | (page.isLast ? 4 : 0));
  view.setBigInt64(6, BigInt(page.granulePosition), true);
  view.setUint32(14, page.serialNumber, true);
  view.setUint32(18, page.sequenceNumber, true);
  view.setUint8(26, page.segments.length);
  bytes.set(page.segments, OGG_HEADER_BYTES);
  bytes.set(page.body, bodyStart);
  view.setUint32(CHECKSUM_POSITION, oggChecksum(bytes), true);
  return bytes;
}

/** CRC-32 with polynomial 0x04c11db7, not reflected, from 0; the checksum's own field counts as 0. */
function oggChecksum(page: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < page.length; index++) {
    const isOwnField = index >= CHECKSUM_POSITION && index < CHECKSUM_POSITION + 4;
    const value = isOwnField ? 0 : page[index]!;
    sum = (sum << 8) ^ CHECKSUM_TABLE[(sum >>> 24) ^ value]!;
  }
  return sum >>> 0;
}

const CHECKSUM_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});
