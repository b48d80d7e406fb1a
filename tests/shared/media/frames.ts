import fc from "fast-check";
import type { EncodedFrame } from "../../../shared/media/channel.ts";
import { parseMpegAudioHeader } from "../../../shared/media/mpeg_audio.ts";

export interface Mp3Shape {
  /** Two bits: 3 is MPEG-1, 2 MPEG-2, 0 MPEG-2.5. */
  readonly versionBits: 0 | 2 | 3;
  /** 1 to 14. */
  readonly bitrateIndex: number;
  /** 0 to 2. */
  readonly sampleRateIndex: number;
  readonly isPadded: boolean;
  readonly isMono: boolean;
}

/** 417 bytes: MPEG-1, 128 kbit/s, 44.1 kHz, stereo. */
export const COMMON_MP3: Mp3Shape = {
  versionBits: 3,
  bitrateIndex: 9,
  sampleRateIndex: 0,
  isPadded: false,
  isMono: false,
};

/** 1440 bytes, the largest there is: MPEG-1, 320 kbit/s, 32 kHz. */
export const LARGEST_MP3: Mp3Shape = { ...COMMON_MP3, bitrateIndex: 14, sampleRateIndex: 2 };

/** 24 bytes, the smallest there is: MPEG-2, 8 kbit/s, 24 kHz. */
export const SMALLEST_MP3: Mp3Shape = {
  ...COMMON_MP3,
  versionBits: 2,
  bitrateIndex: 1,
  sampleRateIndex: 1,
};

/** A frame whose sound is `fill` in every byte: it can be told from every other, and has no sync word. */
export function mp3Frame(shape: Mp3Shape = COMMON_MP3, fill = 0x11): EncodedFrame {
  const { versionBits, bitrateIndex, sampleRateIndex, isPadded, isMono } = shape;
  const start = Uint8Array.of(
    0xff,
    0xe0 | versionBits << 3 | 1 << 1 | 1,
    bitrateIndex << 4 | sampleRateIndex << 2 | (isPadded ? 2 : 0),
    (isMono ? 3 : 1) << 6,
  );
  const header = parseMpegAudioHeader(start)!;
  const bytes = new Uint8Array(header.frameBytes).fill(fill, 4);
  bytes.set(start);
  return { bytes, sampleCount: header.sampleCount, sampleRate: header.sampleRate };
}

export function mp3Frames(count: number, shape: Mp3Shape = COMMON_MP3): EncodedFrame[] {
  return Array.from({ length: count }, (_, index) => mp3Frame(shape, 1 + index % 250));
}

/** One 20 ms packet: SILK, code 0. */
export function opusFrame(byteLength: number, fill = 0x22): EncodedFrame {
  const bytes = new Uint8Array(byteLength).fill(fill, 1);
  bytes[0] = 1 << 3;
  return { bytes, sampleCount: 960, sampleRate: 48_000 };
}

export const arbitraryMp3Shape: fc.Arbitrary<Mp3Shape> = fc.record({
  versionBits: fc.constantFrom(0, 2, 3),
  bitrateIndex: fc.integer({ min: 1, max: 14 }),
  sampleRateIndex: fc.integer({ min: 0, max: 2 }),
  isPadded: fc.boolean(),
  isMono: fc.boolean(),
});

/** Any header with any sound behind it, sync words included. */
export const arbitraryMp3Frame: fc.Arbitrary<EncodedFrame> = arbitraryMp3Shape.chain((shape) => {
  const frame = mp3Frame(shape);
  const length = frame.bytes.length - 4;
  return fc.uint8Array({ minLength: length, maxLength: length }).map((sound) => {
    const bytes = frame.bytes.slice();
    bytes.set(sound, 4);
    return { ...frame, bytes };
  });
});

/** Code 0 packets of every configuration; from 2.5 to 60 ms. */
export const arbitraryOpusFrame: fc.Arbitrary<EncodedFrame> = fc.tuple(
  fc.integer({ min: 0, max: 63 }),
  fc.uint8Array({ minLength: 0, maxLength: 1139 }),
).map(([upperBits, sound]) => {
  const bytes = Uint8Array.of(upperBits << 2, ...sound);
  return { bytes, sampleCount: opusSamples(upperBits >> 1), sampleRate: 48_000 };
});

/** RFC 6716 table 2, written out. */
export function opusSamples(configuration: number): number {
  // deno-fmt-ignore
  const table = [
    480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 480, 960,
    120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960,
  ];
  return table[configuration]!;
}
