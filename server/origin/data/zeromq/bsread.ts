import { createHash } from "node:crypto";
import * as v from "valibot";
import { areEqual, viewOf } from "../../../../shared/core/bytes.ts";
import type { DataValue } from "../../../../shared/data/data_values.ts";
import { MAX_ELEMENTS, quote } from "../../../../shared/data/data_values.ts";
import { MAX_IMAGE_BYTES } from "../../../../shared/data/image_facts.ts";
import type { RawFormat } from "../../../../shared/data/raw_image.ts";
import { findJsonProblem } from "../../../../shared/text/json_size.ts";
import type { LoadedDraft } from "../message_check.ts";
import type { RawImage } from "../message_draft.ts";
import { unpackBitshuffleLz4, unpackLz4 } from "./compression.ts";

export type BsreadResult =
  | { readonly ok: true; readonly draft: LoadedDraft; readonly notice?: string }
  /** `problem` is the end of a sentence about the message. */
  | { readonly ok: false; readonly problem: string };

/** The types of channels, with their bytes for each element; texts have no fixed length. */
const TYPE_BYTES = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
  string: 1,
} as const;
type ChannelType = keyof typeof TYPE_BYTES;

/** Names of types in older sources. */
const TYPE_ALIASES: Readonly<Record<string, ChannelType>> = {
  double: "float64",
  float: "float32",
  integer: "int32",
  long: "int32",
  ulong: "uint32",
  short: "int16",
  ushort: "uint16",
};

/** The types of two-dimensional channels that are shown as a picture. */
const PICTURE_FORMATS: Partial<Record<ChannelType, RawFormat>> = {
  uint8: "gray8",
  uint16: "gray16le",
  float32: "float32le",
};

const MAX_CHANNELS = 4096;
const MAX_HEADER_BYTES = 1 << 20;
/** All values together; in JSON each takes two bytes at least, of the 1 MB of a message. */
const MAX_ALL_ELEMENTS = 1 << 19;
/** A text may become so long at most when it is unpacked. */
const MAX_TEXT_BYTES = 1 << 16;

const dimension = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const compression = v.optional(v.nullable(v.string()));
const MainHeaderSchema = v.object({
  htype: v.pipe(v.string(), v.startsWith("bsr_m-1.")),
  hash: v.string(),
  global_timestamp: v.optional(v.object({
    sec: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    // The name in older versions.
    epoch: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    ns: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
  })),
  dh_compression: compression,
});
const ChannelSchema = v.object({
  name: v.string(),
  type: v.optional(v.nullable(v.string())),
  shape: v.optional(v.nullable(v.pipe(v.array(dimension), v.maxLength(8)))),
  encoding: v.optional(v.nullable(v.string())),
  compression,
});
const DataHeaderSchema = v.object({
  htype: v.pipe(v.string(), v.startsWith("bsr_d-1.")),
  channels: v.pipe(v.array(ChannelSchema), v.maxLength(MAX_CHANNELS)),
});

type MainHeader = v.InferOutput<typeof MainHeaderSchema>;

/** A channel as it is read: with defaults, as bsread has them. */
interface Channel {
  readonly name: string;
  /** Undefined for a type that is not known. */
  readonly type: ChannelType | undefined;
  /** Absent for one value; [width, height] for a picture. */
  readonly shape?: readonly number[];
  readonly isLittleEndian: boolean;
  readonly compression: string;
}

/** What is known of a data header, which is the same in most messages. */
interface KnownHeader {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly channels: readonly Channel[];
}

/**
 * Reads messages of PSI's bsread (`bsr_m-1.1`): a main header, a data header whose MD5 the main header has, and for
 * each channel its data and its timestamp, in little- or big-endian bytes. Channels become values; the first one
 * with two dimensions becomes the picture. Never throws.
 */
export class BsreadReader {
  #known: KnownHeader | undefined;
  /** Channels that can't be read and were told. */
  #told = new Set<string>();

  read([main, dataHeader, ...parts]: readonly Uint8Array[]): BsreadResult {
    const header = main && readJson(MainHeaderSchema, main);
    if (!header || !dataHeader) return refuse("is no bsread message (bsr_m-1.1)");
    const problem = this.#readDataHeader(header, dataHeader);
    if (problem !== undefined) return refuse(problem);
    const { channels } = this.#known!;
    // The last timestamp may be missing.
    if (Math.ceil(parts.length / 2) !== channels.length) {
      return refuse(
        `has data of ${parts.length / 2} channels; its data header names ${channels.length}`,
      );
    }
    return this.#readChannels(timeOf(header), channels, parts);
  }

  #readDataHeader({ hash, dh_compression }: MainHeader, bytes: Uint8Array): string | undefined {
    if (this.#known && areEqual(bytes, this.#known.bytes)) {
      return hash === this.#known.hash ? undefined : WRONG_HASH;
    }
    if (createHash("md5").update(bytes).digest("hex") !== hash) return WRONG_HASH;
    const unpacked = unpack(bytes, dh_compression ?? "none", MAX_HEADER_BYTES);
    const header = unpacked && readJson(DataHeaderSchema, unpacked);
    if (!header) return "has a data header that can't be read (bsr_d-1.1)";
    this.#known = { hash, bytes: bytes.slice(), channels: header.channels.map(completeChannel) };
    this.#told = new Set();
  }

  #readChannels(
    time: number | undefined,
    channels: readonly Channel[],
    parts: readonly Uint8Array[],
  ): BsreadResult {
    const values: [string, DataValue][] = [];
    const notices: string[] = [];
    let image: RawImage | undefined;
    let elements = 0;
    for (const [index, channel] of channels.entries()) {
      const data = parts[2 * index]!;
      // This channel has no value now.
      if (data.length === 0) continue;
      const result = readChannel(channel, data, image !== undefined);
      if (result.kind === "wrong") return refuse(`${quote(channel.name)} ${result.problem}`);
      if (result.kind === "value") {
        elements += typeof result.value === "object" ? result.value.length : 1;
        if (elements > MAX_ALL_ELEMENTS) return refuse(TOO_MANY_ELEMENTS);
        values.push([channel.name, result.value]);
      }
      if (result.kind === "image") image = result.image;
      if (result.kind === "left-out" && !this.#told.has(channel.name)) {
        this.#told.add(channel.name);
        notices.push(`${quote(channel.name)} ${result.why}`);
      }
    }
    return {
      ok: true,
      draft: {
        ...(time !== undefined && { time }),
        values: Object.fromEntries(values),
        ...(image && { image }),
      },
      ...(notices.length > 0 && { notice: `left out of the data: ${list(notices)}` }),
    };
  }
}

/** The most channels that a line names. */
const MAX_LISTED = 5;

function list(notices: readonly string[]): string {
  const others = notices.length - MAX_LISTED;
  const shown = notices.slice(0, MAX_LISTED).join(", ");
  return others > 0 ? `${shown}, and ${others} more channels` : shown;
}

const TOO_MANY_ELEMENTS = `has more than ${MAX_ALL_ELEMENTS} elements in all`;
const WRONG_HASH = "has a data header that does not match the hash of its main header";

type ChannelResult =
  | { readonly kind: "value"; readonly value: DataValue }
  | { readonly kind: "image"; readonly image: RawImage }
  /** Can't be shown, now or ever; the other channels can. */
  | { readonly kind: "left-out"; readonly why: string }
  /** The message contradicts itself. */
  | { readonly kind: "wrong"; readonly problem: string };

function readChannel(channel: Channel, data: Uint8Array, hasImage: boolean): ChannelResult {
  const { type, shape = [], compression } = channel;
  if (!KNOWN_COMPRESSIONS.includes(compression)) {
    return leftOut(`is compressed as ${quote(compression)}`);
  }
  if (type === undefined) return leftOut("has an unknown type");
  if (shape.length > 2) return leftOut(`has ${shape.length} dimensions`);
  const format = PICTURE_FORMATS[type];
  if (shape.length === 2 && !format) return leftOut(`is a picture of ${type}`);
  if (shape.length === 2 && hasImage) return leftOut("is a second picture");
  const count = shape.reduce((product, length) => product * length, 1);
  if (shape.length < 2 && count > MAX_ELEMENTS) {
    return { kind: "wrong", problem: `has ${count} elements; ${MAX_ELEMENTS} are the most` };
  }
  if (shape.length === 2 && count * TYPE_BYTES[type] > MAX_IMAGE_BYTES) {
    return { kind: "wrong", problem: `is a picture of more than ${MAX_IMAGE_BYTES >> 20} MB` };
  }
  // What is longer than it must be is not unpacked: little can become very much.
  const maxBytes = type === "string" ? MAX_TEXT_BYTES : count * TYPE_BYTES[type];
  const bytes = unpack(data, compression, maxBytes, TYPE_BYTES[type]);
  if (!bytes) return { kind: "wrong", problem: `can't be unpacked (${compression})` };
  if (type === "string") return readText(bytes);
  if (bytes.length !== count * TYPE_BYTES[type]) {
    return {
      kind: "wrong",
      problem: `has ${bytes.length} bytes; its shape and type are ${count * TYPE_BYTES[type]}`,
    };
  }
  if (format && shape.length === 2) return readPicture(channel, bytes, format);
  return readNumbers({ ...channel, type }, bytes);
}

function readText(bytes: Uint8Array): ChannelResult {
  try {
    return { kind: "value", value: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { kind: "wrong", problem: "is a text that is not UTF-8" };
  }
}

function readPicture(
  { shape, isLittleEndian }: Channel,
  given: Uint8Array,
  format: RawFormat,
): ChannelResult {
  const [width, height] = shape as [number, number];
  const bytes = isLittleEndian ? given : reverseEach(given, given.length / (width * height));
  return { kind: "image", image: { kind: "raw", bytes, width, height, format } };
}

function readNumbers(
  { type, shape, isLittleEndian }: Channel & { readonly type: ChannelType },
  bytes: Uint8Array,
): ChannelResult {
  const view = viewOf(bytes);
  const size = TYPE_BYTES[type];
  const read = (index: number) => readNumber(view, index * size, type, isLittleEndian);
  if (!shape) return asValue(read(0));
  return asValue(Array.from({ length: bytes.length / size }, (_, index) => read(index)));
}

/** JSON has no NaN and no infinity. */
function asValue(value: number | boolean | readonly (number | boolean)[]): ChannelResult {
  const numbers = typeof value === "object" ? value : [value];
  const odd = numbers.find((number) => typeof number === "number" && !Number.isFinite(number));
  return odd === undefined ? { kind: "value", value } : leftOut(`is ${odd}`);
}

function readNumber(
  view: DataView,
  at: number,
  type: ChannelType,
  isLittle: boolean,
): number | boolean {
  switch (type) {
    case "bool":
      return view.getUint8(at) !== 0;
    case "int8":
      return view.getInt8(at);
    case "int16":
      return view.getInt16(at, isLittle);
    case "uint16":
      return view.getUint16(at, isLittle);
    case "int32":
      return view.getInt32(at, isLittle);
    case "uint32":
      return view.getUint32(at, isLittle);
    // Beyond 2^53 the last digits are lost, as in any JSON.
    case "int64":
      return Number(view.getBigInt64(at, isLittle));
    case "uint64":
      return Number(view.getBigUint64(at, isLittle));
    case "float32":
      return view.getFloat32(at, isLittle);
    case "float64":
      return view.getFloat64(at, isLittle);
    default:
      return view.getUint8(at);
  }
}

/** @returns a copy with the bytes of each element turned around. */
function reverseEach(bytes: Uint8Array, elementBytes: number): Uint8Array {
  const reversed = bytes.slice();
  for (let at = 0; at < bytes.length; at += elementBytes) {
    reversed.subarray(at, at + elementBytes).reverse();
  }
  return reversed;
}

function completeChannel(
  { name, type, shape, encoding, compression }: v.InferOutput<typeof ChannelSchema>,
): Channel {
  const isOne = !shape || shape.length === 0 || (shape.length === 1 && shape[0] === 1);
  return {
    name,
    type: channelTypeOf(type?.toLowerCase() ?? "float64"),
    ...(!isOne && { shape }),
    isLittleEndian: encoding !== "big",
    compression: compression ?? "none",
  };
}

function channelTypeOf(name: string): ChannelType | undefined {
  return Object.hasOwn(TYPE_BYTES, name)
    ? name as ChannelType
    : Object.hasOwn(TYPE_ALIASES, name)
    ? TYPE_ALIASES[name]
    : undefined;
}

const KNOWN_COMPRESSIONS = ["none", "lz4", "bitshuffle_lz4"];

/** @returns undefined when it can't be unpacked. */
function unpack(
  bytes: Uint8Array,
  compression: string,
  maxBytes: number,
  elementBytes = 1,
): Uint8Array | undefined {
  switch (compression) {
    case "none":
      return bytes;
    case "lz4":
      return unpackLz4(bytes, maxBytes);
    case "bitshuffle_lz4":
      return unpackBitshuffleLz4(bytes, elementBytes, maxBytes);
  }
}

function readJson<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
): v.InferOutput<Schema> | undefined {
  if (bytes.length > MAX_HEADER_BYTES) return undefined;
  try {
    const text = new TextDecoder().decode(bytes);
    if (findJsonProblem(text) !== undefined) return undefined;
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** In milliseconds, to the microsecond. */
function timeOf({ global_timestamp }: MainHeader): number | undefined {
  const seconds = global_timestamp?.sec ?? global_timestamp?.epoch;
  if (seconds === undefined) return undefined;
  return seconds * 1000 + Math.round(global_timestamp!.ns / 1000) / 1000;
}

function leftOut(why: string): ChannelResult {
  return { kind: "left-out", why };
}

function refuse(problem: string): BsreadResult {
  return { ok: false, problem };
}
