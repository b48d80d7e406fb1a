import type { RawFormat } from "../../../shared/data/raw_image.ts";
import { type ColorMap, colorsOf, SHADES } from "./color_maps.ts";

/** The number that gets the first colour, and the one that gets the last. */
export type Levels = readonly [low: number, high: number];

export interface RawPicture {
  readonly format: RawFormat;
  readonly width: number;
  readonly height: number;
  /** As many as format and size say. */
  readonly bytes: Uint8Array;
}

type Pixels = Uint8Array | Uint16Array | Float32Array;

/** Of the pixels, so many are darker than the lowest level, and as many brighter than the highest. */
const TAIL = 0.001;
/** Of a picture with floating numbers, so many pixels are looked at. */
const MAX_SORTED = 50_000;

/** Whether levels and colours apply to pictures of this format. */
export function isMappable(format: RawFormat | undefined): boolean {
  return format !== undefined && format !== "rgb24";
}

/** Levels that show nearly all of the picture's range; few pixels that are much brighter don't matter. */
export function automaticLevels(picture: RawPicture): Levels {
  const pixels = pixelsOf(picture);
  const [low, high] = pixels instanceof Float32Array ? rangeOfSome(pixels) : rangeOfAll(pixels);
  return low < high ? [low, high] : [low, low + 1];
}

/** @returns red, green, blue and alpha of each pixel, row by row. */
export function paintRaw(
  picture: RawPicture,
  map: ColorMap,
  levels: Levels,
): Uint8ClampedArray<ArrayBuffer> {
  const { format, width, height, bytes } = picture;
  const painted = new Uint8ClampedArray(width * height * 4);
  if (format === "rgb24") {
    for (let from = 0, to = 0; to < painted.length; from += 3, to += 4) {
      painted[to] = bytes[from]!;
      painted[to + 1] = bytes[from + 1]!;
      painted[to + 2] = bytes[from + 2]!;
      painted[to + 3] = 255;
    }
    return painted;
  }
  const colors = new Uint32Array(colorsOf(map).buffer);
  const out = new Uint32Array(painted.buffer);
  const pixels = pixelsOf(picture);
  const shadeOf = shader(levels);
  if (pixels instanceof Float32Array) {
    for (let at = 0; at < out.length; at++) out[at] = colors[shadeOf(pixels[at]!)]!;
    return painted;
  }
  const table = new Uint32Array(256 ** pixels.BYTES_PER_ELEMENT)
    .map((_, number) => colors[shadeOf(number)]!);
  for (let at = 0; at < out.length; at++) out[at] = table[pixels[at]!]!;
  return painted;
}

/** What is no number gets the lowest shade. */
function shader([low, high]: Levels): (number: number) => number {
  const range = high - low;
  return (number) => {
    const shade = Math.round((number - low) * (SHADES - 1) / range);
    return shade > 0 ? Math.min(shade, SHADES - 1) : 0;
  };
}

/** Browsers run on machines that are little-endian, as the wire is. */
function pixelsOf({ format, width, height, bytes }: RawPicture): Pixels {
  if (format === "gray8" || format === "rgb24") return bytes;
  const aligned = bytes.slice();
  return format === "gray16le"
    ? new Uint16Array(aligned.buffer, 0, width * height)
    : new Float32Array(aligned.buffer, 0, width * height);
}

function rangeOfAll(pixels: Uint8Array | Uint16Array): Levels {
  const counts = new Uint32Array(256 ** pixels.BYTES_PER_ELEMENT);
  for (let at = 0; at < pixels.length; at++) counts[pixels[at]!]!++;
  const tail = Math.floor(pixels.length * TAIL);
  let [low, below] = [0, counts[0]!];
  while (below <= tail) below += counts[++low]!;
  let [high, above] = [counts.length - 1, counts.at(-1)!];
  while (above <= tail) above += counts[--high]!;
  return [low, high];
}

function rangeOfSome(pixels: Float32Array): Levels {
  const step = Math.ceil(pixels.length / MAX_SORTED);
  const some = new Float32Array(Math.ceil(pixels.length / step))
    .map((_, at) => pixels[at * step]!)
    .filter((number) => Number.isFinite(number))
    .sort();
  const tail = Math.floor(some.length * TAIL);
  return [some.at(tail) ?? 0, some.at(-1 - tail) ?? 1];
}
