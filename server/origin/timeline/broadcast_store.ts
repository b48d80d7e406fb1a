import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { Jwks } from "../../../shared/directory/forms.ts";
import type { TimelineEvent } from "../../../shared/event/event.ts";
import type { Match } from "../../interface/config.ts";
import type { ReportJournal } from "../reports/desk_journal.ts";
import type { StoredBlock, StoredEntry, StoredTimeline } from "../../interface/stored_timeline.ts";

export type { StoredBlock, StoredEntry, StoredTimeline };

/** The place of an event in its source. */
export interface SourcePosition {
  /**
   * The name of the source, the same after a restart: `simulation 42`, `file /srv/match.ndjson`.
   */
  readonly source: string;
  /** The number of the event or line in its source, from 1. */
  readonly position: number;
}

/** Values that a restart must reuse; absent when the operator gives them at each start. */
export interface BroadcastSettings {
  readonly match?: Match;
  /** The generated token, so that the same link works again. */
  readonly token?: string;
  /** The seed of the simulated match. */
  readonly seed?: number;
}

/** The host's private keys: seeds of 32 bytes. */
export interface HostKeys {
  /** X25519: listeners seal their JOIN to its public key. */
  readonly exchange: Uint8Array;
  /** Ed25519: signs the entries of the timeline. */
  readonly signing: Uint8Array;
}

/** A directory in which this broadcast is registered. */
export interface StoredDirectory {
  readonly url: string;
  /** The keys that check its join tokens. */
  readonly keys: Jwks;
}

/** An entry to be stored. */
export interface NewEntry extends StoredEntry {
  readonly entry: TimelineEvent;
  readonly from?: SourcePosition;
}

/** What is stored together: all of it, or nothing. */
export interface EntryBatch {
  readonly entries: readonly NewEntry[];
  /** The blocks that these entries make full. */
  readonly blocks: readonly StoredBlock[];
}

/** Signatures of what was stored without. */
export interface LateSignatures {
  readonly entries: readonly { readonly count: number; readonly signature: Uint8Array }[];
  readonly blocks: readonly StoredBlock[];
}

export interface StoredBroadcast {
  /** 16 hexadecimal digits; made with the store and never changed. */
  readonly broadcastId: string;
  readonly settings: BroadcastSettings;
  readonly timeline: StoredTimeline;
  readonly keys?: HostKeys;
  readonly directory?: StoredDirectory;
}

/** The store could not be written, for example because the disk is full. A retry may succeed. */
export class StoreError extends CommandError {
  constructor(message: string) {
    super(ExitCode.failure, message);
  }
}

/** Keeps a broadcast across restarts of the program. */
export interface BroadcastStore {
  /** Everything stored so far. */
  load(): StoredBroadcast;
  /**
   * Stores entries, in one transaction. Once this returns, a crash does not lose them.
   *
   * @throws StoreError when they can't be written; then none of them is stored.
   */
  append(batch: EntryBatch): void;
  /** Adds signatures to stored entries, and blocks. @throws StoreError */
  saveSignatures(signatures: LateSignatures): void;
  /** The highest stored position of a source; 0 when no event of the source is stored. */
  positionOf(source: string): number;
  /** Replaces the settings. @throws StoreError */
  saveSettings(settings: BroadcastSettings): void;
  /** Replaces the teams. @throws StoreError */
  saveTeams(teams: Match): void;
  /** @throws StoreError */
  saveKeys(keys: HostKeys): void;
  /** Replaces the directory. @throws StoreError */
  saveDirectory(directory: StoredDirectory): void;
  /** Keeps what listeners report. */
  readonly reports: ReportJournal;
  close(): void;
}
