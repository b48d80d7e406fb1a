/** The length of a tag is known from this many bytes at its start. */
export const TAG_LOOKAHEAD_BYTES = 32;

const ID3V1_BYTES = 128;
const ID3V1_EXTENDED_BYTES = 227;
const ID3V2_HEADER_BYTES = 10;
const APE_HEADER_BYTES = 32;
const APE_MAX_BYTES = 0x1000_0000;

/**
 * The length in bytes of the ID3v1, ID3v2 or APE tag that starts at `position`; 0 when none does.
 * Tags are skipped by their length, because their content (a picture) may look like sound.
 */
export function tagLengthAt(bytes: Uint8Array, position: number): number {
  switch (bytes[position]) {
    case 0x49: // I
      return id3v2Length(bytes, position);
    case 0x54: // T
      if (startsWith(bytes, position, "TAG+")) return ID3V1_EXTENDED_BYTES;
      return startsWith(bytes, position, "TAG") ? ID3V1_BYTES : 0;
    case 0x41: // A
      return apeLength(bytes, position);
    default:
      return 0;
  }
}

/** ID3v2.4.0 section 3.1: the size excludes header and footer, and has seven bits in each byte. */
function id3v2Length(bytes: Uint8Array, position: number): number {
  if (!startsWith(bytes, position, "ID3")) return 0;
  if (position + ID3V2_HEADER_BYTES > bytes.length) return 0;
  const [major, revision, flags] = bytes.subarray(position + 3, position + 6);
  if (major! < 2 || major! > 4 || revision === 0xff || (flags! & 0x0f) !== 0) return 0;
  const sizes = bytes.subarray(position + 6, position + ID3V2_HEADER_BYTES);
  if (sizes.some((value) => value >= 0x80)) return 0;
  const size = sizes.reduce((sum, value) => sum << 7 | value, 0);
  const footerBytes = (flags! & 0x10) === 0 ? 0 : ID3V2_HEADER_BYTES;
  return ID3V2_HEADER_BYTES + size + footerBytes;
}

/**
 * APEv2: the size includes items and footer, not the header. A footer without its header is skipped
 * alone.
 */
function apeLength(bytes: Uint8Array, position: number): number {
  if (!startsWith(bytes, position, "APETAGEX")) return 0;
  if (position + APE_HEADER_BYTES > bytes.length) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, APE_HEADER_BYTES);
  const size = view.getUint32(12, true);
  const isHeader = (view.getUint32(20, true) & 0x2000_0000) !== 0;
  return isHeader && size <= APE_MAX_BYTES ? APE_HEADER_BYTES + size : APE_HEADER_BYTES;
}

function startsWith(bytes: Uint8Array, position: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[position + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
