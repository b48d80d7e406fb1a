/**
 * shared/event: the entries of a match's timeline, as both ends and the page know them.
 *
 * An event comes from a file, a program or the simulation as JSON ({@linkcode MatchEventSchema}). The
 * host gives it a count, a type, the score and a text, which makes a timeline entry
 * ({@linkcode TimelineEventSchema}), and sends each entry as JSON in one datagram. This file checks,
 * writes and reads entries, scores and match clocks; blocks.ts writes and reads blocks of past entries. The
 * next file to read is server/origin/timeline/new_event.ts, which makes the entries.
 */
import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { Millis } from "../core/units.ts";

/** What can happen in a match, with the number of `type` on the wire. */
export const EVENT_TYPES = {
  foul: 1,
  goal: 2,
  redCard: 3,
  yellowCard: 4,
  kickOff: 5,
  corner: 6,
  offside: 7,
  substitution: 8,
  halfTime: 9,
  fullTime: 10,
  secondHalf: 11,
  penalty: 12,
  save: 13,
  shot: 14,
  injury: 15,
  addedTime: 16,
  note: 17,
} as const;
export type EventType = keyof typeof EVENT_TYPES;

/** What happens to the match and to no team, though a source may name one. */
export const TYPES_OF_BOTH_TEAMS: ReadonlySet<number> = new Set([
  EVENT_TYPES.kickOff,
  EVENT_TYPES.addedTime,
  EVENT_TYPES.halfTime,
  EVENT_TYPES.secondHalf,
  EVENT_TYPES.fullTime,
]);

/** The largest entry, in bytes of UTF-8. */
export const MAX_EVENT_BYTES = 1000;

const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = (max: number) => v.pipe(v.string(), v.maxLength(max));

/** How the votes of reporters on an event stood when it was confirmed. */
export const AgreementSchema = v.object({
  votes: wholeNumber,
  against: wholeNumber,
  /** Who reported in the five minutes before. */
  reporters: wholeNumber,
  /** Since the first report of it. */
  confirmedAfterMillis: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
export type Agreement = v.InferOutput<typeof AgreementSchema>;

/** What happened, as the source of events reports it. */
export const MatchEventSchema = v.object({
  /** A ULID: unique, and sorts by time. */
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  type: v.literal("event"),
  title: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  /** The team; "" where it concerns both. */
  origin: text(80),
  /** When it happened: milliseconds since the Unix epoch. */
  time: v.pipe(v.number(), v.finite()),
  /** The match clock, `MM:SS`; after 59:59 the minutes go on: `93:09`. */
  clock: v.pipe(v.string(), v.regex(/^\d{1,3}:[0-5]\d$/)),
  period: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(9)),
  /** The id of an earlier event that this event corrects. */
  supersedes: v.optional(text(64)),
  /** Of an event that reporters have confirmed. */
  agreement: v.optional(AgreementSchema),
});
export type MatchEvent = v.InferOutput<typeof MatchEventSchema>;

/** A timeline entry: one JSON object, sent in one datagram. */
export const TimelineEventSchema = v.object({
  /** Its number in the timeline: 1, 2, 3, … */
  count: v.pipe(wholeNumber, v.minValue(1)),
  type: v.pipe(wholeNumber, v.minValue(1), v.maxValue(255)),
  /** The score after this event, home team first: `1 x 0`. */
  score: v.pipe(v.string(), v.regex(/^\d{1,3} x \d{1,3}$/)),
  content: text(500),
  /** When it was sent: milliseconds since the Unix epoch. */
  time: v.pipe(v.number(), v.finite()),
  event: MatchEventSchema,
});
export type TimelineEvent = v.InferOutput<typeof TimelineEventSchema>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Writes an entry that {@linkcode parseEvent} can read; both check the same schema. What was read is written as
 * the same bytes again, so that a listener that kept a signature can still show what was signed.
 *
 * @throws RangeError when the entry is larger than {@linkcode MAX_EVENT_BYTES} or does not match the
 * schema: the caller must shorten or refuse the event.
 */
export function serializeEvent(event: TimelineEvent): Uint8Array {
  const checked = v.safeParse(TimelineEventSchema, event);
  if (!checked.success) {
    const field = v.getDotPath(checked.issues[0]);
    throw new RangeError(`Event ${event.count}: no listener could read its "${field}"`);
  }
  const bytes = encoder.encode(JSON.stringify(checked.output));
  if (bytes.length > MAX_EVENT_BYTES) {
    throw new RangeError(
      `Event ${event.count} is ${bytes.length} bytes, at most ${MAX_EVENT_BYTES}`,
    );
  }
  return bytes;
}

export function parseEvent(payload: Uint8Array): Parsed<TimelineEvent> {
  return parse(TimelineEventSchema, payload);
}

const CountSchema = v.object({ count: TimelineEventSchema.entries.count });

/**
 * Reads the count of an entry alone. A host of a later version may send entries that this version can't
 * read otherwise; they still have their place in the timeline.
 */
export function parseEventCount(payload: Uint8Array): Parsed<number> {
  const entry = parse(CountSchema, payload);
  return entry.ok ? parsed(entry.value.count) : entry;
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  payload: Uint8Array,
): Parsed<v.InferOutput<Schema>> {
  if (payload.length > MAX_EVENT_BYTES) return junk("malformedEvent");
  try {
    const result = v.safeParse(schema, JSON.parse(decoder.decode(payload)));
    return result.success ? parsed(result.output) : junk("malformedEvent");
  } catch {
    return junk("malformedEvent");
  }
}

/** Reads `1 x 0` into goals, home team first. */
export function parseScore(score: string): readonly [home: number, away: number] {
  const [home, away] = score.split(" x ").map(Number);
  return [home ?? 0, away ?? 0];
}

export function formatScore([home, away]: readonly [home: number, away: number]): string {
  return `${home} x ${away}`;
}

/** Reads a match clock, `MM:SS`. */
export function readClock(clock: string): Millis {
  const [minutes, seconds] = clock.split(":").map(Number);
  return ((minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
}

/** Writes a match clock, `MM:SS`; after 59:59 the minutes go on: `93:09`. */
export function formatClock(millis: Millis): string {
  const seconds = Math.floor(millis / 1000);
  return [Math.floor(seconds / 60), seconds % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}
