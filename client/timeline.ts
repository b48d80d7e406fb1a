import type { FeedEvent } from "../shared/wire/event.ts";

/** Far more than a match has; beyond it the oldest are forgotten. */
const MAX_ENTRIES = 5000;
/** A count further ahead than this is not believed. */
const MAX_AHEAD = 10_000;

/** The events of a match in their order, each once, with what is missing known by number. */
export class Timeline {
  readonly #events = new Map<number, FeedEvent>();
  #head = 0;
  #headScore = "0 x 0";

  /** The count of the newest entry known to exist. */
  get head(): number {
    return this.#head;
  }

  /** The score after the newest entry. */
  get score(): string {
    return this.#headScore;
  }

  /** The host says where its timeline stands. One that stands further back is another timeline. */
  onHead({ count, score }: { readonly count: number; readonly score: string }): void {
    if (count < this.#head) this.#events.clear();
    this.#head = count;
    this.#headScore = score;
  }

  /** @returns whether it is new. Another event at a count we have is from another timeline. */
  add(event: FeedEvent): boolean {
    const { count } = event;
    const known = this.#events.get(count);
    if (known?.event.id === event.event.id || count > this.#head + MAX_AHEAD) return false;
    if (known) this.onHead({ count: 0, score: event.score });
    this.#events.set(count, event);
    if (count >= this.#head) {
      this.#head = count;
      this.#headScore = event.score;
    }
    if (this.#events.size > MAX_ENTRIES) this.#events.delete(Math.min(...this.#events.keys()));
    return true;
  }

  /** In order of count, without those that a later one corrects. */
  entries(): FeedEvent[] {
    const all = [...this.#events.values()].sort((one, other) => one.count - other.count);
    const corrected = new Set(all.map(({ event }) => event.supersedes));
    return all.filter(({ event }) => !corrected.has(event.id));
  }

  /** Counts between the first entry we have and the head that never came, oldest first, at most `limit`. */
  missing(limit = 100): number[] {
    const missing: number[] = [];
    if (this.#events.size === 0) return missing;
    const first = Math.min(...this.#events.keys());
    for (let count = first; count <= this.#head && missing.length < limit; count++) {
      if (!this.#events.has(count)) missing.push(count);
    }
    return missing;
  }
}
