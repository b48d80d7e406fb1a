import * as v from "valibot";
import { Utf8Stream } from "../shared/core/text_bytes.ts";
import { EVENT_TYPES, formatScore, parseScore } from "../shared/wire/event.ts";
import {
  explainIssues,
  type ShortLine,
  ShortLineSchema,
  type WholeLine,
  WholeLineSchema,
} from "./event_line_form.ts";
import { type Line, LineSplitter, MAX_LINE_BYTES } from "./line_splitter.ts";
import { fitEvent, type NewEvent, type TimelineStep } from "./new_event.ts";
import { eventTypeOf, type Language, TITLES } from "./simulation/titles.ts";

/** What a line that leaves things out is completed from: the match, and the line before it. */
export interface EventLineContext {
  /** Names behind `"home"` and `"away"`, and whose goal raises which side of the score. */
  readonly match?: { readonly home: string; readonly away: string };
  readonly language: Language;
  readonly score: string;
  readonly clock: string;
  readonly period: number;
}

export type EventLineResult =
  | {
    readonly ok: true;
    readonly value: NewEvent;
    /** What was done to the line to make it fit. */
    readonly warning?: string;
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

/**
 * Reads a stream of bytes, UTF-8 or UTF-16, into events, counting lines and keeping the score, clock and period for
 * lines that leave them out. What is wrong is said as `line 7: …` and skipped; it never throws.
 */
export class EventLineReader {
  readonly #text = new Utf8Stream();
  readonly #splitter = new LineSplitter();
  readonly #onProblem: (text: string) => void;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #context: EventLineContext;

  constructor(context: EventLineContext, onProblem: (text: string) => void) {
    this.#context = context;
    this.#onProblem = onProblem;
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
    const say = (problem: string) => this.#onProblem(`line ${number}: ${problem}`);
    if (bytes === undefined) return say(`longer than ${MAX_LINE_BYTES / 1024} KB, skipped`);
    const text = this.#decode(bytes);
    if (text === undefined) return say("not UTF-8 text, skipped");
    if (text.trim() === "") return;
    const result = parseEventLine(text, this.#context);
    if (!result.ok) return say(`${result.problem}, skipped`);
    if (result.warning) say(result.warning);
    const { score, event } = result.value;
    this.#context = { ...this.#context, score, clock: event.clock, period: event.period };
    const at = event.time === undefined ? {} : { at: event.time };
    yield { ...result.value, ...at, position: number };
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
  const value: NewEvent = {
    type,
    content: readable(line.content),
    score: line.score ?? scoreAfter(line, context),
    event: {
      ...event,
      title: readable(event.title) || TITLES[context.language][eventTypeOf(type) ?? "note"],
      origin: readable(event.origin),
    },
  };
  const fitted = fitEvent(value);
  if (fitted === undefined) return { ok: false, problem: "title and origin are too long" };
  const warning = fitted === value
    ? unplacedGoal(line, context)
    : "content was too long and is shortened";
  return { ok: true, value: fitted, ...(warning === undefined ? {} : { warning }) };
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
