import { MAX_IMAGE_BYTES, MAX_IMAGE_SIDE } from "../../../shared/data/image_facts.ts";
import { RAW_FORMATS, type RawFormat } from "../../../shared/data/raw_image.ts";
import type { DataValues } from "../../../shared/data/data_values.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { findJsonProblem } from "../../../shared/text/json_size.ts";
import { readTime } from "../timeline/event_times.ts";

/** A picture of a message, as its source gave it. */
export type GivenImage =
  | { readonly kind: "path"; readonly path: string; readonly mimeType?: string }
  | { readonly kind: "url"; readonly url: string; readonly mimeType?: string }
  | { readonly kind: "compressed"; readonly bytes: Uint8Array; readonly mimeType?: string }
  | RawImage;

export interface RawImage {
  readonly kind: "raw";
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly format: RawFormat;
}

/** A message of a source before its values and its picture's bytes were checked. */
export interface MessageDraft {
  /** Milliseconds since the Unix epoch. */
  readonly time?: Millis;
  readonly values: DataValues;
  readonly image?: GivenImage;
}

export type DraftResult =
  | { readonly ok: true; readonly draft: MessageDraft }
  /** `problem` is the end of a sentence about the message. */
  | { readonly ok: false; readonly problem: string };

/** The latest time that a Date can hold, in milliseconds. */
export const MAX_TIME: Millis = 8.64e15;
const MAX_ADDRESS_LENGTH = 4096;

/**
 * Reads one message of a source: `{"time"?, "values", "image"?}`. Other fields mean nothing. Never throws.
 */
export function readMessageDraft(text: string): DraftResult {
  const problem = findJsonProblem(text);
  if (problem !== undefined) return refuse(problem);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse(whyNoJson(text));
  }
  if (!isObject(json)) return refuse('is no JSON object: write {"values": {"name": 1}}');
  const { time, values, image } = json;
  if (values === undefined) return refuse('has no "values": write {"values": {"name": 1}}');
  const millis = time === undefined ? undefined : readMessageTime(time);
  if (time !== undefined && millis === undefined) {
    return refuse('has a wrong "time": give milliseconds since 1970 or an ISO 8601 time');
  }
  const given = image === undefined ? undefined : readGivenImage(image);
  if (typeof given === "string") return refuse(given);
  return {
    ok: true,
    draft: {
      ...(millis !== undefined && { time: millis }),
      // MessageCheck looks at them.
      values: values as DataValues,
      ...(given && { image: given }),
    },
  };
}

function whyNoJson(text: string): string {
  const word = /(?<=[:[,]\s*)-?(NaN|Infinity)\b/.exec(text)?.[0];
  return word === undefined
    ? "is not JSON"
    : `is not JSON, which has no ${word}: leave the value out, or give a number`;
}

function readMessageTime(time: unknown): Millis | undefined {
  const millis = typeof time === "number"
    ? readTime(time).millis
    : typeof time === "string"
    ? Date.parse(time)
    : NaN;
  return millis >= 0 && millis <= MAX_TIME ? millis : undefined;
}

/** @returns the problem as a text. */
function readGivenImage(image: unknown): GivenImage | string {
  if (!isObject(image)) return 'has an "image" that is no object';
  const { mimeType } = image;
  if (mimeType !== undefined && typeof mimeType !== "string") {
    return 'has a picture whose "mimeType" is no text, such as "image/png"';
  }
  const ways = ["path", "url", "base64"].filter((way) => image[way] !== undefined);
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    return 'needs exactly one of "path", "base64" and "url" in its "image"';
  }
  const text = image[way];
  if (typeof text !== "string" || text === "") return `has a picture whose "${way}" is no text`;
  if (way === "base64") return readEncodedImage(text, image, mimeType);
  if (text.length > MAX_ADDRESS_LENGTH) return `has a picture whose "${way}" is too long`;
  const typed = mimeType === undefined ? {} : { mimeType };
  return way === "path"
    ? { kind: way, path: text, ...typed }
    : { kind: "url", url: text, ...typed };
}

function readEncodedImage(
  text: string,
  { width, height, format }: Readonly<Record<string, unknown>>,
  mimeType: string | undefined,
): GivenImage | string {
  if (text.length > MAX_IMAGE_BYTES * 1.5) return TOO_LARGE;
  const bytes = decodeBase64(text);
  if (!bytes) return 'has a picture whose "base64" is not base64';
  if (format === undefined) {
    return { kind: "compressed", bytes, ...(mimeType !== undefined && { mimeType }) };
  }
  if (!RAW_FORMATS.includes(format as RawFormat)) {
    return `has a picture whose "format" is none of ${RAW_FORMATS.join(", ")}`;
  }
  if (!isSide(width) || !isSide(height)) {
    return `has a raw picture whose "width" or "height" is no number from 1 to ${MAX_IMAGE_SIDE}`;
  }
  return { kind: "raw", bytes, width, height, format: format as RawFormat };
}

/** Also what is said of a picture in a file or at an address. */
export const TOO_LARGE = `has a picture of more than ${MAX_IMAGE_BYTES >> 20} MB`;

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}

function isSide(pixels: unknown): pixels is number {
  return Number.isSafeInteger(pixels) && (pixels as number) >= 1 &&
    (pixels as number) <= MAX_IMAGE_SIDE;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(problem: string): DraftResult {
  return { ok: false, problem };
}
