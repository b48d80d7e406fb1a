import type { Candidate } from "./report.ts";

/** The most of each that a page shows. */
const MAX_OPEN = 60;
const MAX_DECIDED = 10;
/** The longest list. */
export const MAX_CANDIDATES_SHOWN: number = MAX_OPEN + MAX_DECIDED;

export function isOpen({ state }: Candidate): boolean {
  return state === "reported" || state === "provisional";
}

/** The candidates that a page shows: those that are open, and the last that were decided. */
export class CandidateList<One extends Candidate = Candidate> {
  readonly #candidates = new Map<string, One>();
  #newest: Pick<Candidate, "needed" | "reporters"> = { reporters: 0 };

  /** @returns whether the candidate is new, or stands otherwise than before. */
  note(candidate: One): boolean {
    const before = this.#candidates.get(candidate.candidateId);
    if (before && JSON.stringify(before) === JSON.stringify(candidate)) return false;
    this.#candidates.set(candidate.candidateId, candidate);
    this.#newest = candidate;
    this.#keepNewest(true, MAX_OPEN);
    this.#keepNewest(false, MAX_DECIDED);
    return true;
  }

  find(candidateId: string): One | undefined {
    return this.#candidates.get(candidateId);
  }

  clear(): void {
    this.#candidates.clear();
  }

  /**
   * In the order in which they came. How many votes are needed depends on how many report; the host says it with
   * each candidate that changes, and it holds for all that are open.
   */
  get all(): One[] {
    const { needed, reporters } = this.#newest;
    const now = { ...(needed !== undefined && { needed }), reporters };
    return this.#candidates.values()
      .map((candidate) => isOpen(candidate) ? { ...candidate, ...now } : candidate).toArray();
  }

  #keepNewest(areOpen: boolean, most: number): void {
    const those = this.#candidates.values().filter((one) => isOpen(one) === areOpen).toArray();
    for (const { candidateId } of those.slice(0, -most)) this.#candidates.delete(candidateId);
  }
}
