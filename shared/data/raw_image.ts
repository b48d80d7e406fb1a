import { Inflate } from "fflate";
import { MAX_IMAGE_BYTES } from "./image_facts.ts";

/** Pixels one after the other, row by row from the top left, little-endian. */
export const RAW_FORMATS = ["gray8", "gray16le", "rgb24", "float32le"] as const;
export type RawFormat = typeof RAW_FORMATS[number];

/** The type of raw pictures. */
export const RAW_MIME_TYPE = "application/octet-stream";

const BYTES_PER_PIXEL: Readonly<Record<RawFormat, number>> = {
  gray8: 1,
  gray16le: 2,
  rgb24: 3,
  float32le: 4,
};

/** How many bytes a picture of this format and size has. */
export function rawLength(
  format: RawFormat,
  { width, height }: { readonly width: number; readonly height: number },
): number {
  return width * height * BYTES_PER_PIXEL[format];
}

/** Inflated bytes are counted after each piece; a piece can't become more than 1032 times as long. */
const PIECE_BYTES = 4096;

/** @returns the inflated bytes; undefined when `deflated` is no deflate stream of exactly `length` bytes. */
export function inflateExactly(deflated: Uint8Array, length: number): Uint8Array | undefined {
  if (length > MAX_IMAGE_BYTES) return undefined;
  const whole = new Uint8Array(length);
  let [written, isWhole] = [0, false];
  const inflater = new Inflate((piece, isLast) => {
    if (written + piece.length <= length) whole.set(piece, written);
    written += piece.length;
    isWhole ||= isLast;
  });
  try {
    for (let at = 0; at < deflated.length && written <= length; at += PIECE_BYTES) {
      const end = at + PIECE_BYTES;
      inflater.push(deflated.subarray(at, end), end >= deflated.length);
    }
  } catch {
    return undefined;
  }
  return isWhole && written === length ? whole : undefined;
}
