import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { TimelineEvent } from "../../../shared/event/event.ts";
import type { Match } from "../../interface/config.ts";

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

export interface StoredBroadcast {
  /** 16 hexadecimal digits; made with the store and never changed. */
  readonly broadcastId: string;
  readonly settings: BroadcastSettings;
  /** The whole timeline, with counts 1, 2, 3, … */
  readonly entries: readonly TimelineEvent[];
  readonly keys?: HostKeys;
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
   * Stores an entry. Once this returns, a crash does not lose the entry.
   *
   * @throws StoreError when the entry can't be written; then no part of it is stored.
   */
  append(entry: TimelineEvent, from?: SourcePosition): void;
  /** The highest stored position of a source; 0 when no event of the source is stored. */
  positionOf(source: string): number;
  /** Replaces the settings. @throws StoreError */
  saveSettings(settings: BroadcastSettings): void;
  /** @throws StoreError */
  saveKeys(keys: HostKeys): void;
  close(): void;
}
