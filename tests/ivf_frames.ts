import { viewOf } from "../shared/core/bytes.ts";

const FILE_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/** The frames of a whole IVF file, without their times. */
export function framesOfIvf(bytes: Uint8Array): Uint8Array[] {
  const view = viewOf(bytes);
  const frames: Uint8Array[] = [];
  for (let at = FILE_HEADER_BYTES; at < bytes.length;) {
    const start = at + FRAME_HEADER_BYTES;
    at = start + view.getUint32(at, true);
    frames.push(bytes.subarray(start, at));
  }
  return frames;
}
