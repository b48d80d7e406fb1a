import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";

/** Listeners that ask within this time missed the same packet for the same reason. */
const WINDOW_MILLIS: Millis = 20;
/** More than this share of the listeners, and at least so many, make a storm. */
const STORM_SHARE = 0.1;
const LEAST_ASKERS = 5;
/** Packets that are watched at the same time; the oldest are forgotten. */
const MAX_WATCHED = 256;

interface Watched {
  since: Millis;
  /** Held weakly: a packet is watched until many others were, and who asked may have left long before. */
  askers: WeakSet<object>;
  askerCount: number;
  sentToAllAt: Millis;
}

/** Notices when many listeners ask for one packet at once: then it is cheaper to send it to all. */
export class StormWatch {
  readonly #watched = new BoundedMap<ExtendedSequence, Watched>(MAX_WATCHED);

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
      forgetAskers(watched);
    }
    if (!watched.askers.has(asker)) watched.askerCount++;
    watched.askers.add(asker);
    const { askerCount } = watched;
    return askerCount >= LEAST_ASKERS && askerCount > listenerCount * STORM_SHARE;
  }

  onSentToAll(sequence: ExtendedSequence, now: Millis): void {
    const watched = this.#watch(sequence, now);
    watched.sentToAllAt = now;
    forgetAskers(watched);
  }

  #watch(sequence: ExtendedSequence, now: Millis): Watched {
    let watched = this.#watched.get(sequence);
    if (!watched) {
      watched = { since: now, askers: new WeakSet(), askerCount: 0, sentToAllAt: -Infinity };
      this.#watched.set(sequence, watched);
    }
    return watched;
  }
}

function forgetAskers(watched: Watched): void {
  watched.askers = new WeakSet();
  watched.askerCount = 0;
}
