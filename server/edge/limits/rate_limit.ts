import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";

/**
 * HELLOs answered a second, and JOINs whose cookies are verified, each for itself: a crowd of ten thousand is
 * in within seconds, and however many JOINs there are, whoever asks for a cookie gets one.
 */
const ASKED_PER_SECOND = 4000;
/** Of those, what one address may have: a school behind one router is in within seconds. */
const ONE_SOURCE = { perSecond: 500, burst: 1000, capacity: 4096 };

/** A token bucket: `perSecond` on average, `burst` at once. */
export class RateLimit {
  #allowance: number;
  #refilledAt: Millis;

  constructor(readonly perSecond: number, readonly burst: number, now: Millis) {
    this.#allowance = burst;
    this.#refilledAt = now;
  }

  /** @returns whether one more may pass now. */
  take(now: Millis): boolean {
    if (!this.hasRoom(now)) return false;
    this.#allowance--;
    return true;
  }

  /** @returns the same, and takes nothing. */
  hasRoom(now: Millis): boolean {
    const earned = (now - this.#refilledAt) * this.perSecond / 1000;
    this.#allowance = Math.min(this.burst, this.#allowance + Math.max(0, earned));
    this.#refilledAt = Math.max(now, this.#refilledAt);
    return this.#allowance >= 1;
  }
}

export interface SourceLimitOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Sources remembered; beyond, the one that was silent longest is forgotten. */
  readonly capacity: number;
}

/** A token bucket for each network address, so that one sender can't use up what is there for all. */
export class SourceLimit {
  readonly #options: SourceLimitOptions;
  readonly #buckets: BoundedMap<string, RateLimit>;

  constructor(options: SourceLimitOptions) {
    this.#options = options;
    this.#buckets = new BoundedMap(options.capacity);
  }

  /** How many are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** @returns whether one more from there may pass now. */
  take(hostname: string, now: Millis): boolean {
    const { perSecond, burst } = this.#options;
    const source = sourceOf(hostname);
    const bucket = this.#buckets.get(source) ?? new RateLimit(perSecond, burst, now);
    this.#buckets.renew(source, bucket);
    return bucket.take(now);
  }

  /** @returns whether one more from there may pass now; takes nothing, and remembers nobody. */
  hasRoom(hostname: string, now: Millis): boolean {
    return this.#buckets.get(sourceOf(hostname))?.hasRoom(now) ?? true;
  }
}

/** So many a second of all addresses, and of those so many of each. */
export class AskingLimit {
  readonly #all: RateLimit;
  readonly #sources = new SourceLimit(ONE_SOURCE);

  constructor(now: Millis) {
    this.#all = new RateLimit(ASKED_PER_SECOND, ASKED_PER_SECOND, now);
  }

  take({ hostname }: Address, now: Millis): boolean {
    // Asked first: what one sender has too much is not taken from the others.
    return this.#sources.take(hostname, now) && this.#all.take(now);
  }
}

/** An IPv4 address, or the /64 of an IPv6 address: nobody has fewer of those than a whole one. */
export function sourceOf(hostname: string): string {
  if (!hostname.includes(":") || hostname.includes(".")) return hostname;
  const [head = "", tail] = hostname.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const left = groups(head);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - groups(tail).length);
  const whole = [...left, ...new Array<string>(zeros).fill("0"), ...groups(tail ?? "")];
  return whole.slice(0, 4).join(":").toLowerCase();
}
