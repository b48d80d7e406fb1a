import * as v from "valibot";
import {
  EVENT_TYPES,
  formatScore,
  MatchEventSchema,
  parseScore,
  TimelineEventSchema,
} from "../../../shared/event/event.ts";
import { readTime } from "./event_times.ts";
import { fitEvent, type NewEvent } from "./new_event.ts";
import { eventTypeOf, type Language, TITLES } from "../../../shared/event/titles.ts";

/** What completes a short line: the match, and the state after the previous line. */
export interface EventLineContext {
  /**
   * The team names: replace `"home"` and `"away"`, and decide which side of the score a goal
   * raises.
   */
  readonly match?: { readonly home: string; readonly away: string };
  readonly language: Language;
  readonly score: string;
  readonly clock: string;
  readonly period: number;
  /** Whether events are spaced by their times; true by default. */
  readonly isSpacedByTime?: boolean;
}

export type EventLineResult =
  | {
    readonly ok: true;
    readonly value: NewEvent;
    /** What was changed in the line, or is missing. */
    readonly warning?: string;
    /** The unit of its time, if not milliseconds. */
    readonly unit?: string;
  }
  | { readonly ok: false; readonly problem: string };

/** The state before the first line. */
export const FIRST_LINE_CONTEXT = {
  language: "en",
  score: "0 x 0",
  clock: "00:00",
  period: 1,
} as const satisfies EventLineContext;

/**
 * Parses one line of events: the whole form, or the short one (docs/events.md). The `count` and the
 * sending time of a whole line are ignored, because the host assigns its own.
 */
export function parseEventLine(text: string, context: EventLineContext): EventLineResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: "not a JSON object" };
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return { ok: false, problem: "not a JSON object" };
  }
  const result = "event" in json
    ? v.safeParse(WholeLineSchema, json)
    : v.safeParse(v.pipe(ShortLineSchema, v.transform((line) => lengthen(line, context))), json);
  if (!result.success) return { ok: false, problem: explainIssues(result.issues) };
  return complete(result.output, context);
}

const typeNames = new Map(Object.entries(EVENT_TYPES).map(([name, type]) => [plain(name), type]));
const { type, score } = TimelineEventSchema.entries;
const { origin, title, clock, period } = MatchEventSchema.entries;

const numberedOrNamed = v.union([
  type,
  v.pipe(
    v.string(),
    v.check((name) => typeNames.has(plain(name))),
    v.transform((name) => typeNames.get(plain(name))!),
  ),
]);
/** The latest time that a Date can hold, in milliseconds. */
const MAX_TIME = 8.64e15;
/** A time in any unit; {@linkcode readTime} finds the unit. */
const pointInTime = v.pipe(
  v.number(),
  v.minValue(0),
  v.check((given) => readTime(given).millis <= MAX_TIME),
);
const instant = v.union([
  pointInTime,
  v.pipe(v.string(), v.regex(/^\d{9,19}(\.\d+)?$/), v.transform(Number), pointInTime),
  v.pipe(
    v.string(),
    v.check((text) => Date.parse(text) >= 0),
    v.transform((text) => Date.parse(text)),
  ),
]);
const id = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/));

/** Whether listeners accept the text as a score. */
function isScore(text: string): boolean {
  return v.is(score, text);
}

/**
 * The short form: only `type` is required; the rest is completed from the match and the previous
 * line.
 */
const ShortLineSchema = v.object({
  type: numberedOrNamed,
  origin: v.optional(origin, ""),
  content: v.optional(v.string()),
  title: v.optional(title),
  clock: v.optional(clock),
  period: v.optional(period),
  time: v.optional(instant),
  score: v.optional(score),
  id: v.optional(id),
  supersedes: v.optional(id),
});

/** The whole form: an event as listeners receive it, without the fields that the host assigns. */
const WholeLineSchema = v.object({
  type: numberedOrNamed,
  score: v.optional(score),
  content: v.string(),
  event: v.object({
    type: v.optional(v.literal("event"), "event"),
    title,
    origin,
    clock,
    period,
    time: v.optional(instant),
    id: v.optional(id),
    supersedes: v.optional(id),
  }),
});

/** What each field must be, in words for the author of the file. */
const EXPECTED: Readonly<Record<string, string>> = {
  type: 'a number from 1 to 255 or a name such as "goal"',
  score: 'the home team\'s goals first, such as "1 x 0"',
  content: "a text",
  event: "an object",
  title: "a text of 1 to 80 characters",
  origin: "a team's name of at most 80 characters",
  clock: 'minutes and seconds, such as "23:10"',
  period: "a number from 1 to 9",
  time: "milliseconds since 1970 or an ISO 8601 time",
  id: "1 to 64 characters of ASCII without spaces",
  supersedes: "the id of an earlier event",
};

type ShortLine = v.InferOutput<typeof ShortLineSchema>;
type WholeLine = v.InferOutput<typeof WholeLineSchema>;

/** `red card`, `redCard` and `red-card` are the same name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, "");
}

/** Describes the first issue: the field, its value and what it must be. */
function explainIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  const path = v.getDotPath(issues[0]!) ?? "";
  const field = path.slice(path.lastIndexOf(".") + 1);
  // "event" has its own field "type", whose value is always "event".
  const expected = path === "event.type" ? '"event"' : EXPECTED[field];
  const { input } = issues[0]!;
  const given = input === undefined ? "is missing" : `is ${shorten(JSON.stringify(input))}`;
  return `"${path}" ${given}: it must be ${expected}`;
}

function shorten(text: string): string {
  return text.length <= 40 ? text : text.slice(0, 40).toWellFormed() + "…";
}

/** Turns a short line into a whole one. */
function lengthen(
  line: ShortLine,
  { match, language, clock, period }: EventLineContext,
): WholeLine {
  const named = eventTypeOf(line.type) ?? "note";
  const title = line.title ?? TITLES[language][named];
  const origin = match && (line.origin === "home" || line.origin === "away")
    ? match[line.origin]
    : line.origin;
  return {
    type: line.type,
    content: line.content ?? (origin === "" ? title : `${title}: ${origin}`),
    ...(line.score === undefined ? {} : { score: line.score }),
    event: {
      type: "event",
      title,
      origin,
      clock: line.clock ?? clock,
      period: line.period ?? period,
      ...(line.id === undefined ? {} : { id: line.id }),
      ...(line.time === undefined ? {} : { time: line.time }),
      ...(line.supersedes === undefined ? {} : { supersedes: line.supersedes }),
    },
  };
}

function complete(line: WholeLine, context: EventLineContext): EventLineResult {
  const { type, event } = line;
  const score = line.score ?? scoreAfter(line, context);
  if (!isScore(score)) {
    return { ok: false, problem: `the score would be ${score}: 999 is the most` };
  }
  const { millis, unit } = event.time === undefined ? {} : readTime(event.time);
  const value: NewEvent = {
    type,
    content: readable(line.content),
    score,
    event: {
      ...event,
      ...(millis === undefined ? {} : { time: millis }),
      title: readable(event.title) || TITLES[context.language][eventTypeOf(type) ?? "note"],
      origin: readable(event.origin),
    },
  };
  const fitted = fitEvent(value);
  if (fitted === undefined) return { ok: false, problem: "title and origin are too long" };
  const warning = fitted === value
    ? unplacedGoal(line, context)
    : "content was too long and is shortened";
  return {
    ok: true,
    value: fitted,
    ...(warning === undefined ? {} : { warning }),
    ...(unit === undefined ? {} : { unit }),
  };
}

/**
 * A goal without a score raises the score of its team; a correction (`supersedes`) is no new goal.
 */
function scoreAfter({ type, event }: WholeLine, { match, score }: EventLineContext): string {
  if (type !== EVENT_TYPES.goal || event.supersedes !== undefined) return score;
  const [home, away] = parseScore(score);
  if (event.origin === match?.home) return formatScore([home + 1, away]);
  if (event.origin === match?.away) return formatScore([home, away + 1]);
  return score;
}

function unplacedGoal(line: WholeLine, { match, score }: EventLineContext): string | undefined {
  const { type, event } = line;
  const isPlaced = line.score !== undefined || type !== EVENT_TYPES.goal ||
    event.supersedes !== undefined || event.origin === match?.home || event.origin === match?.away;
  if (isPlaced) return undefined;
  return `no team for this goal, so the score stays ${score}: give "origin" as home or away, or "score"`;
}

/**
 * Removes control characters, which would reach every listener's terminal, and lone surrogates,
 * which are not UTF-8.
 */
function readable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}
