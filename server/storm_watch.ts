import type { ExtendedSequence, Millis } from "../shared/core/units.ts";

/** Listeners that ask within this time missed the same packet for the same reason. */
const WINDOW_MILLIS: Millis = 20;
/** More than this share of the listeners, and at least so many, make a storm. */
const STORM_SHARE = 0.1;
const LEAST_ASKERS = 5;
/** Packets that are watched at the same time; the oldest are forgotten. */
const MAX_WATCHED = 256;

interface Watched {
  since: Millis;
  readonly askers: Set<object>;
  sentToAllAt: Millis;
}

/** Notices when many listeners ask for one packet at once: then it is cheaper to send it to all. */
export class StormWatch {
  readonly #watched = new Map<ExtendedSequence, Watched>();

  /** When the packet was last sent to all; -Infinity for never. */
  sentToAllAt(sequence: ExtendedSequence): Millis {
    return this.#watched.get(sequence)?.sentToAllAt ?? -Infinity;
  }

  /** @returns whether with this asker, of `listenerCount` listeners, it is a storm. */
  isStorm(
    sequence: ExtendedSequence,
    asker: object,
    listenerCount: number,
    now: Millis,
  ): boolean {
    const watched = this.#watch(sequence, now);
    if (now - watched.since > WINDOW_MILLIS) {
      watched.since = now;
      watched.askers.clear();
    }
    watched.askers.add(asker);
    const { size } = watched.askers;
    return size >= LEAST_ASKERS && size > listenerCount * STORM_SHARE;
  }

  onSentToAll(sequence: ExtendedSequence, now: Millis): void {
    const watched = this.#watch(sequence, now);
    watched.sentToAllAt = now;
    watched.askers.clear();
  }

  #watch(sequence: ExtendedSequence, now: Millis): Watched {
    let watched = this.#watched.get(sequence);
    if (!watched) {
      watched = { since: now, askers: new Set(), sentToAllAt: -Infinity };
      this.#watched.set(sequence, watched);
      if (this.#watched.size > MAX_WATCHED) this.#forgetOldest();
    }
    return watched;
  }

  #forgetOldest(): void {
    for (const sequence of this.#watched.keys()) return void this.#watched.delete(sequence);
  }
}
