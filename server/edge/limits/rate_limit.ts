/*
 * Limits on what strangers may ask of the host. In: an address and the time, for each HELLO, JOIN or challenge.
 * Out: whether it may pass.
 *
 * `RateLimit` is the token bucket; `SourceLimit` has one bucket for each source; `AskingLimit` joins both. They
 * are used in ../admission (admission.ts, examinations.ts, path_challenges.ts); ../sessions/unreported.ts uses
 * `sourceOf`.
 */

import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";

/**
 * HELLOs answered per second; also JOINs whose cookies are verified per second, counted separately, so that
 * a flood of JOINs keeps no HELLO from its answer. Each takes a host 100 to 130 us, reading and answering included
 * (scripts/bench/joins.ts), so forged addresses, which nothing else limits, take about half a processor core at most.
 */
const ALL_SOURCES = { perSecond: 4000, burst: 4000 };
/** Of those, from one address: four thousand listeners behind one router ask at once. */
const ONE_SOURCE = { perSecond: 2000, burst: 4000, capacity: 4096 };

/** A token bucket: lets `perSecond` through on average, and up to `burst` at once. */
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

  /** @returns whether one more could pass now; does not count as one. */
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
  /** Sources stored; beyond that, the one that was silent longest is dropped. */
  readonly capacity: number;
}

/** A token bucket for each source, so that one sender cannot use up what is there for all. */
export class SourceLimit {
  readonly #options: SourceLimitOptions;
  readonly #buckets: BoundedMap<string, RateLimit>;

  constructor(options: SourceLimitOptions) {
    this.#options = options;
    this.#buckets = new BoundedMap(options.capacity);
  }

  /** How many sources are stored. */
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

  /** @returns whether one more from there could pass now; counts and stores nothing. */
  hasRoom(hostname: string, now: Millis): boolean {
    return this.#buckets.get(sourceOf(hostname))?.hasRoom(now) ?? true;
  }
}

/** The limit for messages that a stranger sends first: one for all addresses, and one for each. */
export class AskingLimit {
  readonly #all: RateLimit;
  readonly #sources = new SourceLimit(ONE_SOURCE);

  constructor(now: Millis) {
    this.#all = new RateLimit(ALL_SOURCES.perSecond, ALL_SOURCES.burst, now);
  }

  take({ hostname }: Address, now: Millis): boolean {
    // The sender's own limit is asked first, so that its excess is not taken from the others.
    return this.#sources.take(hostname, now) && this.#all.take(now);
  }
}

/** @returns the IPv4 address, or the /64 prefix of an IPv6 address, since one user has at least a /64. */
export function sourceOf(hostname: string): string {
  if (!hostname.includes(":") || hostname.includes(".")) return hostname;
  const [head = "", tail] = hostname.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const left = groups(head);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - groups(tail).length);
  const whole = [...left, ...new Array<string>(zeros).fill("0"), ...groups(tail ?? "")];
  return whole.slice(0, 4).join(":").toLowerCase();
}
