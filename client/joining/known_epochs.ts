import type { Millis } from "../../shared/core/units.ts";
import { type GroupEpoch, keyIdOfEpoch } from "../../shared/secrecy/group_epoch.ts";

/** How long packets of an older epoch may still arrive after a newer one is in use. */
const STRAGGLERS_MILLIS: Millis = 5000;
/**
 * How many epochs ahead of the newest known one a key is worth waiting for. When several listeners are put
 * out one after the other, the key changes that often.
 */
const MAX_EPOCHS_AHEAD = 32;

interface KnownEpoch {
  readonly keys: GroupEpoch;
  /** When a packet was first opened with the key; Infinity before. */
  usedAt: Millis;
}

/**
 * The group keys that a listener knows. A key is valid until {@linkcode STRAGGLERS_MILLIS} after the first
 * use of any newer key, because listeners who were put out know it too.
 */
export class KnownEpochs {
  /** At most one for each key id, the newest. */
  readonly #byKeyId = new Map<number, KnownEpoch>();
  #newest = 0;

  /** @returns whether the key was unknown. Keys may overtake each other, so an unknown key may be an older one. */
  add(keys: GroupEpoch): boolean {
    const keyId = keyIdOfEpoch(keys.epoch);
    if ((this.#byKeyId.get(keyId)?.keys.epoch ?? 0) >= keys.epoch) return false;
    this.#byKeyId.set(keyId, { keys, usedAt: Infinity });
    this.#newest = Math.max(this.#newest, keys.epoch);
    return true;
  }

  /** @returns undefined when the key is unknown or no longer valid. */
  find(keyId: number, now: Millis): GroupEpoch | undefined {
    const known = this.#byKeyId.get(keyId);
    return known && now < this.#retiresAt(known) ? known.keys : undefined;
  }

  /** A packet was opened with that key. */
  use({ epoch }: GroupEpoch, now: Millis): void {
    const known = this.#byKeyId.get(keyIdOfEpoch(epoch));
    if (!known || known.usedAt <= now) return;
    known.usedAt = now;
    for (const [keyId, other] of this.#byKeyId) {
      if (this.#retiresAt(other) <= now) this.#byKeyId.delete(keyId);
    }
  }

  /** Whether a key of that id may still come. */
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
