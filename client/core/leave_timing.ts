import type { Millis } from "../../shared/core/units.ts";
import type { StreamSet } from "../receiving/stream_set.ts";

/** After a goodbye, packets that are still under way are waited for at least this long. */
const SHORTEST_GRACE: Millis = 500;
const GRACE_FOR_EVENTS: Millis = 4000;

/** When a listener goes: once its time is over, or the host has gone and nothing more is to come. */
export class LeaveTiming {
  readonly #streams: StreamSet;
  #timeEndsAt: Millis = Infinity;
  /** Set by the host's goodbye: when stragglers are no longer waited for. */
  #graceUntil: Millis | undefined;

  constructor(streams: StreamSet) {
    this.#streams = streams;
  }

  /** Whether the host has said goodbye for everything that it sent. */
  get isHostGone(): boolean {
    return this.#graceUntil !== undefined;
  }

  get deadline(): Millis {
    return Math.min(this.#timeEndsAt, this.#graceEndsAt);
  }

  /** It is not to stay for longer than that. */
  limitTo(end: Millis): void {
    this.#timeEndsAt = end;
  }

  /** @param ssrcs of streams that the host has ended. */
  onGoodbye(ssrcs: readonly number[], now: Millis): void {
    for (const ssrc of ssrcs) this.#streams.onGoodbye(ssrc);
    if (!this.#streams.haveEnded || this.isHostGone) return;
    this.#graceUntil = now + Math.max(this.#streams.longestTarget, SHORTEST_GRACE);
  }

  /** @returns why to go now; undefined while there is no reason to. */
  poll(now: Millis): "duration" | "bye" | undefined {
    if (now >= this.#timeEndsAt) return "duration";
    return now >= this.#graceEndsAt ? "bye" : undefined;
  }

  /** When stragglers are no longer waited for; missing events are, a while longer. */
  get #graceEndsAt(): Millis {
    const isMissing = this.#streams.areEventsMissing;
    return (this.#graceUntil ?? Infinity) + (isMissing ? GRACE_FOR_EVENTS : 0);
  }
}
