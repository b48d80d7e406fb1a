import { viewOf } from "../core/bytes.ts";

/** The largest picture, in bytes. */
export const MAX_IMAGE_BYTES = 4 << 20;
/** The most pixels of a side. */
export const MAX_IMAGE_SIDE = 16_384;

/** The types of compressed pictures that browsers show and this file can check. */
export const IMAGE_TYPES = [
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "image/bmp",
] as const;
export type ImageType = typeof IMAGE_TYPES[number];

/** What the bytes of a picture say of themselves. */
export interface ImageFacts {
  readonly mimeType: ImageType;
  readonly width: number;
  readonly height: number;
  /** Whether the bytes go on to the end of the picture. */
  readonly isWhole: boolean;
}

/**
 * Reads type and size from the bytes of a compressed picture; nothing is decoded.
 *
 * @returns undefined for anything but a picture of {@linkcode IMAGE_TYPES} with a possible size. Never throws.
 */
export function readImageFacts(bytes: Uint8Array): ImageFacts | undefined {
  for (const read of [readPng, readJpeg, readGif, readWebp, readBmp]) {
    const facts = read(bytes, viewOf(bytes));
    if (facts) return isImageSide(facts.width) && isImageSide(facts.height) ? facts : undefined;
  }
}

/** Whether a side of a picture may have so many pixels. */
export function isImageSide(pixels: number): boolean {
  return Number.isSafeInteger(pixels) && pixels >= 1 && pixels <= MAX_IMAGE_SIDE;
}

type Read = (bytes: Uint8Array, view: DataView) => ImageFacts | undefined;

function begins(bytes: Uint8Array, start: readonly number[], at = 0): boolean {
  return bytes.length >= at + start.length &&
    start.every((byte, index) => bytes[at + index] === byte);
}

const codes = (text: string) => [...text].map((character) => character.charCodeAt(0));

const PNG = [0x89, ...codes("PNG\r\n"), 0x1a, 0x0a];
const IHDR = codes("IHDR");
const IEND = codes("IEND");
/** Length, type and check of a chunk. */
const CHUNK_OVERHEAD = 12;

/** PNG (third edition): the header chunk is always the first one. */
const readPng: Read = (bytes, view) => {
  if (!begins(bytes, PNG) || bytes.length < 33 || !begins(bytes, IHDR, 12)) return undefined;
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return { mimeType: "image/png", width, height, isWhole: hasPngEnd(bytes, view) };
};

function hasPngEnd(bytes: Uint8Array, view: DataView): boolean {
  for (let at = PNG.length; at + CHUNK_OVERHEAD <= bytes.length;) {
    const isEnd = begins(bytes, IEND, at + 4);
    at += view.getUint32(at) + CHUNK_OVERHEAD;
    if (isEnd) return at <= bytes.length;
  }
  return false;
}

const START_OF_IMAGE = [0xff, 0xd8];
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** JPEG (ITU-T T.81, annex B): segments up to the start of frame, which has the size. */
const readJpeg: Read = (bytes, view) => {
  if (!begins(bytes, [...START_OF_IMAGE, 0xff])) return undefined;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // A segment may have fill bytes before its marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) return undefined;
    if (isStartOfFrame(marker)) return readStartOfFrame(bytes, view, at);
    at += hasNoLength(marker) ? 2 : 2 + view.getUint16(at + 2);
  }
};

/** SOF0 to SOF15, without the Huffman tables, the extension and the arithmetic coding in that range. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Restarts and TEM. */
function hasNoLength(marker: number): boolean {
  return (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01;
}

function readStartOfFrame(bytes: Uint8Array, view: DataView, at: number): ImageFacts | undefined {
  if (at + 9 > bytes.length) return undefined;
  const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
  return { mimeType: "image/jpeg", width, height, isWhole: hasJpegEnd(bytes, at) };
}

/** Cameras add bytes after the end, so it is searched from the back. */
function hasJpegEnd(bytes: Uint8Array, from: number): boolean {
  for (
    let at = bytes.lastIndexOf(END_OF_IMAGE);
    at > from;
    at = bytes.lastIndexOf(END_OF_IMAGE, at - 1)
  ) {
    if (bytes[at - 1] === 0xff) return true;
  }
  return false;
}

const GIF_TRAILER = 0x3b;

/** GIF89a and its predecessor: the size of the logical screen. */
const readGif: Read = (bytes, view) => {
  if (!begins(bytes, codes("GIF87a")) && !begins(bytes, codes("GIF89a"))) return undefined;
  if (bytes.length < 13) return undefined;
  const [width, height] = [view.getUint16(6, true), view.getUint16(8, true)];
  return { mimeType: "image/gif", width, height, isWhole: bytes.at(-1) === GIF_TRAILER };
};

/** WebP (RFC 9649): lossy (`VP8 `), lossless (`VP8L`) or extended (`VP8X`). */
const readWebp: Read = (bytes, view) => {
  if (!begins(bytes, codes("RIFF")) || !begins(bytes, codes("WEBP"), 8)) return undefined;
  if (bytes.length < 30) return undefined;
  const size = webpSize(bytes, view);
  const isWhole = bytes.length >= view.getUint32(4, true) + 8;
  return size && { mimeType: "image/webp", ...size, isWhole };
};

function webpSize(bytes: Uint8Array, view: DataView) {
  const first = String.fromCharCode(...bytes.subarray(12, 16));
  if (first === "VP8X") return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  if (first === "VP8L" && bytes[20] === 0x2f) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (first !== "VP8 " || !begins(bytes, [0x9d, 0x01, 0x2a], 23)) return undefined;
  return {
    width: view.getUint16(26, true) & 0x3fff,
    height: view.getUint16(28, true) & 0x3fff,
  };
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 0x1_0000;
}

/** BMP with any header since Windows 3; a negative height means that the first row is the top one. */
const readBmp: Read = (bytes, view) => {
  if (!begins(bytes, codes("BM")) || bytes.length < 54 || view.getUint32(14, true) < 40) {
    return undefined;
  }
  const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
  return {
    mimeType: "image/bmp",
    width,
    height,
    isWhole: bytes.length >= view.getUint32(2, true) && bytes.length > view.getUint32(10, true),
  };
};
