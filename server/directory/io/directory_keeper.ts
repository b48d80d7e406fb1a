import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { BroadcastSearch } from "../broadcast_search.ts";
import type { Change } from "../core/broadcasts.ts";
import type { Directory } from "../core/directory.ts";
import type { DirectoryStore } from "../directory_store.ts";

/** Changes that could not be stored; twice as many as there are broadcasts. */
const MAX_UNSTORED = 200_000;
/** A full disk is not tried again at each request. */
const RETRY_AFTER: Millis = 1000;

export interface KeeperOptions {
  readonly directory: Directory;
  readonly store: DirectoryStore;
  readonly search: BroadcastSearch;
  /** Storing begins to fail; not called again before it has succeeded. */
  readonly onTrouble: (text: string) => void;
}

/** Stores what changes in a directory, and makes it searchable. */
export class DirectoryKeeper {
  readonly #directory: Directory;
  readonly #store: DirectoryStore;
  readonly #search: BroadcastSearch;
  readonly #onTrouble: (text: string) => void;
  /** What is not stored yet, by broadcast, so that a disk that was full misses nothing. */
  readonly #unstored = new BoundedMap<string, Change>(MAX_UNSTORED);
  #failedAt: Millis | undefined;

  constructor({ directory, store, search, onTrouble }: KeeperOptions) {
    this.#directory = directory;
    this.#store = store;
    this.#search = search;
    this.#onTrouble = onTrouble;
  }

  /** @returns whether all is stored; what is not is stored later. */
  keep(now: Millis): boolean {
    for (const change of this.#directory.takeChanges()) {
      makeSearchable(this.#search, change);
      this.#unstored.set(change.kind === "removed" ? change.id : change.broadcast.id, change);
    }
    if (this.#unstored.size === 0) return true;
    if (this.#failedAt !== undefined && now - this.#failedAt < RETRY_AFTER) return false;
    try {
      this.#store.write([...this.#unstored.values()]);
      this.#unstored.clear();
      this.#failedAt = undefined;
      return true;
    } catch (error) {
      if (this.#failedAt === undefined) this.#onTrouble((error as Error).message);
      this.#failedAt = now;
      return false;
    }
  }
}

/** Lets a changed broadcast be found by its words, if it is public. */
export function makeSearchable(search: BroadcastSearch, change: Change): void {
  if (change.kind === "removed") search.remove(change.id);
  else if (change.broadcast.isUnlisted) search.remove(change.broadcast.id);
  else search.put(change.broadcast);
}
