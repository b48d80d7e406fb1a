import type { Millis } from "../../../shared/core/units.ts";
import { CandidateList, isOpen } from "../../../shared/report/candidate_list.ts";
import type { Candidate } from "../../../shared/report/report.ts";
import type { StudioCandidates } from "../../../shared/studio/studio_messages.ts";

/** A goal brings many reports at once: pages are told of them together. */
const EVERY_MILLIS: Millis = 100;

/** What the stands report, and how the votes on it stand. */
export class CandidateTable {
  readonly #list = new CandidateList();
  #isNew = false;
  #toldAt: Millis = -Infinity;

  /** When to call {@linkcode take}; Infinity when there is nothing new. */
  get deadline(): Millis {
    return this.#isNew ? this.#toldAt + EVERY_MILLIS : Infinity;
  }

  note(candidate: Candidate): void {
    if (this.#list.note(candidate)) this.#isNew = true;
  }

  /** Whether the host can still decide. */
  isOpen(candidateId: string): boolean {
    const candidate = this.#list.find(candidateId);
    return candidate !== undefined && isOpen(candidate);
  }

  /** What the pages are to be told now; undefined when they know it. */
  take(now: Millis): StudioCandidates | undefined {
    if (now < this.deadline) return undefined;
    this.#isNew = false;
    this.#toldAt = now;
    return this.describe(now);
  }

  describe(now: Millis): StudioCandidates {
    return { kind: "candidates", now, candidates: this.#list.all };
  }
}
