/** Reports whose answers are kept; the oldest is forgotten first. */
export const MAX_ANSWERED = 100_000;

export interface StoredAnswer {
  readonly reporter: string;
  readonly reportId: string;
  readonly verdict: "counted" | "duplicate";
}

/** What was answered, so that a report that comes again gets the same answer. */
export class Answers {
  readonly #answers = new Map<string, StoredAnswer>();

  constructor(stored: readonly StoredAnswer[] = []) {
    for (const { reporter, reportId, verdict } of stored) this.set(reporter, reportId, verdict);
  }

  get size(): number {
    return this.#answers.size;
  }

  get(reporter: string, reportId: string): StoredAnswer["verdict"] | undefined {
    return this.#answers.get(keyOf(reporter, reportId))?.verdict;
  }

  set(reporter: string, reportId: string, verdict: StoredAnswer["verdict"]): void {
    this.#answers.set(keyOf(reporter, reportId), { reporter, reportId, verdict });
    if (this.#answers.size <= MAX_ANSWERED) return;
    for (const oldest of this.#answers.keys()) return void this.#answers.delete(oldest);
  }

  toStored(): StoredAnswer[] {
    return [...this.#answers.values()];
  }
}

/** Ids are made by the reporters: nobody's id is in the way of another's. */
function keyOf(reporter: string, reportId: string): string {
  return JSON.stringify([reporter, reportId]);
}
