import type { Rng } from "../shared/core/rng.ts";
import type { Millis } from "../shared/core/units.ts";
import type { FeedEvent } from "../shared/wire/event.ts";
import type { NewEvent } from "./new_event.ts";
import { makeUlid } from "./ulid.ts";

/** Every event of the match in order; none is ever changed or lost. */
export class Timeline {
  readonly #entries: FeedEvent[] = [];
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  get entries(): readonly FeedEvent[] {
    return this.#entries;
  }

  /** Where it stands. */
  get head(): { readonly count: number; readonly score: string } {
    return { count: this.#entries.length, score: this.#entries.at(-1)?.score ?? "0 x 0" };
  }

  /** Gives the event its count and sending time, and its id and time where they are absent. */
  append({ type, score, content, event }: NewEvent, now: Millis): FeedEvent {
    const time = Math.floor(now);
    const id = event.id ?? makeUlid(now, this.#rng);
    const happened = { ...event, id, time: event.time ?? time };
    const count = this.#entries.length + 1;
    const entry: FeedEvent = { count, type, score, content, time, event: happened };
    this.#entries.push(entry);
    return entry;
  }
}
