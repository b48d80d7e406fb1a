/*
 * Live data: what a message is, and how it travels.
 *
 * A message has named values and perhaps a picture. On the wire it is
 *
 *     signature (64; absent in a broadcast in clear) | length of the head (4) | head, JSON | image's bytes
 *
 * and it is sent in fragments (fragments.ts), which a listener puts together again.
 *
 * In, at the host: a head and the picture's bytes. Out, at a listener: the same, checked.
 * data_values.ts says which values there may be, data_setup.ts what people are told of them, image_facts.ts
 * reads type and size from a picture's bytes, raw_image.ts knows pictures without a format of their own, and
 * signed_data.ts has the signature. Read next: fragments.ts.
 */
import * as v from "valibot";
import { concat, viewOf } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { Millis } from "../core/units.ts";
import { SIGNATURE_BYTES } from "../secrecy/ciphers.ts";
import { type DataValues, findValuesProblem } from "./data_values.ts";
import { MAX_IMAGE_BYTES, MAX_IMAGE_SIDE } from "./image_facts.ts";
import {
  inflateExactly,
  RAW_FORMATS,
  RAW_MIME_TYPE,
  type RawFormat,
  rawLength,
} from "./raw_image.ts";

/** What a message says of its picture; `bytes` and `sha256` are those of the source's bytes. */
export interface ImageHead {
  readonly mimeType: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  /** Raw pictures only. */
  readonly format?: RawFormat;
  /** Raw pictures only: whether the bytes of the message are deflated (RFC 1951). */
  readonly deflated?: true;
}

export interface DataHead {
  /** Its number in the broadcast: 1, 2, 3, … */
  readonly count: number;
  /** Milliseconds since the Unix epoch, by the source or else the host. */
  readonly time: Millis;
  readonly values: DataValues;
  readonly image?: ImageHead;
  /**
   * The SSRC of its stream, which the signature covers: so a message of an earlier run of the same broadcast, whose
   * counts repeat, can't be passed off as one of this run. Always there in a signed message.
   */
  readonly ssrc?: number;
}

export interface DataMessage {
  readonly head: DataHead;
  /** The picture as it travels: deflated where the head says so. Present if the head has an image. */
  readonly image?: Uint8Array;
}

/** The longest head. */
export const MAX_HEAD_BYTES = 1 << 20;
const LENGTH_BYTES = 4;
/** The longest message, signature included. */
export const MAX_MESSAGE_BYTES = SIGNATURE_BYTES + LENGTH_BYTES + MAX_HEAD_BYTES + MAX_IMAGE_BYTES;

const side = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_IMAGE_SIDE));

const ImageHeadSchema = v.object({
  mimeType: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_IMAGE_BYTES)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  width: side,
  height: side,
  format: v.optional(v.picklist(RAW_FORMATS)),
  deflated: v.optional(v.literal(true)),
});

const HeadSchema = v.object({
  count: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  time: v.pipe(v.number(), v.finite()),
  values: v.custom<DataValues>((values) => findValuesProblem(values) === undefined),
  image: v.optional(ImageHeadSchema),
  ssrc: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff))),
});

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Writes a message without its signature, as {@linkcode parseDataMessage} reads it.
 *
 * @throws RangeError when no listener could read it: the caller checks before what a source gives.
 */
export function serializeDataMessage({ head, image }: DataMessage): Uint8Array {
  const json = encoder.encode(JSON.stringify(head));
  if (json.length > MAX_HEAD_BYTES) {
    throw new RangeError(`A head of ${json.length} bytes is longer than ${MAX_HEAD_BYTES}`);
  }
  const length = new Uint8Array(LENGTH_BYTES);
  viewOf(length).setUint32(0, json.length);
  const bytes = concat(length, json, image ?? new Uint8Array());
  if (!parseDataMessage(bytes).ok) {
    throw new RangeError(`Message ${head.count} can't be read by any listener`);
  }
  return bytes;
}

/** Reads what {@linkcode serializeDataMessage} wrote; the image shares the memory of `bytes`. */
export function parseDataMessage(bytes: Uint8Array): Parsed<DataMessage> {
  if (bytes.length < LENGTH_BYTES || bytes.length > MAX_MESSAGE_BYTES) return junk("malformedData");
  const length = viewOf(bytes).getUint32(0);
  const end = LENGTH_BYTES + length;
  if (length > MAX_HEAD_BYTES || end > bytes.length) return junk("malformedData");
  const head = parseHead(bytes.subarray(LENGTH_BYTES, end));
  const image = bytes.subarray(end);
  if (!head || !fits(head.image, image)) return junk("malformedData");
  return parsed({ head, ...(head.image && { image }) });
}

/**
 * The picture of the message as the source gave it: inflated where it is deflated.
 *
 * @returns undefined when it has none; junk when it is not as long as its head says.
 */
export function openImage({ head, image }: DataMessage): Parsed<Uint8Array | undefined> {
  if (!head.image || !image) return parsed(undefined);
  if (!head.image.deflated) return parsed(image);
  const inflated = inflateExactly(image, head.image.bytes);
  return inflated ? parsed(inflated) : junk("malformedData");
}

function parseHead(bytes: Uint8Array): DataHead | undefined {
  try {
    const result = v.safeParse(HeadSchema, JSON.parse(decoder.decode(bytes)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** Whether head and bytes can belong together. */
function fits(head: ImageHead | undefined, image: Uint8Array): boolean {
  if (!head) return image.length === 0;
  const isRaw = head.mimeType === RAW_MIME_TYPE;
  if (isRaw !== (head.format !== undefined) || (head.deflated && !isRaw)) return false;
  if (head.format && rawLength(head.format, head) !== head.bytes) return false;
  // Deflating that does not make a picture shorter is not used.
  return head.deflated ? image.length < head.bytes : image.length === head.bytes;
}
