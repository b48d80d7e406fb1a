import { serializeHostMessage } from "../../../shared/lane/messages.ts";
import type { Candidate } from "../../../shared/report/report.ts";

export interface LogEntry {
  /** 1 for the first change. */
  readonly revision: number;
  /** Of the message. */
  readonly bytes: Uint8Array;
  readonly isOpen: boolean;
}

/** The origin has at most 2000 open ones; more of a wrong origin are forgotten, the oldest first. */
const MAX_OPEN = 2000;
/** Decided ones are kept for those who saw them open. */
const MAX_DECIDED = 500;

/** The newest of each candidate, in the order of its changes. */
export class CandidateLog {
  /** Ascending; undefined where a newer change of the candidate follows. */
  #entries: (LogEntry | undefined)[] = [];
  /** The place of each candidate's entry in `#entries`, in the same order. */
  readonly #open = new Map<string, number>();
  readonly #decided = new Map<string, number>();
  /** How many changes stood before those that are kept. */
  #dropped = 0;

  /** The number of the last change; 0 when there was none. */
  get revision(): number {
    return this.#dropped + this.#entries.length;
  }

  put(candidate: Candidate): void {
    const { candidateId, state } = candidate;
    const isOpen = state === "reported" || state === "provisional";
    this.#forget(candidateId);
    this.#entries.push({
      revision: this.revision + 1,
      bytes: serializeHostMessage(candidate),
      isOpen,
    });
    (isOpen ? this.#open : this.#decided).set(candidateId, this.revision);
    forgetOldest(this.#open, MAX_OPEN, (id) => this.#forget(id));
    forgetOldest(this.#decided, MAX_DECIDED, (id) => this.#forget(id));
    this.#dropStale();
  }

  /**
   * The first entry after `revision` and up to `last`.
   *
   * @param openOnlyTo up to this change entries of decided candidates are passed over.
   */
  after(revision: number, openOnlyTo: number, last: number): LogEntry | undefined {
    const from = Math.max(revision - this.#dropped, 0);
    for (let index = from; index < last - this.#dropped; index++) {
      const entry = this.#entries[index];
      if (entry && (entry.isOpen || entry.revision > openOnlyTo)) return entry;
    }
    return undefined;
  }

  #forget(candidateId: string): void {
    for (const places of [this.#open, this.#decided]) {
      const revision = places.get(candidateId);
      if (revision !== undefined) this.#entries[revision - 1 - this.#dropped] = undefined;
      places.delete(candidateId);
    }
  }

  /** What stands at the beginning and is no candidate's newest needs no place. */
  #dropStale(): void {
    const first = this.#entries.findIndex((entry) => entry !== undefined);
    if (first < Math.max(64, this.#entries.length / 2)) return;
    this.#entries = this.#entries.slice(first);
    this.#dropped += first;
  }
}

function forgetOldest(
  places: ReadonlyMap<string, number>,
  most: number,
  forget: (candidateId: string) => void,
): void {
  if (places.size <= most) return;
  for (const candidateId of places.keys()) return forget(candidateId);
}
