import type { Millis } from "../../shared/core/units.ts";
import { type GroupEpoch, keyIdOfEpoch } from "../../shared/secrecy/group_epoch.ts";

/** How long packets of the epoch before are still under way once a newer one is in use. */
const STRAGGLERS_MILLIS: Millis = 5000;
/**
 * How far ahead of the newest key that we know one may be that is worth waiting for: where many are put
 * out one after the other the key changes as often.
 */
const MAX_EPOCHS_AHEAD = 32;

interface KnownEpoch {
  readonly keys: GroupEpoch;
  /** When a packet was first opened with it; Infinity before. */
  usedAt: Millis;
}

/**
 * The group's keys that a listener knows. One is good until {@linkcode STRAGGLERS_MILLIS} after the first
 * use of any newer one, for whoever was put out knows it too.
 */
export class KnownEpochs {
  /** At most one of each id, the newest. */
  readonly #byKeyId = new Map<number, KnownEpoch>();
  #newest = 0;

  /** @returns whether it is news. Keys may overtake each other on their way: an older one can be. */
  add(keys: GroupEpoch): boolean {
    const keyId = keyIdOfEpoch(keys.epoch);
    if ((this.#byKeyId.get(keyId)?.keys.epoch ?? 0) >= keys.epoch) return false;
    this.#byKeyId.set(keyId, { keys, usedAt: Infinity });
    this.#newest = Math.max(this.#newest, keys.epoch);
    return true;
  }

  /** @returns undefined when the key is not known, or not good any more. */
  find(keyId: number, now: Millis): GroupEpoch | undefined {
    const known = this.#byKeyId.get(keyId);
    return known && now < this.#retiresAt(known) ? known.keys : undefined;
  }

  /** A packet was opened with it. */
  use({ epoch }: GroupEpoch, now: Millis): void {
    const known = this.#byKeyId.get(keyIdOfEpoch(epoch));
    if (!known || known.usedAt <= now) return;
    known.usedAt = now;
    for (const [keyId, other] of this.#byKeyId) {
      if (this.#retiresAt(other) <= now) this.#byKeyId.delete(keyId);
    }
  }

  /** Whether the key of that id may still be under way to us. */
  mayCome(keyId: number): boolean {
    for (let ahead = 1; ahead <= MAX_EPOCHS_AHEAD; ahead++) {
      if (keyId === keyIdOfEpoch(this.#newest + ahead)) return true;
    }
    return false;
  }

  #retiresAt({ keys: { epoch } }: KnownEpoch): Millis {
    const newer = [...this.#byKeyId.values()].filter((other) => other.keys.epoch > epoch);
    return Math.min(...newer.map(({ usedAt }) => usedAt)) + STRAGGLERS_MILLIS;
  }
}
