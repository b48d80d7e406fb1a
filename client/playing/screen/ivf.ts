import { concat, viewOf } from "../../../shared/core/bytes.ts";
import { SCREEN_CLOCK_RATE } from "../../../shared/media/channel.ts";
import type { RecordedFormat } from "./screen_format.ts";
import type { RecordedFrame, ScreenStreamWriter } from "./screen_stream.ts";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/**
 * VP8 in IVF: a header, then each frame after its length and its time, all little-endian. The header's number of
 * frames stays 0, which stands for a stream whose end is not known.
 */
export class IvfWriter implements ScreenStreamWriter {
  readonly #format: RecordedFormat;

  constructor(format: RecordedFormat) {
    this.#format = format;
  }

  header(): Uint8Array {
    const header = new Uint8Array(HEADER_BYTES);
    header.set(new TextEncoder().encode("DKIF"));
    const view = viewOf(header);
    view.setUint16(6, HEADER_BYTES, true);
    header.set(new TextEncoder().encode("VP80"), 8);
    view.setUint16(12, this.#format.width, true);
    view.setUint16(14, this.#format.height, true);
    view.setUint32(16, SCREEN_CLOCK_RATE, true);
    view.setUint32(20, 1, true);
    return header;
  }

  write({ frame, time }: RecordedFrame): Uint8Array {
    if (frame.codec !== "vp8") return new Uint8Array(0);
    const header = new Uint8Array(FRAME_HEADER_BYTES);
    const view = viewOf(header);
    view.setUint32(0, frame.bytes.length, true);
    view.setBigUint64(4, BigInt(time), true);
    return concat(header, frame.bytes);
  }

  end(): Uint8Array {
    return new Uint8Array(0);
  }
}
