import assert from "node:assert/strict";
import fc from "fast-check";
import {
  FirstBytes,
  nameForeign,
  nameSendable,
} from "../../../../../../server/origin/sound/io/formats/foreign_bytes.ts";
import { concat } from "../../../../../../shared/core/bytes.ts";
import { LARGEST_MP3, mp3Frames, SMALLEST_MP3 } from "../../../../../shared/media/frames.ts";

/** Beginnings of files and the name of their format, in the order of the kinds. */
const BEGINNINGS: readonly (readonly [start: string | Uint8Array, name: string])[] = [
  ["fLaC\0\0\0\x22", "FLAC"],
  ["FORM\0\0\x10\0AIFF", "AIFF"],
  ["RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x02\0", "WAV"],
  ["RIFF\xff\xff\xff\xffWAVELIST\x04\0\0\0abcdfmt \x10\0\0\0\x01\0", "WAV"],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9", "WMA (Windows Media)"],
  ["\x1aE\xdf\xa3\x9f\x42\x82\x84webm", "WebM"],
  ["\x1aE\xdf\xa3\xa3\x42\x82\x88matroska", "Matroska"],
  ["\0\0\0\x20ftypM4A \0\0\x02\0", "MP4 (AAC)"],
  ["\0\0\0\x14ftypqt  \0\0\x02\0", "QuickTime"],
  ["\0\0\0\x14ftypheic\0\0\0\0", "a picture (HEIF)"],
  [adts(3), "AAC"],
  [concat(new Uint8Array(300).fill(7), adts(3)), "AAC"],
  [concat(id3Tag(700), adts(3)), "AAC"],
  [concat(id3Tag(7000), latin("fLaC")), "FLAC"],
  [latm(3), "AAC (LATM)"],
  [mp2(3), "MP2 (MPEG audio layer I or II)"],
  [transportStream(4), "MPEG-TS"],
  [transportStream(6).subarray(100), "MPEG-TS"],
  ["\0\0\x01\xba\x44", "MPEG program stream"],
  ["\x0b\x77\x12\x34", "Dolby Digital (AC-3)"],
  ["\x1f\x8b\x08\0", "packed by gzip"],
  ["PK\x03\x04\x14\0", "a zip archive"],
  ["%PDF-1.7\n", "a PDF"],
  ["\x89PNG\r\n\x1a\n\0", "a picture (PNG)"],
  ["\xff\xd8\xff\xe0\0\x10JFIF", "a picture (JPEG)"],
  ["GIF89a\x10\0", "a picture (GIF)"],
  ["RIFF\x10\0\0\0WEBPVP8 ", "a picture (WebP)"],
  ["\x7fELF\x02\x01", "a program"],
  ["<!doctype html><title>Listen</title>", "a web page"],
  ["\r\n  <HTML lang=en>", "a web page"],
  ["<!-- by us --><html>", "a web page"],
  ["<div>Listen!</div>", "a web page"],
  ['<?xml version="1.0"?><rss version="2.0">', "a news feed (RSS)"],
  ['<?xml version="1.0"?>\n<playlist xmlns="http://xspf.org/ns/0/">', "a playlist"],
  ["<ASX version=3>", "a playlist"],
  ["#EXTM3U\n#EXTINF:-1,Radio\n", "a playlist"],
  ["[playlist]\nFile1=http://radio/\n", "a playlist"],
  ["http://radio.example/live\n", "a playlist"],
  ["Commentary of the match, as it was said.", "text"],
  ['{"error":"no such stream"}', "text"],
  ["\xff\xfeT\0e\0x\0t\0.\0", "text"],
  ["OggS\0\0\0\0", "Ogg without Opus"],
];

for (const [start, name] of BEGINNINGS) {
  const bytes = typeof start === "string" ? latin(start) : start;
  Deno.test(`foreign: ${name}, in one read or byte by byte`, () => {
    for (const size of [bytes.length, 1]) {
      const first = new FirstBytes();
      for (let at = 0; at < bytes.length; at += size) first.push(bytes.subarray(at, at + size));
      assert.equal(first.foreign?.name, name);
    }
  });
}

Deno.test("foreign: a beginning that may be followed by MP3 is not rejected for certain", () => {
  const mayHold = [
    "RIFF\xff\xff\xff\xffWAVEfmt \x1e\0\0\0\x55\0\x02\0",
    "RIFF\xff\xff\xff\xffAVI LIST",
    "\0\0\0\x20ftypM4A \0\0\x02\0",
    "ICY 200 OK\r\nicy-name: Test FM\r\n",
    "A line of text.",
  ];
  for (const start of mayHold) assert.notEqual(nameForeign(latin(start))?.isSure, true, start);
});

Deno.test("foreign: two headers in a row are chance, three are a stream", () => {
  for (const stream of [adts, latm, mp2]) assert.equal(nameForeign(stream(2)), undefined);
  assert.equal(nameForeign(transportStream(3)), undefined);
});

Deno.test("foreign: MP3 is never taken for anything else, wherever it is joined", () => {
  const shapes = [undefined, LARGEST_MP3, SMALLEST_MP3];
  fc.assert(fc.property(fc.constantFrom(...shapes), fc.nat(1500), (shape, joinedAt) => {
    const sound = concat(...mp3Frames(120, shape).map(({ bytes }) => bytes)).subarray(joinedAt);
    assert.notEqual(nameForeign(sound)?.isSure, true);
    assert.equal(nameSendable(sound), "MP3");
  }));
});

Deno.test("foreign: no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
    nameForeign(bytes);
    nameSendable(bytes);
    new FirstBytes().push(bytes);
  }));
});

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Frames of AAC as ISO 13818-7 section 6.2 has them: 44.1 kHz, stereo, 200 bytes each. */
function adts(count: number): Uint8Array {
  const frame = new Uint8Array(200).fill(0x21);
  frame.set([0xff, 0xf1, 0x50, 0x80, 200 >> 3, (200 & 7) << 5 | 0x1f, 0xfc]);
  return concat(...new Array<Uint8Array>(count).fill(frame));
}

/** ISO 14496-3 section 1.7.2: 11 bits of sync, 13 of length. */
function latm(count: number): Uint8Array {
  const frame = new Uint8Array(203).fill(0x21);
  frame.set([0x56, 0xe0, 200]);
  return concat(...new Array<Uint8Array>(count).fill(frame));
}

/** MPEG-1 layer II, 192 kbit/s, 48 kHz: 576 bytes. */
function mp2(count: number): Uint8Array {
  const frame = new Uint8Array(576).fill(0x21);
  frame.set([0xff, 0xfd, 0xa4, 0x04]);
  return concat(...new Array<Uint8Array>(count).fill(frame));
}

function transportStream(count: number): Uint8Array {
  const packet = new Uint8Array(188).fill(0xaa);
  packet.set([0x47, 0x40, 0, 0x10]);
  return concat(...new Array<Uint8Array>(count).fill(packet));
}

function id3Tag(bytes: number): Uint8Array {
  const tag = new Uint8Array(10 + bytes).fill(0xff, 10);
  tag.set([...latin("ID3"), 4, 0, 0, 0, 0, bytes >> 7, bytes & 0x7f]);
  return tag;
}
