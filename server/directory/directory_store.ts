import type { Change, StoredBroadcast } from "./core/broadcasts.ts";
import type { DirectorySecrets } from "./tokens/directory_tokens.ts";

/** Keeps a directory through a restart. */
export interface DirectoryStore {
  /** Made when the store is new. */
  readonly secrets: DirectorySecrets;
  /** @throws Error with a message for people when the file is damaged. */
  readBroadcasts(): readonly StoredBroadcast[];
  /**
   * Stores all of it or nothing.
   *
   * @throws Error with a message for people when the disk is full or fails.
   */
  write(changes: readonly Change[]): void;
  close(): void;
}
