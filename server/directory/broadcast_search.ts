/*
 * The directory: where people identify, search and create broadcasts, and get a token to join.
 *
 * In: requests of programs and pages (HTTP), files of members and banned people. Out: answers, and a database.
 * It only introduces people: no sound, event or vote goes through it, and a broadcast goes on without it.
 *
 * core/ decides and holds what there is; tokens/ signs; http/ turns requests into calls of the core and
 * describes them (OpenAPI); search/ finds broadcasts by words; io/ listens, stores and reads files. The forms of
 * requests and answers are in `shared/directory/`. This file is what the directory asks of a search. Read next:
 * core/directory.ts.
 */

/** The words by which a broadcast is found. */
export interface Searchable {
  readonly id: string;
  readonly title: string;
  readonly sport: string;
  readonly home: string;
  readonly away: string;
}

/** Finds broadcasts by words. It holds the public ones only. */
export interface BroadcastSearch {
  /** Adds a broadcast, or takes its new words. */
  put(broadcast: Searchable): void;
  /** Does nothing when the broadcast is not there. */
  remove(id: string): void;
  /**
   * Never throws, whatever the text.
   *
   * @returns the ids of at most `limit` broadcasts, the best first; none for a text without words.
   */
  find(text: string, limit: number): readonly string[];
}
