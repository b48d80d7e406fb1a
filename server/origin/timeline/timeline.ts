import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { TimelineEvent } from "../../../shared/event/event.ts";
import type { BroadcastStore } from "./broadcast_store.ts";
import type { NewEvent } from "./new_event.ts";

/** Stores an entry before it is sent. */
export type Journal = Pick<BroadcastStore, "append">;

export interface TimelineOptions {
  /** The entries from before a restart. */
  readonly entries?: readonly TimelineEvent[];
  readonly journal?: Journal;
}

/** Where a timeline stands. */
export interface TimelineHead {
  readonly count: number;
  readonly score: string;
  readonly clock?: string;
  readonly period?: number;
}

/** Every event of the match in order. No entry is ever changed or lost. */
export class Timeline {
  readonly #entries: TimelineEvent[];
  readonly #rng: Rng;
  readonly #journal: Journal | undefined;
  /** The count of each entry, by id. */
  readonly #ids: Map<string, number>;

  constructor(rng: Rng, { entries = [], journal }: TimelineOptions = {}) {
    this.#rng = rng;
    this.#entries = [...entries];
    this.#journal = journal;
    this.#ids = idsOf(entries);
  }

  get entries(): readonly TimelineEvent[] {
    return this.#entries;
  }

  /** The count of the entry with this id. */
  countOf(id: string): number | undefined {
    return this.#ids.get(id);
  }

  /** The last count, and the score and match clock of that entry. */
  get head(): TimelineHead {
    const last = this.#entries.at(-1);
    if (!last) return { count: 0, score: "0 x 0" };
    const { clock, period } = last.event;
    return { count: this.#entries.length, score: last.score, clock, period };
  }

  /**
   * Gives the event its count and sending time, and an id and a time if it has none. No entry may
   * have its id yet.
   *
   * @throws StoreError when the entry can't be stored; the timeline then stays as it was.
   */
  append({ type, score, content, event, from }: NewEvent, now: Millis): TimelineEvent {
    const time = Math.floor(now);
    const id = event.id ?? this.#makeId(now);
    if (this.#ids.has(id)) throw new RangeError(`Entry ${this.#ids.get(id)} has the id ${id}`);
    const happened = { ...event, id, time: event.time ?? time };
    const count = this.#entries.length + 1;
    const entry: TimelineEvent = { count, type, score, content, time, event: happened };
    this.#journal?.append(entry, from);
    this.#entries.push(entry);
    this.#ids.set(id, count);
    return entry;
  }

  /** An id from a file of events may happen to equal a made one. */
  #makeId(now: Millis): string {
    let id = makeUlid(now, this.#rng);
    while (this.#ids.has(id)) id = makeUlid(now, this.#rng);
    return id;
  }
}

/**
 * The count of each entry, by id. Older versions stored entries with the same id; then the first
 * one is returned.
 */
export function idsOf(entries: readonly TimelineEvent[]): Map<string, number> {
  return new Map(entries.map(({ event, count }) => [event.id, count] as const).reverse());
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_CHARACTERS = 16;
const TIME_CHARACTERS = 10;

/**
 * Makes a unique id that sorts by time (github.com/ulid/spec): ten characters for the milliseconds,
 * sixteen random ones.
 */
export function makeUlid(time: Millis, rng: Rng): string {
  let rest = Math.floor(time);
  let timePart = "";
  for (let index = 0; index < TIME_CHARACTERS; index++) {
    timePart = ALPHABET[rest % 32] + timePart;
    rest = Math.floor(rest / 32);
  }
  const randomPart = Array.from(rng.bytes(RANDOM_CHARACTERS), (byte) => ALPHABET[byte % 32]);
  return timePart + randomPart.join("");
}
