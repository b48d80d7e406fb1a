import * as v from "valibot";
import { Utf8Stream } from "../../../shared/text/text_bytes.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { EVENT_TYPES, formatScore, parseScore } from "../../../shared/event/event.ts";
import {
  explainIssues,
  isScore,
  type ShortLine,
  ShortLineSchema,
  type WholeLine,
  WholeLineSchema,
} from "./event_line_form.ts";
import { EventTimes, readTime } from "./event_times.ts";
import { type Line, LineSplitter, MAX_LINE_BYTES } from "./line_splitter.ts";
import { fitEvent, type NewEvent, type TimelineStep } from "./new_event.ts";
import { eventTypeOf, type Language, TITLES } from "./titles.ts";

/** What a line that leaves things out is completed from: the match, and the line before it. */
export interface EventLineContext {
  /** Names behind `"home"` and `"away"`, and whose goal raises which side of the score. */
  readonly match?: { readonly home: string; readonly away: string };
  readonly language: Language;
  readonly score: string;
  readonly clock: string;
  readonly period: number;
  /** Whether events are spaced by their times, as they are unless told otherwise. */
  readonly isSpacedByTime?: boolean;
}

export type EventLineResult =
  | {
    readonly ok: true;
    readonly value: NewEvent;
    /** What was done to the line to make it fit. */
    readonly warning?: string;
    /** That of its time, when it was not milliseconds. */
    readonly unit?: string;
  }
  | { readonly ok: false; readonly problem: string };

/** Where a match stands before its first line. */
export const FIRST_LINE_CONTEXT = {
  language: "en",
  score: "0 x 0",
  clock: "00:00",
  period: 1,
} as const satisfies EventLineContext;

/**
 * Reads one line of events: the whole form of the feed, or the short one (docs/events.md). `count`
 * and the sending time of a whole line are passed over, as the host assigns its own.
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

/** What there was before a reader begins, when a broadcast goes on. */
export interface ReadBefore {
  /** Lines that were read by an earlier run, and are passed over. */
  readonly lines?: number;
  /** The ids of events that the timeline has, and their counts. */
  readonly ids?: ReadonlyMap<string, number>;
}

/**
 * Reads a stream of bytes, UTF-8 or UTF-16, into events, counting lines and keeping the score, clock and period for
 * lines that leave them out. What is wrong is said as `line 7: …` and skipped; it never throws.
 */
export class EventLineReader {
  readonly #text = new Utf8Stream();
  readonly #splitter = new LineSplitter();
  readonly #onProblem: (text: string) => void;
  readonly #before: ReadBefore;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #times: EventTimes | undefined;
  readonly #unitsTold = new Set<string>();
  /** Of the events that were read, and the lines these stood in. */
  readonly #ids = new Map<string, number>();
  #context: EventLineContext;

  constructor(
    context: EventLineContext,
    onProblem: (text: string) => void,
    before: ReadBefore = {},
  ) {
    this.#context = context;
    this.#onProblem = onProblem;
    this.#before = before;
    this.#times = context.isSpacedByTime === false ? undefined : new EventTimes();
  }

  *push(chunk: Uint8Array): Generator<TimelineStep> {
    for (const line of this.#splitter.push(this.#text.push(chunk))) yield* this.#read(line);
  }

  /** Reads a last line that no newline ended. */
  *end(): Generator<TimelineStep> {
    for (const line of this.#splitter.push(this.#text.end())) yield* this.#read(line);
    const line = this.#splitter.end();
    if (line) yield* this.#read(line);
  }

  *#read({ number, bytes }: Line): Generator<TimelineStep> {
    if (number <= (this.#before.lines ?? 0)) return;
    const say = (problem: string) => this.#onProblem(`line ${number}: ${problem}`);
    if (bytes === undefined) return say(`longer than ${MAX_LINE_BYTES / 1024} KB, skipped`);
    const text = this.#decode(bytes);
    if (text === undefined) return say("not UTF-8 text, skipped");
    if (text.trim() === "") return;
    const result = parseEventLine(text, this.#context);
    if (!result.ok) return say(`${result.problem}, skipped`);
    const { score, event } = result.value;
    const copied = this.#whoseId(event.id);
    if (copied !== undefined) return say(`${copied}, skipped`);
    if (event.id !== undefined) this.#ids.set(event.id, number);
    if (result.warning) say(result.warning);
    if (result.unit !== undefined) this.#tellUnit(result.unit, say);
    this.#context = { ...this.#context, score, clock: event.clock, period: event.period };
    yield { ...result.value, ...this.#placeOf(event.time, number, say), position: number };
  }

  /** @returns what is wrong with the id of a copy, which would count a goal twice. */
  #whoseId(id: string | undefined): string | undefined {
    if (id === undefined) return undefined;
    const line = this.#ids.get(id);
    const count = this.#before.ids?.get(id);
    if (line === undefined && count === undefined) return undefined;
    const where = line === undefined ? `event ${count} of the timeline` : `line ${line}`;
    return `"id" is ${JSON.stringify(id)}, which ${where} has: give another, ` +
      'or name that one in "supersedes" to correct it';
  }

  /** Once for each: a file that is written in seconds is so in every line. */
  #tellUnit(unit: string, say: (problem: string) => void): void {
    if (this.#unitsTold.has(unit)) return;
    this.#unitsTold.add(unit);
    say(
      `"time" is in ${unit} and is read so, here and in later lines: give milliseconds since 1970`,
    );
  }

  #placeOf(
    time: Millis | undefined,
    line: number,
    say: (problem: string) => void,
  ): { readonly at?: Millis } {
    if (!this.#times) return time === undefined ? {} : { at: time };
    const { at, problem } = this.#times.place(time, line);
    if (problem !== undefined) say(problem);
    return at === undefined ? {} : { at };
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      const text = this.#decoder.decode(bytes);
      // UTF-16 in the middle of a file: no JSON has such a character.
      return text.includes("\0") ? undefined : text;
    } catch {
      return undefined;
    }
  }
}

/** Completes a short line to a whole one. */
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
    ...{ ok: true, value: fitted },
    ...(warning === undefined ? {} : { warning }),
    ...(unit === undefined ? {} : { unit }),
  };
}

/** A goal that says no score raises its team's; a correction (`supersedes`) is not a new goal. */
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
  return `whose goal? The score stays ${score}: give "origin" as home or away, or "score"`;
}

/** Control characters would reach every listener's terminal; lone surrogates are not UTF-8. */
function readable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}
