import type { Counters } from "../../shared/core/counters.ts";
import type { LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { RoundTrip } from "../../shared/rtcp/round_trip.ts";
import type { StreamSet } from "../receiving/stream_set.ts";

const EVERY: Millis = 1000;

export interface SnapshotsDeps {
  readonly streams: StreamSet;
  readonly roundTrip: RoundTrip;
  readonly junk: Counters<JunkName>;
}

/** The ledgers of all channels, taken once a second. */
export class Snapshots {
  readonly #deps: SnapshotsDeps;
  #dueAt: Millis = Infinity;

  constructor(deps: SnapshotsDeps) {
    this.#deps = deps;
  }

  /** When {@linkcode poll} has the next one; Infinity before the start. */
  get deadline(): Millis {
    return this.#dueAt;
  }

  start(now: Millis): void {
    this.#dueAt = now + EVERY;
  }

  /** @returns the snapshot that is due, if any. If calls were late, missed snapshots are left out. */
  poll(now: Millis): LedgerSnapshot | undefined {
    if (now < this.#dueAt) return undefined;
    this.#dueAt += EVERY * Math.ceil((now - this.#dueAt + 1) / EVERY);
    return this.take(now);
  }

  take(now: Millis): LedgerSnapshot {
    const { streams, roundTrip: { latest }, junk } = this.#deps;
    return {
      at: now,
      ...(latest === undefined ? {} : { roundTripTime: latest / 1000 }),
      channels: streams.ledgers(now),
      junk: junk.snapshot() as Record<string, number>,
    };
  }
}
