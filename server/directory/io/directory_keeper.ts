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

/** Stores what changes in a directory, and makes it searchable. */
export class DirectoryKeeper {
  readonly #directory: Directory;
  readonly #store: DirectoryStore;
  readonly #search: BroadcastSearch;
  /** What is not stored yet, by broadcast, so that a disk that was full misses nothing. */
  readonly #unstored = new BoundedMap<string, Change>(MAX_UNSTORED);
  #failure: { readonly error: unknown; readonly at: Millis } | undefined;

  constructor(directory: Directory, store: DirectoryStore, search: BroadcastSearch) {
    this.#directory = directory;
    this.#store = store;
    this.#search = search;
  }

  /** @throws Error with a message for people when it can't be stored; it is stored later then. */
  keep(now: Millis): void {
    for (const change of this.#directory.takeChanges()) {
      makeSearchable(this.#search, change);
      this.#unstored.set(change.kind === "removed" ? change.id : change.broadcast.id, change);
    }
    if (this.#unstored.size === 0) return;
    if (this.#failure && now - this.#failure.at < RETRY_AFTER) throw this.#failure.error;
    try {
      this.#store.write([...this.#unstored.values()]);
      this.#unstored.clear();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = { error, at: now };
      throw error;
    }
  }
}

/** Lets a changed broadcast be found by its words, if it is public. */
export function makeSearchable(search: BroadcastSearch, change: Change): void {
  if (change.kind === "removed") search.remove(change.id);
  else if (change.broadcast.isUnlisted) search.remove(change.broadcast.id);
  else search.put(change.broadcast);
}
