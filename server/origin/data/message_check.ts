import type { Millis } from "../../../shared/core/units.ts";
import { MAX_HEAD_BYTES } from "../../../shared/data/data_message.ts";
import type { DataSetup, ValueSetup } from "../../../shared/data/data_setup.ts";
import {
  type DataValue,
  type DataValues,
  findValuesProblem,
  MAX_VALUES,
  quote,
} from "../../../shared/data/data_values.ts";
import {
  isImageSide,
  MAX_IMAGE_BYTES,
  MAX_IMAGE_SIDE,
  readImageFacts,
} from "../../../shared/data/image_facts.ts";
import { RAW_MIME_TYPE, type RawFormat, rawLength } from "../../../shared/data/raw_image.ts";
import {
  type GivenImage,
  MAX_TIME,
  type MessageDraft,
  type RawImage,
  TOO_LARGE,
} from "./message_draft.ts";

/** A picture whose type and size agree with its bytes. */
export interface CheckedImage {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly width: number;
  readonly height: number;
  /** Raw pictures only. */
  readonly format?: RawFormat;
}

/** A message that may be sent. */
export interface CheckedMessage {
  readonly time?: Millis;
  readonly values: DataValues;
  /** Length of the values as JSON, in bytes. */
  readonly valueBytes: number;
  readonly image?: CheckedImage;
}

export type CheckResult =
  | { readonly ok: true; readonly message: CheckedMessage; readonly notice?: string }
  /** `problem` is the end of a sentence about the message. */
  | { readonly ok: false; readonly problem: string };

/** A picture whose bytes are there. */
export type LoadedImage = Exclude<GivenImage, { readonly kind: "path" | "url" }>;
/** A message whose picture, if it has one, was read. */
export type LoadedDraft = Omit<MessageDraft, "image"> & { readonly image?: LoadedImage };

/** What a value is; it keeps it. */
type ValueType = "a number" | "a text" | "true or false" | "an array";

/** From so many messages names and digits are inferred; a value that appears later is reported. */
const INFERRED_FROM = 10;
/** The most digits after the decimal point that are inferred. */
const MAX_INFERRED_PRECISION = 6;
/** What a head has besides its values. */
const OTHER_HEAD_BYTES = 1024;

/**
 * Checks the messages of one source against the set-up, against what the values were before, and their pictures
 * against the pictures' own bytes. Without a set-up it is inferred: names, and digits after the decimal point.
 */
export class MessageCheck {
  readonly #isGiven: boolean;
  readonly #setups: Map<string, ValueSetup>;
  readonly #types = new Map<string, ValueType>();
  #count = 0;
  #hasSetupChanged: boolean;

  /** @param setup of `--data-setup`. */
  constructor(setup?: DataSetup) {
    this.#isGiven = setup !== undefined;
    this.#setups = new Map(Object.entries(setup?.values ?? {}));
    this.#hasSetupChanged = this.#isGiven;
  }

  /** What people are told of the values seen so far, and of those of `--data-setup`. */
  get setup(): DataSetup {
    return { values: Object.fromEntries(this.#setups) };
  }

  /** @returns the set-up if it has changed since the last call. */
  takeSetup(): DataSetup | undefined {
    if (!this.#hasSetupChanged) return undefined;
    this.#hasSetupChanged = false;
    return this.setup;
  }

  check({ time, values, image }: LoadedDraft): CheckResult {
    if (time !== undefined && !(time >= 0 && time <= MAX_TIME)) {
      return { ok: false, problem: "has a time that no clock can show" };
    }
    const problem = findValuesProblem(values) ?? this.#findValueProblem(values);
    if (problem !== undefined) return { ok: false, problem };
    const valueBytes = new TextEncoder().encode(JSON.stringify(values)).length;
    if (valueBytes > MAX_HEAD_BYTES - OTHER_HEAD_BYTES) {
      return { ok: false, problem: `has values of ${valueBytes} bytes; 1 MB is the most` };
    }
    const checked = image && checkImage(image);
    if (typeof checked === "string") return { ok: false, problem: checked };
    const notice = this.#learn(values);
    return {
      ok: true,
      message: {
        ...(time !== undefined && { time }),
        values,
        valueBytes,
        ...(checked && { image: checked }),
      },
      ...(notice !== undefined && { notice }),
    };
  }

  #findValueProblem(values: DataValues): string | undefined {
    let newNames = 0;
    for (const [name, value] of Object.entries(values)) {
      const type = typeOf(value);
      const before = this.#types.get(name);
      if (before !== undefined && before !== type) {
        return `has ${type} in ${quote(name)}, which was ${before} before: give it another name`;
      }
      if (!this.#setups.has(name)) newNames += 1;
      const problem = findLimitProblem(value, this.#setups.get(name) ?? {});
      if (problem !== undefined) return `${quote(name)} ${problem}`;
    }
    if (newNames > 0 && this.#setups.size + newNames > MAX_VALUES) {
      return `would bring the values to more than ${MAX_VALUES}, earlier messages included`;
    }
  }

  /** @returns what people should know of new values. */
  #learn(values: DataValues): string | undefined {
    const news: string[] = [];
    this.#count += 1;
    const isInferring = !this.#isGiven && this.#count <= INFERRED_FROM;
    for (const [name, value] of Object.entries(values)) {
      this.#types.set(name, typeOf(value));
      const isNew = !this.#setups.has(name);
      if (isNew) news.push(name);
      if (isInferring) this.#infer(name, value);
      else if (isNew) this.#setups.set(name, {});
    }
    this.#hasSetupChanged ||= news.length > 0 || (isInferring && this.#count === INFERRED_FROM);
    return news.length === 0 || isInferring ? undefined : this.#describe(news);
  }

  #infer(name: string, value: DataValue): void {
    const { precision = 0 } = this.#setups.get(name) ?? {};
    const digits = digitsOf(value);
    this.#setups.set(name, digits === undefined ? {} : { precision: Math.max(precision, digits) });
  }

  #describe([first, ...others]: readonly string[]): string {
    const isOne = others.length === 0;
    const who = isOne ? quote(first!) : `${quote(first!)} and ${others.length} more`;
    const [are, were] = isOne ? ["is", "was"] : ["are", "were"];
    return this.#isGiven
      ? `${who} ${are} not in --data-setup and ${are} shown without title and unit`
      : `${who} ${were} not there before and ${are} shown from now on`;
  }
}

function typeOf(value: DataValue): ValueType {
  switch (typeof value) {
    case "number":
      return "a number";
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    default:
      return "an array";
  }
}

function findLimitProblem(value: DataValue, setup: ValueSetup): string | undefined {
  const { minimum, maximum, precision, warn, alarm } = setup;
  if (typeof value === "object") {
    for (const element of value) {
      const problem = findLimitProblem(element, setup);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (typeof value !== "number") {
    const isNumeric = [minimum, maximum, precision, warn, alarm].some((field) =>
      field !== undefined
    );
    return isNumeric ? `is ${typeOf(value)}, and a number in --data-setup` : undefined;
  }
  if (minimum !== undefined && value < minimum) return `is ${value}, below its minimum ${minimum}`;
  if (maximum !== undefined && value > maximum) return `is ${value}, above its maximum ${maximum}`;
}

/** Digits after the decimal point; undefined for what is no number. */
function digitsOf(value: DataValue): number | undefined {
  if (typeof value === "object") {
    const digits = value.slice(0, 100).map(digitsOf).filter((digits) => digits !== undefined);
    return digits.length === 0 ? undefined : Math.max(...digits);
  }
  if (typeof value !== "number") return undefined;
  const [, fraction = "", exponent = "0"] =
    /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ??
      [];
  return Math.min(Math.max(fraction.length - Number(exponent), 0), MAX_INFERRED_PRECISION);
}

/** @returns the picture, or the problem as a text. */
function checkImage(image: LoadedImage): CheckedImage | string {
  if (image.bytes.length === 0) return "has a picture without bytes";
  if (image.bytes.length > MAX_IMAGE_BYTES) return TOO_LARGE;
  return image.kind === "raw" ? checkRawImage(image) : checkCompressedImage(image);
}

function checkRawImage({ bytes, width, height, format }: RawImage): CheckedImage | string {
  if (!isImageSide(width) || !isImageSide(height)) {
    return `has a raw picture of ${width}x${height}; a side has 1 to ${MAX_IMAGE_SIDE} pixels`;
  }
  const expected = rawLength(format, { width, height });
  if (bytes.length !== expected) {
    return `has a picture of ${bytes.length} bytes; ${width}x${height} ${format} are ${expected}`;
  }
  return { bytes, mimeType: RAW_MIME_TYPE, width, height, format };
}

function checkCompressedImage(
  { bytes, mimeType }: Extract<LoadedImage, { readonly kind: "compressed" }>,
): CheckedImage | string {
  const facts = readImageFacts(bytes);
  if (!facts) return "has a picture that is no PNG, JPEG, WebP, GIF or BMP";
  const given = mimeType?.trim().toLowerCase().replace(/;.*$/s, "").replace(
    "image/jpg",
    "image/jpeg",
  );
  if (given !== undefined && given !== facts.mimeType) {
    return `has a picture that is ${facts.mimeType}, not ${quote(mimeType!.slice(0, 40))}`;
  }
  if (!facts.isWhole) return "has a picture that ends too early";
  const { width, height } = facts;
  return { bytes, mimeType: facts.mimeType, width, height };
}
