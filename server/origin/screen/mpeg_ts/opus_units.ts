/** The first 11 bits of each control header. */
const PREFIX = 0x7fe0;
const PREFIX_MASK = 0xffe0;
const START_TRIM_BIT = 0x10;
const END_TRIM_BIT = 0x08;
const EXTENSION_BIT = 0x04;

/**
 * The Opus packets of a PES packet, as copies: each comes after a control header, which has its length (the
 * draft "Encapsulation of Opus in MPEG-2 transport streams" of the Opus project; ffmpeg writes it so).
 *
 * @returns the packets up to the first header that can't be read.
 */
export function readOpusUnits(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let position = 0;
  for (;;) {
    const header = readHeader(bytes, position);
    if (header === undefined || header.end > bytes.length) return packets;
    packets.push(bytes.slice(header.start, header.end));
    position = header.end;
  }
}

function readHeader(bytes: Uint8Array, at: number): { start: number; end: number } | undefined {
  if (at + 2 > bytes.length) return undefined;
  const flags = bytes[at + 1]!;
  if (((bytes[at]! << 8 | flags) & PREFIX_MASK) !== PREFIX) return undefined;
  let position = at + 2;
  let length = 0;
  let byte = 0xff;
  while (byte === 0xff) {
    if (position >= bytes.length) return undefined;
    byte = bytes[position++]!;
    length += byte;
  }
  if ((flags & START_TRIM_BIT) !== 0) position += 2;
  if ((flags & END_TRIM_BIT) !== 0) position += 2;
  if ((flags & EXTENSION_BIT) !== 0) position += 1 + (bytes[position] ?? 0);
  return length === 0 ? undefined : { start: position, end: position + length };
}
