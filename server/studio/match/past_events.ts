import { EVENT_TYPES, parseScore, type TimelineEvent } from "../../../shared/event/event.ts";
import { MAX_PAST_SHOWN, type PastEvent } from "../../../shared/studio/match_messages.ts";
import type { LastWhistle } from "./match_clock.ts";
import type { ScoreBook } from "./score_book.ts";

/** The newest entries that can be corrected, at least; a match has a hundred or two. */
export const MIN_KEPT = 10_000;
/** The most beginnings and ends of periods that are kept. */
const MAX_WHISTLES = 200;

/** The events that begin or end a period. */
const WHISTLES: ReadonlySet<number> = new Set([
  EVENT_TYPES.kickOff,
  EVENT_TYPES.halfTime,
  EVENT_TYPES.secondHalf,
  EVENT_TYPES.fullTime,
]);

export function isWhistle(type: number): boolean {
  return WHISTLES.has(type);
}

interface Whistle extends LastWhistle {
  readonly id: string;
  readonly place: number;
}

interface Kept {
  readonly entry: TimelineEvent;
  /** Its place in the match: its count; a correction has the place of the event that it corrects. */
  readonly place: number;
}

/** The accepted entries: what the page shows of them, and in which phase they say that the match is. */
export class PastEvents {
  /** The newest entries by id; when they are enough, they become the earlier ones, whose place they take. */
  #newest = new Map<string, Kept>();
  #earlier: ReadonlyMap<string, Kept> = this.#newest;
  /** Oldest first; at most twice as many as are shown. */
  #shown: TimelineEvent[] = [];
  #whistles: readonly Whistle[] = [];
  #count = 0;
  #nameTeams = false;

  /** How many entries the timeline has. */
  get count(): number {
    return this.#count;
  }

  /** Whether one of them names a team. */
  get nameTeams(): boolean {
    return this.#nameTeams;
  }

  get(id: string): TimelineEvent | undefined {
    return this.#find(id)?.entry;
  }

  add(entry: TimelineEvent): void {
    const { id, supersedes } = entry.event;
    const corrected = supersedes === undefined ? undefined : this.#find(supersedes);
    const place = corrected?.place ?? entry.count;
    this.#count = entry.count;
    this.#nameTeams ||= entry.event.origin !== "";
    this.#keep(id, { entry, place });
    if (!isWhistle(entry.type)) return;
    const whistle = { id, type: entry.type, period: entry.event.period, place };
    this.#whistles = [...this.#whistles.slice(1 - MAX_WHISTLES), whistle];
  }

  /** The last beginning or end of a period that was not corrected away, nor is by one of `corrected`. */
  lastWhistle(book: ScoreBook, corrected: ReadonlySet<string>): LastWhistle | undefined {
    let last: Whistle | undefined;
    for (const whistle of this.#whistles) {
      const isOver = book.successorOf(whistle.id) !== undefined || corrected.has(whistle.id);
      if (!isOver && whistle.place >= (last?.place ?? 0)) last = whistle;
    }
    return last;
  }

  /** What the page shows, newest first. */
  show(book: ScoreBook): PastEvent[] {
    return this.#shown.slice(-MAX_PAST_SHOWN).toReversed()
      .map((entry) => showPast(entry, book.successorOf(entry.event.id)));
  }

  #find(id: string): Kept | undefined {
    return this.#newest.get(id) ?? this.#earlier.get(id);
  }

  #keep(id: string, kept: Kept): void {
    if (this.#newest.size >= MIN_KEPT) {
      this.#earlier = this.#newest;
      this.#newest = new Map();
    }
    this.#newest.set(id, kept);
    this.#shown.push(kept.entry);
    if (this.#shown.length >= 2 * MAX_PAST_SHOWN) this.#shown = this.#shown.slice(-MAX_PAST_SHOWN);
  }
}

function showPast(entry: TimelineEvent, correctedBy: string | undefined): PastEvent {
  const { count, type, content: text, score } = entry;
  const { id, title, origin, clock, period, supersedes, agreement } = entry.event;
  return {
    ...{ id, count, type, title, origin, text, clock, period },
    score: [...parseScore(score)],
    ...(supersedes !== undefined && { supersedes }),
    ...(correctedBy !== undefined && { correctedBy }),
    ...(agreement && { agreement }),
  };
}
