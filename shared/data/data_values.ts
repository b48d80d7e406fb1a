import { plainText } from "../text/plain_text.ts";

/** One value, or an element of an array. */
export type DataScalar = number | string | boolean;
export type DataValue = DataScalar | readonly DataValue[];
/** The values of a message by name. */
export type DataValues = Readonly<Record<string, DataValue>>;

/** The most values of a message. */
export const MAX_VALUES = 1000;
/** The longest name, in UTF-16 units. */
export const MAX_NAME_LENGTH = 80;
/** The longest text, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 1000;
/** Arrays in arrays, at most so many. */
const MAX_DEPTH = 4;
/** All elements of one value together. */
export const MAX_ELEMENTS = 65_536;

/** Names that mean something else to programs that read JSON into objects. */
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);
/** Characters that a terminal obeys, and those that hide in a name. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * Why `values` are not the values of a message, as the end of a sentence; undefined when they are.
 * The same rules hold at the host and at listeners.
 */
export function findValuesProblem(values: unknown): string | undefined {
  if (!isObject(values)) return '"values" must be an object of names and values';
  const entries = Object.entries(values);
  if (entries.length > MAX_VALUES) {
    return `has ${entries.length} values; ${MAX_VALUES} is the most`;
  }
  for (const [name, value] of entries) {
    const problem = findNameProblem(name) ?? findValueProblem(name, value);
    if (problem !== undefined) return problem;
  }
}

/** Why `name` can't be the name of a value. */
export function findNameProblem(name: string): string | undefined {
  if (name === "") return "has a value without a name";
  if (name.length > MAX_NAME_LENGTH) {
    return `has a name of ${name.length} characters; ${MAX_NAME_LENGTH} is the most`;
  }
  if (RESERVED.has(name)) {
    return `has a value named ${quote(name)}, which is reserved; give another name`;
  }
  if (UNSEEN.test(name)) return `has invisible characters in the name ${quote(name)}`;
}

function findValueProblem(name: string, value: unknown): string | undefined {
  const count = { elements: 0 };
  const problem = findProblem(value, 0, count);
  if (problem !== undefined) return `${quote(name)} ${problem}`;
}

function findProblem(
  value: unknown,
  depth: number,
  count: { elements: number },
): string | undefined {
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `is ${value}; leave it out, or give a number`;
    case "string":
      return value.length <= MAX_TEXT_LENGTH
        ? undefined
        : `has ${value.length} characters; ${MAX_TEXT_LENGTH} is the most`;
  }
  if (!Array.isArray(value)) {
    return `is ${value === null ? "null" : "an object"}; a value is a number, a text, true or ` +
      "false, or an array of these";
  }
  if (depth === MAX_DEPTH) return `has arrays in arrays; ${MAX_DEPTH} levels are the most`;
  count.elements += value.length;
  if (count.elements > MAX_ELEMENTS) {
    return `has more than ${MAX_ELEMENTS} elements`;
  }
  for (const element of value) {
    const problem = findProblem(element, depth + 1, count);
    if (problem !== undefined) return problem;
  }
}

/** The most characters of a name in a line of text. */
const MAX_QUOTED_LENGTH = 100;

/** A name from outside in quotes, safe to show and short enough for a line of text. */
export function quote(name: string): string {
  const isShort = name.length <= MAX_QUOTED_LENGTH;
  const shown = isShort ? name : `${name.slice(0, MAX_QUOTED_LENGTH).toWellFormed()}…`;
  return plainText(JSON.stringify(shown));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
