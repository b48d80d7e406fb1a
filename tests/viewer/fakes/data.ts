import { createHash } from "node:crypto";
import type { DataMessage, ImageHead } from "../../../shared/data/data_message.ts";
import type { DataValues } from "../../../shared/data/data_values.ts";
import { RAW_MIME_TYPE, type RawFormat } from "../../../shared/data/raw_image.ts";

/** A picture and what a message says of it. */
export interface Picture {
  readonly head: ImageHead;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** When message 0 was made. */
export const BEGIN = 1_700_000_000_000;

/** A message of a source that sends one a second. */
export function message(
  count: number,
  values: DataValues,
  picture?: Picture,
  time = BEGIN + count * 1000,
): DataMessage {
  const head = { count, time, values };
  return picture ? { head: { ...head, image: picture.head }, image: picture.bytes } : { head };
}

/** A raw picture of these bytes, or else of 8 bits with all shades. */
export function image(
  width: number,
  height: number,
  format: RawFormat = "gray8",
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(width * height).map((_, at) => at),
): Picture {
  return {
    head: {
      mimeType: RAW_MIME_TYPE,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      width,
      height,
      format,
    },
    bytes,
  };
}
