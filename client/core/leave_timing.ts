import type { Millis } from "../../shared/core/units.ts";
import type { StreamSet } from "../receiving/stream_set.ts";

/** After the host's goodbye, packets may still arrive; the listener stays at least this long. */
const SHORTEST_GRACE: Millis = 500;
/** How much longer it stays while events are missing. */
const GRACE_FOR_EVENTS: Millis = 4000;

/** When a listener leaves: after its own duration, or after the host's goodbye when all packets had time to come. */
export class LeaveTiming {
  readonly #streams: StreamSet;
  #timeEndsAt: Millis = Infinity;
  /** Set by the host's goodbye: when late packets are no longer waited for. */
  #graceUntil: Millis | undefined;

  constructor(streams: StreamSet) {
    this.#streams = streams;
  }

  /** Whether the host has ended the broadcast. */
  get isHostGone(): boolean {
    return this.#graceUntil !== undefined;
  }

  get deadline(): Millis {
    return Math.min(this.#timeEndsAt, this.#graceEndsAt);
  }

  /** The listener leaves at `end` at the latest. */
  limitTo(end: Millis): void {
    this.#timeEndsAt = end;
  }

  /**
   * The host has ended the broadcast.
   *
   * @param ssrcs those that its goodbye names: its own and those of the channels.
   */
  onGoodbye(ssrcs: readonly number[], now: Millis): void {
    for (const ssrc of ssrcs) this.#streams.onGoodbye(ssrc);
    if (this.isHostGone) return;
    this.#graceUntil = now + Math.max(this.#streams.longestTarget, SHORTEST_GRACE);
  }

  /** @returns why to leave now; undefined while there is no reason. */
  poll(now: Millis): "duration" | "bye" | undefined {
    if (now >= this.#timeEndsAt) return "duration";
    return now >= this.#graceEndsAt ? "bye" : undefined;
  }

  /** When late packets are no longer waited for; later while events are missing. */
  get #graceEndsAt(): Millis {
    const isMissing = this.#streams.areEventsMissing;
    return (this.#graceUntil ?? Infinity) + (isMissing ? GRACE_FOR_EVENTS : 0);
  }
}
