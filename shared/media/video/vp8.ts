/** The header of a VP8 frame (RFC 6386 section 9.1). */
export interface Vp8Header {
  /** Whether a decoder can begin with this frame. */
  readonly isKey: boolean;
  /** Whether the frame is shown; a hidden one is only referred to. */
  readonly isShown: boolean;
  /** Pixels; in key frames only. */
  readonly width?: number;
  readonly height?: number;
}

const TAG_BYTES = 3;
const KEY_HEADER_BYTES = 10;
const MAX_VERSION = 3;

/** @returns undefined when the bytes can't be a VP8 frame: they end too early or a fixed value is wrong. */
export function parseVp8Header(frame: Uint8Array): Vp8Header | undefined {
  if (frame.length < TAG_BYTES) return undefined;
  const tag = frame[0]! | frame[1]! << 8 | frame[2]! << 16;
  const isKey = (tag & 1) === 0;
  const isShown = (tag >> 4 & 1) === 1;
  const headerBytes = isKey ? KEY_HEADER_BYTES : TAG_BYTES;
  const firstPartitionBytes = tag >> 5;
  if ((tag >> 1 & 7) > MAX_VERSION) return undefined;
  if (frame.length < headerBytes + firstPartitionBytes) return undefined;
  if (!isKey) return { isKey, isShown };
  if (frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return undefined;
  // The upper two bits of each side ask the player to scale; they change nothing in the stream.
  const width = (frame[6]! | frame[7]! << 8) & 0x3fff;
  const height = (frame[8]! | frame[9]! << 8) & 0x3fff;
  return width > 0 && height > 0 ? { isKey, isShown, width, height } : undefined;
}
