import { concat } from "../core/bytes.ts";

/** Opus always decodes at this rate (RFC 7587 section 4.1). */
export const OPUS_SAMPLE_RATE = 48_000;

/** RFC 6716 section 3.2: a frame has at most 1275 bytes, a packet at most 120 ms and 48 frames. */
const MAX_FRAME_BYTES = 1275;
const MAX_PACKET_SAMPLES = 5760;

/** From an Opus packet's table of contents (RFC 6716 section 3.1). */
export interface OpusPacketInfo {
  /** Samples per channel at 48 kHz. */
  readonly sampleCount: number;
  readonly channelCount: 1 | 2;
}

/** The frames of an Opus packet; all have the same duration. */
export interface OpusFrames {
  /** Samples per channel of one frame, at 48 kHz. */
  readonly samplesPerFrame: number;
  /** Views of the packet; an empty one means silence or a lost frame. */
  readonly frames: readonly Uint8Array[];
}

/**
 * Reads the packet's framing and checks it against rules R1-R7 of RFC 6716 section 3.4.
 *
 * @returns undefined when the bytes can't be an Opus packet.
 */
export function parseOpusPacket(packet: Uint8Array): OpusPacketInfo | undefined {
  const read = readOpusFrames(packet);
  if (read === undefined) return undefined;
  return {
    sampleCount: read.frames.length * read.samplesPerFrame,
    channelCount: (packet[0]! & 4) === 0 ? 1 : 2,
  };
}

/**
 * Splits a packet into its frames (RFC 6716 section 3.2); padding is left out.
 *
 * @returns undefined when the bytes can't be an Opus packet.
 */
export function readOpusFrames(packet: Uint8Array): OpusFrames | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const layout = layOutFrames(packet, toc & 3);
  if (layout === undefined) return undefined;
  const samplesPerFrame = samplesOfOneFrame(toc >> 3);
  const { start, sizes } = layout;
  if (sizes.length * samplesPerFrame > MAX_PACKET_SAMPLES) return undefined;
  if (sizes.some((size) => size > MAX_FRAME_BYTES)) return undefined;
  return { samplesPerFrame, frames: cutFrames(packet, start, sizes) };
}

/**
 * Writes frames as one packet, in the shortest form and without padding.
 *
 * @param firstByte of the packet that the frames come from; it has their mode, duration and channels.
 * @param frames 1 to 48, at most 120 ms.
 */
export function writeOpusPacket(firstByte: number, frames: readonly Uint8Array[]): Uint8Array {
  const configuration = firstByte & 0xfc;
  const areAlike = frames.every(({ length }) => length === frames[0]!.length);
  if (frames.length === 1) return concat(Uint8Array.of(configuration), ...frames);
  if (frames.length === 2 && areAlike) return concat(Uint8Array.of(configuration | 1), ...frames);
  const lengths = areAlike ? [] : frames.slice(0, -1).flatMap(({ length }) => lengthBytes(length));
  const head = frames.length === 2
    ? [configuration | 2]
    : [configuration | 3, (areAlike ? 0 : 0x80) | frames.length];
  return concat(Uint8Array.of(...head, ...lengths), ...frames);
}

/** RFC 6716 table 2: the upper five bits of the first byte. */
function samplesOfOneFrame(configuration: number): number {
  if (configuration < 12) return [480, 960, 1920, 2880][configuration & 3]!;
  if (configuration < 16) return [480, 960][configuration & 1]!;
  return [120, 240, 480, 960][configuration & 3]!;
}

/** The start of the first frame and the length of each; they follow each other. */
interface FrameLayout {
  readonly start: number;
  readonly sizes: readonly number[];
}

function layOutFrames(packet: Uint8Array, code: number): FrameLayout | undefined {
  const rest = packet.length - 1;
  switch (code) {
    case 0:
      return { start: 1, sizes: [rest] };
    case 1:
      return rest % 2 === 0 ? { start: 1, sizes: [rest / 2, rest / 2] } : undefined;
    case 2:
      return layOutSizes(packet, 2, { start: 1, end: packet.length });
    default:
      return layOutCounted(packet);
  }
}

/** Code 3: a count, padding, and frames of one size or of many (RFC 6716 section 3.2.5). */
function layOutCounted(packet: Uint8Array): FrameLayout | undefined {
  const countByte = packet[1];
  if (countByte === undefined) return undefined;
  const frameCount = countByte & 0x3f;
  if (frameCount === 0) return undefined;
  const body = (countByte & 0x40) === 0 ? { start: 2, end: packet.length } : skipPadding(packet);
  if (body === undefined || body.end < body.start) return undefined;
  if ((countByte & 0x80) !== 0) return layOutSizes(packet, frameCount, body);
  const frameBytes = (body.end - body.start) / frameCount;
  if (!Number.isInteger(frameBytes)) return undefined;
  return { start: body.start, sizes: new Array<number>(frameCount).fill(frameBytes) };
}

/** The packet has the sizes of all frames but the last, which takes the rest. */
function layOutSizes(
  packet: Uint8Array,
  frameCount: number,
  { start, end }: { start: number; end: number },
): FrameLayout | undefined {
  const sizes: number[] = [];
  let position = start;
  let used = 0;
  while (sizes.length < frameCount - 1) {
    const length = readLength(packet, position);
    if (length === undefined) return undefined;
    position = length.next;
    used += length.length;
    sizes.push(length.length);
  }
  const last = end - position - used;
  return last < 0 ? undefined : { start: position, sizes: [...sizes, last] };
}

function cutFrames(packet: Uint8Array, start: number, sizes: readonly number[]): Uint8Array[] {
  let position = start;
  return sizes.map((size) => packet.subarray(position, position += size));
}

function skipPadding(packet: Uint8Array): { start: number; end: number } | undefined {
  let padding = 0;
  for (let position = 2; position < packet.length; position++) {
    const value = packet[position]!;
    // 255 stands for 254 bytes and says that another length byte follows.
    padding += value === 255 ? 254 : value;
    if (value !== 255) return { start: position + 1, end: packet.length - padding };
  }
  return undefined;
}

function readLength(
  packet: Uint8Array,
  position: number,
): { length: number; next: number } | undefined {
  const first = packet[position];
  if (first === undefined) return undefined;
  if (first < 252) return { length: first, next: position + 1 };
  const second = packet[position + 1];
  if (second === undefined) return undefined;
  return { length: second * 4 + first, next: position + 2 };
}

/** RFC 6716 section 3.2.1. */
function lengthBytes(length: number): number[] {
  if (length < 252) return [length];
  const first = 252 + (length & 3);
  return [first, (length - first) / 4];
}

/** The identification header of an Opus stream (RFC 7845 section 5.1); only the fields used here. */
export interface OpusHead {
  readonly channelCount: number;
  /** Samples at 48 kHz that a decoder drops at the start. */
  readonly preSkip: number;
  /** 0: mono or stereo; 1: Vorbis order, up to 8 channels; 255: no meaning. */
  readonly mappingFamily: number;
  /** Opus streams within one packet; 1 unless it is surround sound. */
  readonly streamCount: number;
}

const OPUS_HEAD_MAGIC = new TextEncoder().encode("OpusHead");
const OPUS_HEAD_BYTES = 19;

/** @returns undefined when the bytes are not an OpusHead of a known version (0-15). */
export function parseOpusHead(bytes: Uint8Array): OpusHead | undefined {
  if (bytes.length < OPUS_HEAD_BYTES) return undefined;
  if (OPUS_HEAD_MAGIC.some((value, index) => bytes[index] !== value)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(8);
  const channelCount = view.getUint8(9);
  const mappingFamily = view.getUint8(18);
  if (version > 15 || channelCount === 0) return undefined;
  if (mappingFamily === 0 && channelCount > 2) return undefined;
  if (mappingFamily !== 0 && bytes.length < 21 + channelCount) return undefined;
  return {
    channelCount,
    preSkip: view.getUint16(10, true),
    mappingFamily,
    streamCount: mappingFamily === 0 ? 1 : view.getUint8(19),
  };
}

/** Writes a mono or stereo OpusHead (mapping family 0). */
export function serializeOpusHead(channelCount: number, preSkip: number): Uint8Array {
  const bytes = new Uint8Array(OPUS_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(OPUS_HEAD_MAGIC);
  view.setUint8(8, 1);
  view.setUint8(9, channelCount);
  view.setUint16(10, preSkip, true);
  view.setUint32(12, OPUS_SAMPLE_RATE, true);
  return bytes;
}
