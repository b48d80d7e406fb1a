import * as v from "valibot";
import { viewOf } from "../core/bytes.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { Millis } from "../core/units.ts";
import {
  type DataMessage,
  MAX_MESSAGE_BYTES,
  parseDataMessage,
  serializeDataMessage,
} from "../data/data_message.ts";
import { type DataSetup, parseDataSetup } from "../data/data_setup.ts";
import {
  type DataScalar,
  findValuesProblem,
  MAX_TEXT_LENGTH,
  MAX_VALUES,
} from "../data/data_values.ts";
import { cutParts } from "./page_parts.ts";
import { HISTORY_BINS, MEASURES } from "./value_history.ts";

/**
 * Live data for the page. What comes first is the set-up and the history of the values, then the newest picture,
 * then each message. Each of these travels in parts, binary WebSocket messages, as frames of the screen do
 * (page_frame.ts). Numbers are big-endian, but for those of the history:
 *
 *     first part:  kind (1) = 4 | content (1) | 0 (2) | length of the whole (4) | number (8, float64)
 *                  | age in milliseconds (8, float64) | bytes
 *     other parts: kind (1) = 5 | bytes
 *
 * Contents: 1 a message, as on the wire and without its signature (data_message.ts); 2 an earlier message, of
 * which only the picture is news; 3 the set-up, JSON; 4 the history of some values: length of its head (4), JSON
 * head, then for each name its bins, little-endian float64. A first part ends what came before it, whole or not.
 */
export type PageData =
  | {
    readonly kind: "message" | "picture";
    /** Counts the messages that the viewer had for its pages: a larger step means that this page missed some. */
    readonly number: number;
    /** How long the viewer has had it. */
    readonly age: Millis;
    readonly message: DataMessage;
  }
  | { readonly kind: "setup"; readonly setup: DataSetup }
  | { readonly kind: "history"; readonly history: HistoryPart };

/** The history of some values. */
export interface HistoryPart {
  /** Whether it replaces all values and numbers from before. */
  readonly isFirst: boolean;
  /** Counts how often the viewer forgot all data: with another epoch, what the page has is of another broadcast. */
  readonly epoch: number;
  /** The number of the newest bin. */
  readonly newest: number;
  /** The usual time between two messages; absent while unknown. */
  readonly interval?: Millis;
  readonly values: readonly HistoryOf[];
}

export interface HistoryOf {
  readonly name: string;
  /** The last number, text or boolean of this name; absent for arrays. */
  readonly last?: DataScalar;
  /** Oldest first; empty for what was never a number. */
  readonly bins: Float64Array<ArrayBuffer>;
}

const FIRST_KIND = 4;
const NEXT_KIND = 5;
const HEADER_BYTES = 24;
const LENGTH_BYTES = 4;
const CONTENTS = { message: 1, picture: 2, setup: 3, history: 4 } as const;
type Content = keyof typeof CONTENTS;
/** The longest of all contents. */
const MAX_CONTENT_BYTES = MAX_MESSAGE_BYTES;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** @returns the binary messages, in order. */
export function serializePageData(data: PageData): Uint8Array<ArrayBuffer>[] {
  const bytes = bytesOf(data);
  const header = new Uint8Array(HEADER_BYTES);
  const view = viewOf(header);
  view.setUint8(0, FIRST_KIND);
  view.setUint8(1, CONTENTS[data.kind]);
  view.setUint32(4, bytes.length);
  if ("message" in data) {
    view.setFloat64(8, data.number);
    view.setFloat64(16, data.age);
  }
  return cutParts(header, NEXT_KIND, bytes);
}

/** A copy of the first part of a message that says another age, and whether only its picture is news. */
export function againAs(
  kind: "message" | "picture",
  first: Uint8Array,
  age: Millis,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(first);
  viewOf(copy).setUint8(1, CONTENTS[kind]);
  viewOf(copy).setFloat64(16, age);
  return copy;
}

function bytesOf(data: PageData): Uint8Array {
  if ("message" in data) return serializeDataMessage(data.message);
  if (data.kind === "setup") return encoder.encode(JSON.stringify(data.setup));
  const { values, ...others } = data.history;
  const names = values.map(({ name, last, bins }) => ({
    name,
    last,
    bins: bins.length / MEASURES,
  }));
  const head = encoder.encode(JSON.stringify({ ...others, values: names }));
  const length = values.reduce((sum, { bins }) => sum + bins.byteLength, 0);
  const bytes = new Uint8Array(LENGTH_BYTES + head.length + length);
  const view = viewOf(bytes);
  view.setUint32(0, head.length);
  bytes.set(head, LENGTH_BYTES);
  let at = LENGTH_BYTES + head.length;
  for (const { bins } of values) {
    for (const number of bins) {
      view.setFloat64(at, number, true);
      at += Float64Array.BYTES_PER_ELEMENT;
    }
  }
  return bytes;
}

/** Whether a binary message is a part of live data. */
export function isPageDataPart(message: Uint8Array): boolean {
  return message[0] === FIRST_KIND || message[0] === NEXT_KIND;
}

interface Begun {
  readonly content: Content;
  readonly number: number;
  readonly age: Millis;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Puts the parts together; holds one content at most. */
export class PageDataCollector {
  #begun: Begun | undefined;
  #filled = 0;

  /** @returns what this part completes, undefined while parts are missing. */
  push(part: Uint8Array): Parsed<PageData | undefined> {
    const isFirst = part[0] === FIRST_KIND;
    if (isFirst) this.#begun = parseFirst(part);
    if (isFirst) this.#filled = 0;
    const bytes = part.subarray(isFirst ? HEADER_BYTES : 1);
    const begun = this.#begun;
    if (!begun || !isPageDataPart(part) || this.#filled + bytes.length > begun.bytes.length) {
      this.#begun = undefined;
      return junk("malformedPageMessage");
    }
    begun.bytes.set(bytes, this.#filled);
    this.#filled += bytes.length;
    if (this.#filled < begun.bytes.length) return parsed(undefined);
    this.#begun = undefined;
    return parseContent(begun);
  }
}

function parseFirst(part: Uint8Array): Begun | undefined {
  if (part.length < HEADER_BYTES) return undefined;
  const view = viewOf(part);
  const code = view.getUint8(1);
  const content = (Object.keys(CONTENTS) as Content[]).find((name) => CONTENTS[name] === code);
  const length = view.getUint32(4);
  const [number, age] = [view.getFloat64(8), view.getFloat64(16)];
  if (!content || length === 0 || length > MAX_CONTENT_BYTES) return undefined;
  if (!Number.isSafeInteger(number) || number < 0 || !(age >= 0 && age < Infinity)) {
    return undefined;
  }
  return { content, number, age, bytes: new Uint8Array(length) };
}

function parseContent({ content, number, age, bytes }: Begun): Parsed<PageData> {
  if (content === "setup") {
    const setup = parseDataSetup(readJson(bytes));
    return setup.ok ? parsed({ kind: "setup", setup: setup.value }) : setup;
  }
  if (content === "history") {
    const history = parseHistory(bytes);
    return history ? parsed({ kind: "history", history }) : junk("malformedPageMessage");
  }
  const message = parseDataMessage(bytes);
  return message.ok ? parsed({ kind: content, number, age, message: message.value }) : message;
}

const finite = v.pipe(v.number(), v.finite());
const HistoryHeadSchema = v.object({
  isFirst: v.boolean(),
  epoch: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  newest: v.pipe(v.number(), v.safeInteger()),
  interval: v.optional(v.pipe(finite, v.minValue(0))),
  values: v.pipe(
    v.array(v.object({
      name: v.string(),
      last: v.optional(
        v.union([finite, v.boolean(), v.pipe(v.string(), v.maxLength(MAX_TEXT_LENGTH))]),
      ),
      bins: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(HISTORY_BINS)),
    })),
    v.maxLength(MAX_VALUES),
    v.check((values) =>
      findValuesProblem(Object.fromEntries(values.map(({ name }) => [name, 0]))) === undefined &&
      values.every(({ name }) => name !== "__proto__")
    ),
  ),
});

function parseHistory(bytes: Uint8Array): HistoryPart | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const view = viewOf(bytes);
  const end = LENGTH_BYTES + view.getUint32(0);
  if (end > bytes.length) return undefined;
  const result = v.safeParse(HistoryHeadSchema, readJson(bytes.subarray(LENGTH_BYTES, end)));
  if (!result.success) return undefined;
  const { values, ...others } = result.output;
  const total = values.reduce((sum, { bins }) => sum + bins, 0);
  const size = Float64Array.BYTES_PER_ELEMENT;
  if (bytes.length !== end + total * MEASURES * size) return undefined;
  let at = end;
  const read = () => {
    const number = view.getFloat64(at, true);
    at += size;
    return Number.isFinite(number) ? number : NaN;
  };
  return {
    ...others,
    values: values.map(({ name, last, bins }) => ({
      name,
      ...(last === undefined ? {} : { last }),
      bins: Float64Array.from({ length: bins * MEASURES }, read),
    })),
  };
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}
