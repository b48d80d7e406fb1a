import type { EncodedFrame } from "../media/channel.ts";
import type { Seconds } from "../core/units.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

/**
 * Sound for the page: one binary WebSocket message for each packet that left the jitter buffer. All
 * numbers are big-endian:
 *
 *     kind (1) = 1 | frame count (1) | packets lost before (2) | number (4) | media time (8, float64)
 *     | sample rate (4), then for each frame: sample count (2) | length (2) | bytes
 */
export interface PageMedia {
  /** The number of the message: a step larger than 1 means that a slow page missed some. */
  readonly number: number;
  /** Packets lost directly before this one, at most 65 535. */
  readonly lostBefore: number;
  /** The media time of the first frame. */
  readonly mediaTime: Seconds;
  readonly frames: readonly EncodedFrame[];
}

const AUDIO_KIND = 1;
const HEADER_BYTES = 20;
const FRAME_HEADER_BYTES = 4;
const MAX_FRAMES = 255;

/** @throws RangeError for no frames, over 255 of them, or one larger than 65 535 bytes. */
export function serializePageMedia(media: PageMedia): Uint8Array<ArrayBuffer> {
  const { frames } = media;
  if (frames.length === 0 || frames.length > MAX_FRAMES) {
    throw new RangeError(`${frames.length} frames in one message, at least 1 and at most 255`);
  }
  const size = frames.reduce((sum, { bytes }) => sum + FRAME_HEADER_BYTES + bytes.length, 0);
  const message = new Uint8Array(HEADER_BYTES + size);
  writeHeader(new DataView(message.buffer), media);
  let offset = HEADER_BYTES;
  for (const frame of frames) offset = writeFrame(message, offset, frame);
  return message;
}

export function parsePageMedia(message: Uint8Array): Parsed<PageMedia> {
  if (message.length < HEADER_BYTES || message[0] !== AUDIO_KIND) return malformed;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const mediaTime = view.getFloat64(8);
  const sampleRate = view.getUint32(16);
  const frames = parseFrames(message, view, sampleRate);
  if (!frames || !Number.isFinite(mediaTime) || sampleRate === 0) return malformed;
  return parsed({ number: view.getUint32(4), lostBefore: view.getUint16(2), mediaTime, frames });
}

const malformed = junk("malformedPageMessage");

function writeHeader(view: DataView, { number, lostBefore, mediaTime, frames }: PageMedia): void {
  view.setUint8(0, AUDIO_KIND);
  view.setUint8(1, frames.length);
  view.setUint16(2, Math.min(lostBefore, 0xffff));
  view.setUint32(4, number);
  view.setFloat64(8, mediaTime);
  view.setUint32(16, frames[0]!.sampleRate);
}

function writeFrame(message: Uint8Array, offset: number, { bytes, sampleCount }: EncodedFrame) {
  if (bytes.length > 0xffff) throw new RangeError(`A frame of ${bytes.length} bytes`);
  const view = new DataView(message.buffer);
  view.setUint16(offset, sampleCount);
  view.setUint16(offset + 2, bytes.length);
  message.set(bytes, offset + FRAME_HEADER_BYTES);
  return offset + FRAME_HEADER_BYTES + bytes.length;
}

function parseFrames(message: Uint8Array, view: DataView, sampleRate: number) {
  const frames: EncodedFrame[] = [];
  let offset = HEADER_BYTES;
  for (let left = message[1]!; left > 0; left--) {
    if (offset + FRAME_HEADER_BYTES > message.length) return undefined;
    const sampleCount = view.getUint16(offset);
    const start = offset + FRAME_HEADER_BYTES;
    offset = start + view.getUint16(offset + 2);
    if (offset > message.length) return undefined;
    frames.push({ bytes: message.subarray(start, offset), sampleCount, sampleRate });
  }
  return offset === message.length && frames.length > 0 ? frames : undefined;
}
