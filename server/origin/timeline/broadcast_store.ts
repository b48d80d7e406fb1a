import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import type { TimelineEvent } from "../../../shared/event/event.ts";
import type { Match } from "../../interface/config.ts";

/** How far a source of events was read when an event came out of it. */
export interface SourcePosition {
  /** Names the source, the same after a restart: `simulation 42`, `file /srv/match.ndjson`. */
  readonly source: string;
  /** Of the event in its source, growing from 1. */
  readonly position: number;
}

/** What a restart must not choose anew; absent where the operator gives it each time. */
export interface BroadcastSettings {
  readonly match?: Match;
  /** The token that was made because none was given, so that the same link works again. */
  readonly token?: string;
  /** Of the simulated match. */
  readonly seed?: number;
}

/** The host's private keys: seeds of 32 bytes. */
export interface HostKeys {
  /** X25519, to which listeners seal their JOIN. */
  readonly exchange: Uint8Array;
  /** Ed25519, which signs the timeline's entries. */
  readonly signing: Uint8Array;
}

export interface StoredBroadcast {
  /** 16 hexadecimal digits; the same as long as the timeline is the same. */
  readonly broadcastId: string;
  readonly settings: BroadcastSettings;
  /** The whole timeline: counts 1, 2, 3, … */
  readonly entries: readonly TimelineEvent[];
  readonly keys?: HostKeys;
}

/** What is to be kept could not be written: a full disk, say. It may be possible again later. */
export class StoreError extends CommandError {
  constructor(message: string) {
    super(ExitCode.failure, message);
  }
}

/** Where a broadcast outlives its process. */
export interface BroadcastStore {
  /** What was kept until now. */
  load(): StoredBroadcast;
  /**
   * Keeps an entry; once this returns a crash does not lose it.
   *
   * @throws StoreError when it can't be written; then nothing of it is kept.
   */
  append(entry: TimelineEvent, from?: SourcePosition): void;
  /** The highest position kept of that source; 0 when nothing came out of it yet. */
  positionOf(source: string): number;
  /** Replaces the settings. @throws StoreError */
  saveSettings(settings: BroadcastSettings): void;
  /** @throws StoreError */
  saveKeys(keys: HostKeys): void;
  close(): void;
}
