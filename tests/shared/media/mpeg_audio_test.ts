import assert from "node:assert/strict";
import fc from "fast-check";
import {
  areOfOneStream,
  isFreeFormatMp3,
  parseMpegAudioHeader,
} from "../../../shared/media/mpeg_audio.ts";
import { COMMON_MP3, LARGEST_MP3, mp3Frame, SMALLEST_MP3 } from "./frames.ts";

const CASES = [
  {
    name: "MPEG-1 Layer III, 128 kbit/s, 44.1 kHz, joint stereo",
    bytes: [0xff, 0xfb, 0x90, 0x64],
    // 144 * 128000 / 44100 = 417.96
    expected: [1, 3, 128_000, 44_100, 2, 1152, 417],
  },
  {
    name: "the same, padded and with a checksum",
    bytes: [0xff, 0xfa, 0x92, 0x64],
    expected: [1, 3, 128_000, 44_100, 2, 1152, 418],
  },
  {
    name: "MPEG-1 Layer III, 320 kbit/s, 32 kHz: the largest",
    bytes: [0xff, 0xfb, 0xe8, 0x00],
    expected: [1, 3, 320_000, 32_000, 2, 1152, 1440],
  },
  {
    name: "MPEG-2 Layer III, 64 kbit/s, 22.05 kHz, mono",
    bytes: [0xff, 0xf3, 0x80, 0xc0],
    // 72 * 64000 / 22050 = 208.98
    expected: [2, 3, 64_000, 22_050, 1, 576, 208],
  },
  {
    name: "MPEG-2.5 Layer III, 8 kbit/s, 8 kHz, mono",
    bytes: [0xff, 0xe3, 0x18, 0xc0],
    expected: [2.5, 3, 8000, 8000, 1, 576, 72],
  },
  {
    name: "MPEG-1 Layer II, 192 kbit/s, 48 kHz",
    bytes: [0xff, 0xfd, 0xa4, 0x00],
    expected: [1, 2, 192_000, 48_000, 2, 1152, 576],
  },
  {
    name: "MPEG-1 Layer I, 384 kbit/s, 44.1 kHz, padded: slots of four bytes",
    bytes: [0xff, 0xff, 0xc2, 0x00],
    // floor(12 * 384000 / 44100) + 1 = 105 slots
    expected: [1, 1, 384_000, 44_100, 2, 384, 420],
  },
] as const;

for (const { name, bytes, expected } of CASES) {
  Deno.test(`mpeg header: ${name}`, () => {
    const [version, layer, bitrate, sampleRate, channelCount, sampleCount, frameBytes] = expected;
    const header = { version, layer, bitrate, sampleRate, channelCount, sampleCount, frameBytes };
    assert.deepEqual(parseMpegAudioHeader(Uint8Array.from(bytes)), header);
    assert.deepEqual(parseMpegAudioHeader(Uint8Array.of(1, 2, 3, ...bytes, 4), 3), header);
  });
}

const NO_HEADERS = {
  "no sync word": [0xff, 0xdb, 0x90, 0x64],
  "a reserved version": [0xff, 0xeb, 0x90, 0x64],
  "a reserved layer": [0xff, 0xf9, 0x90, 0x64],
  "a forbidden bitrate": [0xff, 0xfb, 0xf0, 0x64],
  "a reserved sample rate": [0xff, 0xfb, 0x9c, 0x64],
  "free format": [0xff, 0xfb, 0x00, 0x64],
  "three bytes": [0xff, 0xfb, 0x90],
};

for (const [name, bytes] of Object.entries(NO_HEADERS)) {
  Deno.test(`mpeg header: none in ${name}`, () => {
    assert.equal(parseMpegAudioHeader(Uint8Array.from(bytes)), undefined);
    assert.equal(isFreeFormatMp3(Uint8Array.from(bytes)), name === "free format");
  });
}

Deno.test("mpeg header: the smallest and the largest frame are what the formulas say", () => {
  assert.equal(mp3Frame(SMALLEST_MP3).bytes.length, 24);
  assert.equal(mp3Frame(LARGEST_MP3).bytes.length, 1440);
});

Deno.test("mpeg header: bitrate and padding may change within a stream, the rest may not", () => {
  const header = (shape: Partial<typeof COMMON_MP3>) =>
    parseMpegAudioHeader(mp3Frame({ ...COMMON_MP3, ...shape }).bytes)!;
  const first = header({});
  assert(areOfOneStream(first, header({ bitrateIndex: 14, isPadded: true })));
  assert(!areOfOneStream(first, header({ versionBits: 2 })));
  assert(!areOfOneStream(first, header({ sampleRateIndex: 1 })));
  assert(!areOfOneStream(first, header({ isMono: true })));
});

Deno.test("mpeg header: any bytes give a frame that has room for its header, or nothing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 8 }), fc.nat(9), (bytes, offset) => {
    const header = parseMpegAudioHeader(bytes, offset);
    assert(header === undefined || (header.frameBytes >= 24 && header.frameBytes <= 1729));
  }));
});
