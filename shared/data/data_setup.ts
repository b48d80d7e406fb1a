import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { type DataValue, findNameProblem, MAX_VALUES, quote } from "./data_values.ts";

/** The lowest and the highest good value. */
export type Limits = readonly [low: number, high: number];

/** What people are told of one value. */
export interface ValueSetup {
  readonly title?: string;
  readonly unit?: string;
  /** Digits after the decimal point. */
  readonly precision?: number;
  /** A message with a smaller value is refused by the host. */
  readonly minimum?: number;
  /** A message with a greater value is refused by the host. */
  readonly maximum?: number;
  /** Outside of it a value is shown as a warning. */
  readonly warn?: Limits;
  /** Outside of it a value is shown as an alarm; not narrower than `warn`. */
  readonly alarm?: Limits;
}

/** What people are told of the values, in the order in which they are shown. */
export interface DataSetup {
  readonly values: Readonly<Record<string, ValueSetup>>;
}

const finite = v.pipe(v.number(), v.finite());
const limits = v.pipe(v.tuple([finite, finite]), v.readonly());
const ENTRIES = {
  title: v.optional(v.pipe(v.string(), v.maxLength(80))),
  unit: v.optional(v.pipe(v.string(), v.maxLength(20))),
  precision: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(15))),
  minimum: v.optional(finite),
  maximum: v.optional(finite),
  warn: v.optional(limits),
  alarm: v.optional(limits),
};
const StrictSchema = v.strictObject(ENTRIES);
const WireSchema = v.object(ENTRIES);

/** What each field must be, in words for the author of the file. */
const EXPECTED: Readonly<Record<string, string>> = {
  title: "a text of at most 80 characters",
  unit: "a text of at most 20 characters",
  precision: "a number from 0 to 15",
  minimum: "a number",
  maximum: "a number",
  warn: "two numbers, [lowest, highest]",
  alarm: "two numbers, [lowest, highest]",
};

export type SetupResult =
  | { readonly ok: true; readonly setup: DataSetup }
  | { readonly ok: false; readonly problem: string };

/** Reads the text of `--data-setup FILE`. `problem` is a sentence about the file. */
export function readDataSetup(text: string): SetupResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse(`is not JSON (${(error as Error).message})`);
  }
  const { values, ...others } = isObject(json) ? json : { values: undefined };
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return refuse(`has ${quote(other)}, which means nothing; "values" has all`);
  }
  if (!isObject(values)) return refuse('needs "values": {NAME: {"title": …, "unit": …}}');
  const names = Object.keys(values);
  if (names.length > MAX_VALUES) {
    return refuse(`has ${names.length} values; ${MAX_VALUES} is the most`);
  }
  for (const name of names) {
    const problem = findNameProblem(name) ?? findSetupProblem(name, values[name]);
    if (problem !== undefined) return refuse(problem);
  }
  return { ok: true, setup: { values: values as Record<string, ValueSetup> } };
}

/** Reads a set-up that a host has sent; fields of a later version are left out. */
export function parseDataSetup(json: unknown): Parsed<DataSetup> {
  if (!isObject(json) || !isObject(json["values"])) return junk("malformedData");
  const entries = Object.entries(json["values"]);
  if (entries.length > MAX_VALUES) return junk("malformedData");
  const values: [string, ValueSetup][] = [];
  for (const [name, given] of entries) {
    const result = v.safeParse(WireSchema, given);
    if (!result.success || findNameProblem(name) !== undefined) return junk("malformedData");
    values.push([name, result.output]);
  }
  return parsed({ values: Object.fromEntries(values) });
}

/**
 * Cuts a set-up into parts whose JSON has at most `maxBytes`, because a message to a listener is bounded. A
 * listener puts the values of all parts together. There is always at least one part.
 */
export function splitDataSetup({ values }: DataSetup, maxBytes: number): DataSetup[] {
  const parts: [string, ValueSetup][][] = [[]];
  const emptyBytes = '{"values":{}}'.length;
  let room = maxBytes - emptyBytes;
  for (const entry of Object.entries(values)) {
    const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries([entry]))).length;
    if (bytes > room && parts.at(-1)!.length > 0) {
      parts.push([]);
      room = maxBytes - emptyBytes;
    }
    parts.at(-1)!.push(entry);
    room -= bytes;
  }
  return parts.map((part) => ({ values: Object.fromEntries(part) }));
}

export type Level = "normal" | "warn" | "alarm";

/** How a value stands to its limits. An array is as bad as its worst number; what is no number is normal. */
export function levelOf(value: DataValue, { warn, alarm }: ValueSetup): Level {
  if (typeof value === "number") {
    return isOutside(value, alarm) ? "alarm" : isOutside(value, warn) ? "warn" : "normal";
  }
  // A long array without limits is not looked through sixty times a second.
  if (typeof value !== "object" || !(warn || alarm)) return "normal";
  const levels = new Set(value.map((element) => levelOf(element, { warn, alarm })));
  return levels.has("alarm") ? "alarm" : levels.has("warn") ? "warn" : "normal";
}

function isOutside(value: number, limits: Limits | undefined): boolean {
  return limits !== undefined && (value < limits[0] || value > limits[1]);
}

function findSetupProblem(name: string, given: unknown): string | undefined {
  const result = v.safeParse(StrictSchema, given);
  if (!result.success) return `${quote(name)} ${explain(result.issues[0])}`;
  const contradiction = findContradiction(result.output);
  return contradiction === undefined
    ? undefined
    : `${quote(name)} contradicts itself: ${contradiction}`;
}

function explain(issue: v.BaseIssue<unknown>): string {
  const field = (v.getDotPath(issue) ?? "").split(".")[0]!;
  if (field === "") return 'must be an object, such as {"title": "Energy", "unit": "MeV"}';
  const expected = EXPECTED[field];
  return expected === undefined
    ? `has ${quote(field)}, which means nothing; possible are ${Object.keys(EXPECTED).join(", ")}`
    : `has a wrong ${quote(field)}: it must be ${expected}`;
}

function findContradiction({ minimum, maximum, warn, alarm }: ValueSetup): string | undefined {
  if (minimum !== undefined && maximum !== undefined && minimum >= maximum) {
    return `minimum ${minimum} is not below maximum ${maximum}`;
  }
  for (const [field, limits] of [["warn", warn], ["alarm", alarm]] as const) {
    if (!limits) continue;
    if (limits[0] >= limits[1]) {
      return `${field} ${show(limits)} must begin with its lower value`;
    }
    if (limits[1] < (minimum ?? -Infinity) || limits[0] > (maximum ?? Infinity)) {
      return `${field} ${show(limits)} is outside of minimum and maximum`;
    }
  }
  if (warn && alarm && (alarm[0] > warn[0] || alarm[1] < warn[1])) {
    return `alarm ${show(alarm)} is narrower than warn ${show(warn)}`;
  }
}

function show([low, high]: Limits): string {
  return `[${low}, ${high}]`;
}

function refuse(problem: string): SetupResult {
  return { ok: false, problem };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
