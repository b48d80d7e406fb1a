import * as v from "valibot";
import { EVENT_TYPES, MatchEventSchema, TimelineEventSchema } from "../../../shared/event/event.ts";
import { readTime } from "./event_times.ts";

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
/** The times that a Date can hold. */
const MAX_TIME = 8.64e15;
/** In whichever unit; {@linkcode readTime} tells. */
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

/** Whether listeners take it for a score. */
export function isScore(text: string): boolean {
  return v.is(score, text);
}

/** Only `type` must be given; the rest is completed from the match and the line before. */
export const ShortLineSchema = v.object({
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

/** The feed's own form, without what the host assigns. */
export const WholeLineSchema = v.object({
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

/** What each field must be, in words that whoever writes the file understands. */
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

export type ShortLine = v.InferOutput<typeof ShortLineSchema>;
export type WholeLine = v.InferOutput<typeof WholeLineSchema>;

/** `red card`, `redCard` and `red-card` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, "");
}

/** The first thing that is wrong, with the field it is wrong in. */
export function explainIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  const path = v.getDotPath(issues[0]!) ?? "";
  const field = path.slice(path.lastIndexOf(".") + 1);
  // "event" holds a "type" of its own, which is always the same.
  const expected = path === "event.type" ? '"event"' : EXPECTED[field];
  const { input } = issues[0]!;
  const given = input === undefined ? "is missing" : `is ${shorten(JSON.stringify(input))}`;
  return `"${path}" ${given}: it must be ${expected}`;
}

function shorten(text: string): string {
  return text.length <= 40 ? text : text.slice(0, 40).toWellFormed() + "…";
}
