import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../../../../shared/core/bytes.ts";
import { Mp3Splitter } from "../../../../../../server/origin/sound/io/formats/mp3_splitter.ts";
import type { EncodedFrame } from "../../../../../../shared/media/channel.ts";
import {
  arbitraryMp3Shape,
  COMMON_MP3,
  LARGEST_MP3,
  mp3Frame,
  mp3Frames,
  SMALLEST_MP3,
} from "../../../../../shared/media/frames.ts";

const TEN = mp3Frames(10);
const SOUND = bytesOf(TEN);
/** Looks like the start of a frame but is none, as often in pictures of tags. */
const DECOY = mp3Frame().bytes.subarray(0, 40);

const ID3V1 = tag(128, "TAG");
const ID3V2 = id3v2(1000);
/** An ID3v2 tag whose picture holds whole frames. */
const ID3V2_WITH_FRAMES = Uint8Array.of(...id3v2(4170, 0x80).subarray(0, 10), ...SOUND);
const APE = apeTag(200);

/** Bytes around ten frames. Exactly the ten frames must be returned. */
const SURROUNDINGS: Record<string, readonly Uint8Array[]> = {
  "nothing around": [SOUND],
  "ID3v2 before and ID3v1 behind": [ID3V2, SOUND, ID3V1],
  "an ID3v2 with a footer": [id3v2(500, 0x10), new Uint8Array(10), SOUND],
  "two ID3v2 in a row": [ID3V2, ID3V2, SOUND],
  "an ID3v2 full of frames before": [ID3V2_WITH_FRAMES, SOUND],
  "an ID3v2 full of frames appended": [SOUND, ID3V2_WITH_FRAMES],
  "an ID3v2 between": [bytesOf(TEN.slice(0, 4)), ID3V2_WITH_FRAMES, bytesOf(TEN.slice(4))],
  "an APE tag, then ID3v1": [SOUND, APE, ID3V1],
  "an extended ID3v1": [SOUND, tag(227, "TAG+"), ID3V1],
  "zeros before (LAME's padding)": [new Uint8Array(3000), SOUND],
  "junk between frames": [
    bytesOf(TEN.slice(0, 3)),
    new Uint8Array(77).fill(0x5a),
    bytesOf(TEN.slice(3)),
  ],
  "decoys between frames": [bytesOf(TEN.slice(0, 6)), DECOY, DECOY, bytesOf(TEN.slice(6))],
  "the end of a frame before (a radio joined late)": [mp3Frame().bytes.subarray(200), SOUND],
  "a Xing frame": [infoFrame("Xing", 36), SOUND],
  "an Info frame of LAME's": [ID3V2, infoFrame("Info", 36), SOUND],
  "a VBRI frame": [infoFrame("VBRI", 36), SOUND],
  "an Info frame with a checksum": [withChecksum(infoFrame("Info", 36)), SOUND],
  "a second file with its Info frame": [
    bytesOf(TEN.slice(0, 5)),
    ID3V1,
    ID3V2,
    infoFrame("Info", 36),
    bytesOf(TEN.slice(5)),
  ],
};

for (const [name, parts] of Object.entries(SURROUNDINGS)) {
  Deno.test(`mp3: the frames and nothing else, ${name}`, () => {
    const bytes = concat(...parts);
    for (const chunkBytes of [1, 7, 417, 65_536]) {
      assert.deepEqual(split(bytes, chunkBytes), TEN, `in chunks of ${chunkBytes}`);
    }
  });
}

Deno.test("mp3: an incomplete last frame is dropped, and isTruncated is set", () => {
  const splitter = new Mp3Splitter();
  const frames = [...splitter.push(SOUND.subarray(0, SOUND.length - 1)), ...splitter.end()];
  assert.deepEqual(frames, TEN.slice(0, 9));
  assert(splitter.isTruncated);
});

Deno.test("mp3: a frame cut by the next file is dropped, the frames around it stay", () => {
  const broken = SOUND.subarray(0, SOUND.length - 100);
  assert.deepEqual(split(concat(broken, SOUND), 1000), [...TEN.slice(0, 9), ...TEN]);
  assert.deepEqual(split(concat(broken, ID3V2, SOUND), 1000), [...TEN.slice(0, 9), ...TEN]);
});

Deno.test("mp3: another sample rate may follow (files joined end to end)", () => {
  const slower = mp3Frames(5, { ...COMMON_MP3, versionBits: 2, isMono: true });
  assert.deepEqual(split(concat(SOUND, bytesOf(slower)), 500), [...TEN, ...slower]);
});

Deno.test("mp3: a single frame is sound", () => {
  assert.deepEqual(split(mp3Frame().bytes, 100), [mp3Frame()]);
  assert.deepEqual(split(concat(ID3V2, mp3Frame().bytes, ID3V1), 100), [mp3Frame()]);
});

Deno.test("mp3: a frame that says Xing in its sound is sound", () => {
  const frame = mp3Frame();
  frame.bytes.set(new TextEncoder().encode("Xing"), 36);
  assert.deepEqual(split(concat(SOUND, frame.bytes, SOUND), 999), [...TEN, frame, ...TEN]);
});

Deno.test("mp3: a frame is returned as soon as the next one is seen", () => {
  const splitter = new Mp3Splitter();
  const soFar = TEN.map(({ bytes }) => splitter.push(bytes).length);
  assert.deepEqual(soFar, [0, 0, 2, 1, 1, 1, 1, 1, 1, 1]);
});

Deno.test("mp3: free format is recognized", () => {
  const splitter = new Mp3Splitter();
  const frame = new Uint8Array(600);
  frame.set([0xff, 0xfb, 0x00, 0x64]);
  assert.deepEqual(
    [...splitter.push(concat(ID3V2, frame, frame, frame)), ...splitter.end()],
    [],
  );
  assert(splitter.isFreeFormat);
});

Deno.test("mp3: Layer II is not taken for MP3", () => {
  const frame = new Uint8Array(576);
  frame.set([0xff, 0xfd, 0xa4, 0x00]);
  assert.deepEqual(split(concat(frame, frame, frame, frame), 1000), []);
});

Deno.test("mp3: a tag of 200 MB is skipped by its length", () => {
  const splitter = new Mp3Splitter();
  splitter.push(id3v2(200_000_000).subarray(0, 10));
  const chunk = new Uint8Array(1_000_000);
  for (let index = 0; index < 200; index++) splitter.push(chunk);
  assert.deepEqual([...splitter.push(SOUND), ...splitter.end()], TEN);
  assert.equal(splitter.junkBytes, 0);
});

Deno.test("mp3: any stream of one kind, in any chunks, comes out as it went in", () => {
  const stream = fc.tuple(
    arbitraryMp3Shape,
    fc.array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.nat(250)), {
      minLength: 3,
      maxLength: 12,
    }),
  ).map(([shape, frames]) =>
    frames.map(([bitrateIndex, fill]) => mp3Frame({ ...shape, bitrateIndex }, fill))
  );
  fc.assert(fc.property(stream, fc.integer({ min: 1, max: 3000 }), (frames, chunkBytes) => {
    assert.deepEqual(split(bytesOf(frames), chunkBytes), frames);
  }));
});

Deno.test("mp3: random bytes never throw, and what comes out is a frame", () => {
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 500 }),
    fc.constantFrom(
      SOUND,
      DECOY,
      ID3V1,
      APE,
      mp3Frame(LARGEST_MP3).bytes,
      mp3Frame(SMALLEST_MP3).bytes,
    ),
  );
  fc.assert(fc.property(fc.array(pieces), (parts) => {
    for (const { bytes, sampleCount } of split(concat(...parts), 333)) {
      assert(bytes.length >= 24 && sampleCount >= 576);
    }
  }));
});

function split(bytes: Uint8Array, chunkBytes: number): EncodedFrame[] {
  const splitter = new Mp3Splitter();
  const frames: EncodedFrame[] = [];
  for (let position = 0; position < bytes.length; position += chunkBytes) {
    frames.push(...splitter.push(bytes.slice(position, position + chunkBytes)));
  }
  return [...frames, ...splitter.end()];
}

function bytesOf(frames: readonly EncodedFrame[]): Uint8Array {
  return concat(...frames.map((frame) => frame.bytes));
}

function tag(length: number, magic: string): Uint8Array {
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set(new TextEncoder().encode(magic));
  return bytes;
}

/** Flags: 0x80 unsynchronized, 0x10 with a footer (which this leaves to the caller). */
function id3v2(contentBytes: number, flags = 0): Uint8Array {
  const bytes = new Uint8Array(10 + Math.min(contentBytes, 5000));
  const size = [21, 14, 7, 0].map((shift) => contentBytes >> shift & 0x7f);
  bytes.set([0x49, 0x44, 0x33, 4, 0, flags, ...size]);
  for (let position = 10; position + DECOY.length < bytes.length; position += 200) {
    bytes.set(DECOY, position);
  }
  return bytes;
}

/** APEv2 with header and footer. */
function apeTag(itemBytes: number): Uint8Array {
  const bytes = new Uint8Array(32 + itemBytes + 32).fill(0x20);
  for (const [position, flags] of [[0, 0xa000_0000], [32 + itemBytes, 0x8000_0000]] as const) {
    bytes.set(new TextEncoder().encode("APETAGEX"), position);
    const view = new DataView(bytes.buffer, position);
    view.setUint32(8, 2000, true);
    view.setUint32(12, itemBytes + 32, true);
    view.setUint32(20, flags, true);
  }
  bytes.set(DECOY, 50);
  return bytes;
}

function infoFrame(name: string, position: number): Uint8Array {
  const { bytes } = mp3Frame(COMMON_MP3, 0);
  bytes.set(new TextEncoder().encode(name), position);
  return bytes;
}

function withChecksum(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  bytes[1] = bytes[1]! & ~1;
  bytes.set([0xab, 0xcd], 4);
  return bytes;
}
