import type { TimelineEvent } from "../../shared/event/event.ts";

/** An entry as a store keeps it. */
export interface StoredEntry {
  /** Its JSON. */
  readonly json: Uint8Array;
  /** The host's signature of it; absent when it was stored by a broadcast in clear, or an older version. */
  readonly signature?: Uint8Array;
}

/** A full block of entries as a store keeps it (shared/event/blocks.ts). */
export interface StoredBlock {
  readonly firstCount: number;
  /** Without the signature. */
  readonly bytes: Uint8Array;
  /** Absent when the block was stored by a broadcast in clear. */
  readonly signature?: Uint8Array;
}

/** What a start needs to know of a timeline, whose entries stay in the store. */
export interface StoredTimeline {
  /** The number of entries, which have the counts 1, 2, 3, … */
  readonly count: number;
  /** The last entry; absent when there is none. */
  readonly last?: TimelineEvent;
  /** The last entry that corrects no other, which has the match clock; absent when there is none. */
  readonly lastOnClock?: TimelineEvent;
  /** The count of each entry, by id; of entries with the same id, the first. */
  readonly ids: ReadonlyMap<string, number>;
  /** The count of the first entry without a signature; Infinity when there is none. */
  readonly firstUnsigned: number;
  /** In order of their counts; an older version stored none. */
  readonly blocks: readonly StoredBlock[];
  /** Reads entries from a count on, one at a time. */
  entriesFrom(count: number): Iterable<StoredEntry>;
}
