import { type Line, LineSplitter, MAX_LINE_BYTES } from "../../../shared/text/line_splitter.ts";
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
