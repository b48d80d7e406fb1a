/** The header of an MPEG audio frame, which has four bytes (ISO 11172-3 section 2.4.1.3). */
export interface MpegAudioHeader {
  readonly version: 1 | 2 | 2.5;
  readonly layer: 1 | 2 | 3;
  /** Bits per second. */
  readonly bitrate: number;
  /** Samples per second. */
  readonly sampleRate: number;
  readonly channelCount: 1 | 2;
  /** Samples per channel that the frame decodes to. */
  readonly sampleCount: number;
  /** The whole frame's length, these four bytes included. */
  readonly frameBytes: number;
}

export const MPEG_HEADER_BYTES = 4;

/** Bits 20 and 19 of the header; 01 is reserved. */
const VERSIONS = [2.5, undefined, 2, 1] as const;
/** Bits 18 and 17; 00 is reserved. */
const LAYERS = [undefined, 3, 2, 1] as const;
/** Hertz of MPEG-1; MPEG-2 has half of it, MPEG-2.5 a quarter. */
const SAMPLE_RATES = [44_100, 48_000, 32_000] as const;
const MONO = 3;

/** kbit/s by index; 0 means "free format", whose frame length is not known from the header. */
const MPEG1_BITRATES = {
  1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
} as const;
const LOW_RATE_BITRATES = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const;
const MPEG2_BITRATES = {
  1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  2: LOW_RATE_BITRATES,
  3: LOW_RATE_BITRATES,
} as const;

/**
 * Reads the header that starts at `offset`.
 *
 * @returns undefined when there is none: no sync word, a reserved value, fewer than four bytes, or a
 * free-format bitrate, from which the frame's length can't be calculated.
 */
export function parseMpegAudioHeader(bytes: Uint8Array, offset = 0): MpegAudioHeader | undefined {
  const fields = readFields(bytes, offset);
  if (fields === undefined || fields.bitrate === 0) return undefined;
  const { version, layer, bitrate, sampleRate, isPadded, isMono } = fields;
  const sampleCount = samplesPerFrame(version, layer);
  const slotBytes = layer === 1 ? 4 : 1;
  const slots = Math.floor(sampleCount / 8 / slotBytes * bitrate / sampleRate) + (isPadded ? 1 : 0);
  return {
    version,
    layer,
    bitrate,
    sampleRate,
    channelCount: isMono ? 1 : 2,
    sampleCount,
    frameBytes: slots * slotBytes,
  };
}

/** Whether a Layer III header with the bitrate "free" (index 0) starts at `offset`. */
export function isFreeFormatMp3(bytes: Uint8Array, offset = 0): boolean {
  const fields = readFields(bytes, offset);
  return fields?.layer === 3 && fields.bitrate === 0;
}

/** Whether two headers can belong to one stream: only bitrate, padding and stereo mode may change. */
export function areOfOneStream(one: MpegAudioHeader, other: MpegAudioHeader): boolean {
  return one.version === other.version && one.layer === other.layer &&
    one.sampleRate === other.sampleRate && one.channelCount === other.channelCount;
}

function readFields(bytes: Uint8Array, offset: number) {
  if (offset + MPEG_HEADER_BYTES > bytes.length) return undefined;
  const second = bytes[offset + 1]!;
  if (bytes[offset] !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const third = bytes[offset + 2]!;
  const version = VERSIONS[(second >> 3) & 3];
  const layer = LAYERS[(second >> 1) & 3];
  const mpeg1SampleRate = SAMPLE_RATES[(third >> 2) & 3];
  if (version === undefined || layer === undefined || mpeg1SampleRate === undefined) {
    return undefined;
  }
  const kilobits = (version === 1 ? MPEG1_BITRATES : MPEG2_BITRATES)[layer][third >> 4];
  if (kilobits === undefined) return undefined;
  return {
    version,
    layer,
    bitrate: kilobits * 1000,
    sampleRate: mpeg1SampleRate / (version === 1 ? 1 : version === 2 ? 2 : 4),
    isPadded: (third & 2) !== 0,
    isMono: (bytes[offset + 3]! >> 6) === MONO,
  };
}

function samplesPerFrame(version: 1 | 2 | 2.5, layer: 1 | 2 | 3): number {
  if (layer === 1) return 384;
  return layer === 3 && version !== 1 ? 576 : 1152;
}
