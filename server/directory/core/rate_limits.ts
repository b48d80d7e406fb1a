import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Millis } from "../../../shared/core/units.ts";

/** So many at once, and so many a second in the long run. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket for each key. With too many keys the one that was used least recently begins anew. */
export class RateLimiter {
  readonly #buckets: BoundedMap<string, { readonly level: number; readonly at: Millis }>;

  constructor(capacity: number) {
    this.#buckets = new BoundedMap(capacity);
  }

  /** @returns 0 when it is within the rate, else after how long it will be. */
  take(key: string, { burst, perSecond }: Rate, now: Millis): Millis {
    const bucket = this.#buckets.get(key) ?? { level: burst, at: now };
    const gained = Math.max(0, now - bucket.at) * perSecond / 1000;
    const level = Math.min(burst, bucket.level + gained);
    const isWithin = level >= 1;
    this.#buckets.renew(key, { level: isWithin ? level - 1 : level, at: now });
    return isWithin ? 0 : (1 - level) * 1000 / perSecond;
  }
}
