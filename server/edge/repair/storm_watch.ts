import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";

/** Listeners that request a packet within this time lost it for the same reason. */
const WINDOW_MILLIS: Millis = 20;
/**
 * A storm: more than this share of the listeners, and at least LEAST_ASKERS, request the same packet. Less than half
 * would send more copies to listeners that have the packet than to those that lack it; and of a hundred listeners that
 * each lose one packet in ten, ten lack the same one.
 */
const STORM_SHARE = 0.5;
const LEAST_ASKERS = 5;
/** Packets that are watched at the same time; the oldest are dropped. */
const MAX_WATCHED = 256;

interface Watched {
  since: Millis;
  /** Held weakly: an entry may outlive the sessions that requested its packet. */
  askers: WeakSet<object>;
  askerCount: number;
  sentToAllAt: Millis;
}

/** Notices when most listeners request one packet at once: then the others lack it too, and nobody needs to ask. */
export class StormWatch {
  readonly #watched = new BoundedMap<ExtendedSequence, Watched>(MAX_WATCHED);
  /** When packets of the RTX stream were sent to all, by their sequence numbers there. */
  readonly #sentToAll = new BoundedMap<ExtendedSequence, Millis>(MAX_WATCHED);

  /** When the packet was last sent to all; -Infinity for never. */
  sentToAllAt(sequence: ExtendedSequence): Millis {
    return this.#watched.get(sequence)?.sentToAllAt ?? -Infinity;
  }

  /** When a retransmission was sent to all. @param number its sequence number in the RTX stream. */
  sentAt(number: ExtendedSequence): Millis | undefined {
    return this.#sentToAll.get(number);
  }

  /** @returns whether the requests for this packet are a storm, this asker's included. */
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

  /** @param number of the retransmission, in the RTX stream. */
  onSentToAll(sequence: ExtendedSequence, number: ExtendedSequence, now: Millis): void {
    this.#sentToAll.set(number, now);
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
