import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { RtpTicks } from "../core/units.ts";
import type { ScreenCodec } from "../media/channel.ts";
import { joinAnnexB } from "../media/video/h264.ts";
import type { ScreenFrame } from "../media/video/screen_frame.ts";
import { cutParts } from "./page_parts.ts";

/**
 * A frame of the screen for the page. It travels in parts, each a binary WebSocket message, so that sound and
 * changes can pass between two parts of a large frame. All numbers are big-endian:
 *
 *     first part:  kind (1) = 2 | codec (1) | is key (1) | 0 (1) | length of the whole frame (4)
 *                  | frame number (8, float64) | ticks (8, float64) | bytes
 *     other parts: kind (1) = 3 | bytes
 *
 * The parts of a frame come in order. A first part ends the frame before it, whole or not.
 */
export interface PageFrame {
  readonly codec: ScreenCodec;
  readonly isKey: boolean;
  readonly frameNumber: number;
  readonly ticks: RtpTicks;
  /** H.264: a byte stream with start codes (H.264 annex B). VP8: the frame. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FIRST_KIND = 2;
const NEXT_KIND = 3;
const CODEC_CODES: Readonly<Record<ScreenCodec, number>> = { h264: 1, vp8: 2 };
const FIRST_HEADER_BYTES = 24;
const NEXT_HEADER_BYTES = 1;
/** More than any frame that a host sends (`MAX_FRAME_PACKETS`), with its start codes. */
export const MAX_PAGE_FRAME_BYTES = 5 * 1024 * 1024;

/** @returns the messages, in order; none for a frame that is empty or too large. */
export function serializePageFrame(frame: ScreenFrame): Uint8Array<ArrayBuffer>[] {
  const bytes = frame.codec === "h264" ? joinAnnexB(frame.nalUnits) : frame.bytes;
  if (bytes.length === 0 || bytes.length > MAX_PAGE_FRAME_BYTES) return [];
  return cutParts(firstHeader(frame, bytes.length), NEXT_KIND, bytes);
}

function firstHeader(
  { codec, isKey, frameNumber, ticks }: ScreenFrame,
  length: number,
): Uint8Array {
  const header = new Uint8Array(FIRST_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, FIRST_KIND);
  view.setUint8(1, CODEC_CODES[codec]);
  view.setUint8(2, isKey ? 1 : 0);
  view.setUint32(4, length);
  view.setFloat64(8, frameNumber);
  view.setFloat64(16, ticks);
  return header;
}

/** Whether a binary message is a part of a frame. */
export function isPageFramePart(message: Uint8Array): boolean {
  return message[0] === FIRST_KIND || message[0] === NEXT_KIND;
}

/** Puts the parts of frames together; holds one frame at most. */
export class PageFrameCollector {
  #frame: PageFrame | undefined;
  #filled = 0;

  /** @returns the frame that this part completes, undefined while parts are missing. */
  push(message: Uint8Array): Parsed<PageFrame | undefined> {
    const isFirst = message[0] === FIRST_KIND;
    if (isFirst) this.#frame = parseFirst(message);
    if (isFirst) this.#filled = 0;
    const part = message.subarray(isFirst ? FIRST_HEADER_BYTES : NEXT_HEADER_BYTES);
    const frame = this.#frame;
    if (!frame || !isPageFramePart(message) || this.#filled + part.length > frame.bytes.length) {
      this.#frame = undefined;
      return junk("malformedPageMessage");
    }
    frame.bytes.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < frame.bytes.length) return parsed(undefined);
    this.#frame = undefined;
    return parsed(frame);
  }
}

/** @returns a frame whose bytes are still to come. */
function parseFirst(message: Uint8Array): PageFrame | undefined {
  if (message.length < FIRST_HEADER_BYTES) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const codec = codecOf(view.getUint8(1));
  const [key, length] = [view.getUint8(2), view.getUint32(4)];
  const [frameNumber, ticks] = [view.getFloat64(8), view.getFloat64(16)];
  if (codec === undefined || key > 1 || length === 0 || length > MAX_PAGE_FRAME_BYTES) {
    return undefined;
  }
  if (!Number.isSafeInteger(frameNumber) || frameNumber < 0 || !Number.isFinite(ticks)) {
    return undefined;
  }
  return { codec, isKey: key === 1, frameNumber, ticks, bytes: new Uint8Array(length) };
}

function codecOf(code: number): ScreenCodec | undefined {
  const codecs = Object.keys(CODEC_CODES) as ScreenCodec[];
  return codecs.find((codec) => CODEC_CODES[codec] === code);
}
