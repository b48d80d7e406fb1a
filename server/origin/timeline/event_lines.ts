import { Utf8Stream } from "../../../shared/text/text_bytes.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { type EventLineContext, parseEventLine } from "./event_line.ts";
import { EventTimes } from "./event_times.ts";
import type { NewEvent, TimelineStep } from "./new_event.ts";

/** What an earlier run of the same broadcast has read and stored. */
export interface ReadBefore {
  /** Number of lines that the earlier run has read; they are skipped. */
  readonly lines?: number;
  /** The count of each stored event, by id. */
  readonly ids?: ReadonlyMap<string, number>;
}

/**
 * Reads a stream of bytes, UTF-8 or UTF-16, into events. It counts lines, and keeps the score,
 * clock and period for lines without them. A wrong line is reported as `line 7: …` and skipped;
 * nothing throws.
 */
export class EventLineReader {
  readonly #text = new Utf8Stream();
  readonly #splitter = new LineSplitter();
  readonly #onProblem: (text: string) => void;
  readonly #before: ReadBefore;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #times: EventTimes | undefined;
  readonly #reportedUnits = new Set<string>();
  /** The line of each event read so far, by id. */
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

  /** The stream has ended. Reads a last line without a newline. */
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
    const copied = this.#findCopy(event.id);
    if (copied !== undefined) return say(`${copied}, skipped`);
    if (event.id !== undefined) this.#ids.set(event.id, number);
    if (result.warning) say(result.warning);
    if (result.unit !== undefined) this.#reportUnit(result.unit, say);
    this.#context = { ...this.#context, score, ...momentOf(event) };
    yield { ...result.value, ...this.#placeOf(event.time, number, say), position: number };
  }

  /** @returns the problem when the id is used already: a copied line would count a goal twice. */
  #findCopy(id: string | undefined): string | undefined {
    if (id === undefined) return undefined;
    const line = this.#ids.get(id);
    const count = this.#before.ids?.get(id);
    if (line === undefined && count === undefined) return undefined;
    const where = line === undefined ? `event ${count} of the timeline` : `line ${line}`;
    return `"id" is ${JSON.stringify(id)}, which ${where} already has: give another, ` +
      'or name that one in "supersedes" to correct it';
  }

  /** Reports a unit once, because a file uses the same unit in every line. */
  #reportUnit(unit: string, say: (problem: string) => void): void {
    if (this.#reportedUnits.has(unit)) return;
    this.#reportedUnits.add(unit);
    say(
      `"time" is in ${unit} and is read so in all lines: give milliseconds since 1970`,
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
      // A zero character means UTF-16 in the middle of the file; JSON never has one.
      return text.includes("\0") ? undefined : text;
    } catch {
      return undefined;
    }
  }
}

/** Clock and period that the next line has if it gives none: a correction speaks of a time that is over. */
function momentOf({ clock, period, supersedes }: NewEvent["event"]) {
  return supersedes === undefined ? { clock, period } : {};
}

/** A longer line is skipped without being held in memory. */
export const MAX_LINE_BYTES = 64 * 1024;

/** One line without its line end; `bytes` is undefined for a line that was too long. */
export interface Line {
  /** The first line is 1. */
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** The room for a line grows from this, because most lines are short. */
const FIRST_ROOM_BYTES = 4096;

/** Cuts a stream of bytes into lines (LF or CRLF), holding at most one line of the longest length. */
export class LineSplitter {
  readonly #maxBytes: number;
  #held = new Uint8Array(FIRST_ROOM_BYTES);
  #heldLength = 0;
  #isTooLong = false;
  #number = 1;

  /** @param maxBytes the longest line. */
  constructor(maxBytes = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes. */
  *push(chunk: Uint8Array): Generator<Line> {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      this.#hold(rest.subarray(0, end));
      yield this.#release();
      rest = rest.subarray(end + 1);
    }
    this.#hold(rest);
  }

  /** The last line, if the stream ended without a newline. */
  end(): Line | undefined {
    return this.#heldLength > 0 || this.#isTooLong ? this.#release() : undefined;
  }

  #hold(part: Uint8Array): void {
    const length = this.#heldLength + part.length;
    if (length > this.#maxBytes) this.#isTooLong = true;
    if (this.#isTooLong) return;
    if (length > this.#held.length) this.#grow(length);
    this.#held.set(part, this.#heldLength);
    this.#heldLength = length;
  }

  #grow(length: number): void {
    const held = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, 2 * this.#held.length)));
    held.set(this.#held.subarray(0, this.#heldLength));
    this.#held = held;
  }

  #release(): Line {
    const hasReturn = this.#held[this.#heldLength - 1] === CARRIAGE_RETURN;
    const length = this.#heldLength - (hasReturn ? 1 : 0);
    const bytes = this.#isTooLong ? undefined : this.#held.slice(0, length);
    this.#heldLength = 0;
    this.#isTooLong = false;
    return { number: this.#number++, bytes };
  }
}
