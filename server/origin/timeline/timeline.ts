import type { Rng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { serializeEvent, type TimelineEvent } from "../../../shared/event/event.ts";
import type { EventSigner } from "../../../shared/secrecy/signed_event.ts";
import type { BroadcastStore, NewEntry, StoredTimeline } from "./broadcast_store.ts";
import type { NewEvent } from "./new_event.ts";
import { addLateSignatures, entryPayload, signatureOf } from "./signatures.ts";
import { type SentEntry, TimelineBlocks } from "./timeline_blocks.ts";

/** Stores entries before they are sent. */
export type Journal = Pick<BroadcastStore, "append" | "saveSignatures">;

/** The most entries: their ids and blocks are held in memory, here and at each edge. */
const MAX_ENTRIES = 250_000;

export interface TimelineOptions {
  /** The timeline from before a restart. */
  readonly kept?: StoredTimeline;
  readonly journal?: Journal;
  /** Absent when the broadcast is sent in clear. */
  readonly signer?: EventSigner;
  /** The most entries. */
  readonly limit?: number;
}

/** What is known of a timeline at once, before its entries. */
export interface TimelineHead {
  /** The last count; 0 when there is no entry. */
  readonly count: number;
  readonly score: string;
  /** Those of the last entry that corrects no other; absent when there is none. */
  readonly clock?: string;
  readonly period?: number;
}

/**
 * Every event of the match in order. No entry is ever changed or lost. Entries are not kept as objects: what
 * remains of an entry is its id, and its place in a block of deflated entries.
 */
export class Timeline {
  readonly #rng: Rng;
  readonly #journal: Journal | undefined;
  readonly #signer: EventSigner | undefined;
  readonly #limit: number;
  readonly #blocks: TimelineBlocks;
  /** The count of each entry, by id. */
  readonly #ids: Map<string, number>;
  #head: TimelineHead = { count: 0, score: "0 x 0" };
  /** How many entries from before a restart were stored without a signature, and are signed now. */
  readonly signedLate: number;

  constructor(rng: Rng, options: TimelineOptions = {}) {
    const { kept, journal, signer, limit = MAX_ENTRIES } = options;
    this.#rng = rng;
    this.#journal = journal;
    this.#signer = signer;
    this.#limit = limit;
    this.#ids = new Map(kept?.ids);
    const late = kept && addLateSignatures(kept, signer);
    if (late && late.entries.length + late.blocks.length > 0) journal?.saveSignatures(late);
    this.signedLate = late?.entries.length ?? 0;
    this.#blocks = new TimelineBlocks(signer, kept, late);
    for (const entry of [kept?.lastOnClock, kept?.last]) {
      if (entry) this.#head = headAfter(this.#head, entry);
    }
  }

  /** The last count and score, and the clock and period of the last entry that corrects no other. */
  get head(): TimelineHead {
    return this.#head;
  }

  /** Full blocks as they are sent, those of counts 1, 65, 129, … in order (shared/event/blocks.ts). */
  get blocks(): readonly Uint8Array[] {
    return this.#blocks.full;
  }

  /** The entries after the last full block. */
  get tail(): readonly SentEntry[] {
    return this.#blocks.tail;
  }

  /** How many more entries it takes. */
  get room(): number {
    return Math.max(this.#limit - this.#head.count, 0);
  }

  /** Calls `listener` with each block that becomes full from now on. */
  set onBlock(listener: (firstCount: number, block: Uint8Array) => void) {
    this.#blocks.onBlock = listener;
  }

  /** The count of the entry with this id. */
  countOf(id: string): number | undefined {
    return this.#ids.get(id);
  }

  /** Like {@linkcode appendAll}, for one event. */
  append(event: NewEvent, now: Millis): TimelineEvent {
    return this.appendAll([event], now)[0]!.entry;
  }

  /**
   * Gives each event its count and sending time, and an id and a time if it has none. No entry may have its id
   * yet.
   *
   * @throws StoreError when the entries can't be stored; the timeline then stays as it was.
   */
  appendAll(
    events: readonly NewEvent[],
    now: Millis,
  ): readonly { readonly entry: TimelineEvent; readonly payload: Uint8Array }[] {
    const ids = new Set<string>();
    const entries = events.map((event, index) =>
      this.#sign(event, this.#number(event, this.#head.count + 1 + index, ids, now))
    );
    const full = this.#blocks.prepare(entries);
    this.#journal?.append({ entries, blocks: full });
    for (const { entry } of entries) {
      this.#ids.set(entry.event.id, entry.count);
      this.#head = headAfter(this.#head, entry);
    }
    this.#blocks.add(entries, full);
    return entries.map((entry) => ({
      entry: entry.entry,
      payload: entryPayload(entry, this.#signer),
    }));
  }

  /** All entries, taken out of the blocks: it takes seconds for a long timeline. */
  readEntries(): TimelineEvent[] {
    return this.#blocks.readEntries();
  }

  #number(
    { type, score, content, event }: NewEvent,
    count: number,
    ids: Set<string>,
    now: Millis,
  ): TimelineEvent {
    const id = event.id ?? this.#makeId(now, ids);
    if (this.#ids.has(id) || ids.has(id)) throw new RangeError(`Another entry has the id ${id}`);
    ids.add(id);
    const time = Math.floor(now);
    const happened = { ...event, id, time: event.time ?? time };
    return { count, type, score, content, time, event: happened };
  }

  #sign({ from }: NewEvent, entry: TimelineEvent): NewEntry {
    const json = serializeEvent(entry);
    const signature = this.#signer && signatureOf(this.#signer, json);
    return { entry, json, ...(signature && { signature }), ...(from && { from }) };
  }

  /** An id from a file of events may happen to equal a made one. */
  #makeId(now: Millis, ids: ReadonlySet<string>): string {
    let id = makeUlid(now, this.#rng);
    while (this.#ids.has(id) || ids.has(id)) id = makeUlid(now, this.#rng);
    return id;
  }
}

/** A correction speaks of a time that is over: the clock stays. */
function headAfter(before: TimelineHead, { count, score, event }: TimelineEvent): TimelineHead {
  const { clock, period, supersedes } = event;
  return supersedes === undefined ? { count, score, clock, period } : { ...before, count, score };
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
