import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import { RateLimit, SourceLimit, sourceOf } from "../limits/rate_limit.ts";
import type { Join } from "../../../shared/admission/admission.ts";

/** JOINs examined per second, from all addresses: less than half a processor core. */
const ALL = { perSecond: 2500, burst: 4000 };
/** Of those, from one address: four thousand listeners behind one router join at once. */
const ONE_SOURCE = { perSecond: 2000, burst: 4000, capacity: 4096 };
/** The limits for an address whose JOINs were in vain, and for all such addresses together. */
const ONE_SUSPECT = { perSecond: 20, burst: 40, capacity: 4096 };
const ALL_SUSPECTS = { perSecond: 500, burst: 100 };
/** The limits hold this long after the latest such JOIN. */
const SUSPECT_FOR_MILLIS: Millis = 60_000;
const MAX_SUSPECTS = 4096;
/** Examinations that are pending at the same time. */
const MAX_PENDING = 16;
/** No listener repeats a JOIN more often than this: further copies are not answered. */
const MAX_ANSWERED_COPIES = 12;
/** Cookies stored as used: those of about seven seconds at the full rate. */
const MAX_USED = 16_384;

/** A JOIN with a valid cookie, about which nothing is decided yet. */
export interface Application {
  readonly join: Join;
  readonly from: Address;
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  /** By the origin's clock. */
  readonly cookieIssuedAt: Millis;
}

/** What was decided about the one JOIN of a cookie. */
type Outcome =
  | { readonly kind: "pending" }
  | { readonly kind: "accepted" }
  /** No answer when no honest listener would have sent it. */
  | { readonly kind: "refused"; readonly answer?: Uint8Array; copies: number };

const ACCEPTED: Outcome = { kind: "accepted" };

/** Whether a JOIN is to be examined. */
export type Examination =
  | { readonly kind: "begun"; readonly id: number }
  /** A copy of a JOIN whose examination is pending: the answer to the first one is enough. */
  | { readonly kind: "waiting" }
  /** A copy of a refused JOIN gets the same answer. */
  | { readonly kind: "refused"; readonly answer: Uint8Array }
  | { readonly kind: "drop"; readonly junk: JunkName };

/**
 * Decides which JOINs are examined. An examination takes a key agreement, the most expensive thing that a
 * stranger can ask of a host. Therefore: one JOIN per cookie, a limit per second for all addresses and one
 * for each, and a lower limit for an address whose JOINs were in vain, so that it keeps nobody else out.
 */
export class Examinations {
  readonly #pending = new Map<number, Application>();
  readonly #outcomes = new BoundedMap<string, Outcome>(MAX_USED);
  readonly #suspectUntil = new Map<string, Millis>();
  readonly #sources = new SourceLimit(ONE_SOURCE);
  readonly #suspects = new SourceLimit(ONE_SUSPECT);
  readonly #all: RateLimit;
  readonly #allSuspects: RateLimit;
  #count = 0;

  constructor(now: Millis) {
    this.#all = new RateLimit(ALL.perSecond, ALL.burst, now);
    this.#allSuspects = new RateLimit(ALL_SUSPECTS.perSecond, ALL_SUSPECTS.burst, now);
  }

  /** Whether a JOIN from there could be examined now; if not, its cookie need not be verified. */
  hasRoomFor({ hostname }: Address, now: Millis): boolean {
    return !this.#isSuspect(hostname, now) || this.#suspects.hasRoom(hostname, now);
  }

  /** @param application a JOIN with a valid cookie. */
  begin(application: Application, now: Millis): Examination {
    const used = this.#outcomes.get(keyOf(application));
    if (used || this.#isAsking(application)) return describe(used);
    // The shared limit is asked last, so that one sender's excess is not taken from the others.
    if (this.#pending.size >= MAX_PENDING || !this.#mayOpen(application.from, now)) {
      return { kind: "drop", junk: "overflow" };
    }
    this.#pending.set(++this.#count, application);
    this.#note(application, { kind: "pending" });
    return { kind: "begun", id: this.#count };
  }

  /** @returns the JOIN that was examined under this `id`; undefined when none is pending under it. */
  end(id: number): Application | undefined {
    const application = this.#pending.get(id);
    this.#pending.delete(id);
    return application;
  }

  onAccepted(application: Application): void {
    this.#note(application, ACCEPTED);
  }

  /** @param answer is sent to copies of the JOIN too; absent when the JOIN gets no answer. */
  onRefused(application: Application, answer?: Uint8Array): void {
    this.#note(application, { kind: "refused", ...(answer && { answer }), copies: 0 });
  }

  /** Forgets the examination: a copy of the JOIN may be examined again, and be admitted. */
  forget(application: Application): void {
    this.#outcomes.delete(keyOf(application));
  }

  /** A JOIN from there was in vain: for a while few from there are examined. */
  suspect({ hostname }: Address, now: Millis): void {
    const source = sourceOf(hostname);
    // Deleted first, so that the map keeps the order in which the entries expire.
    this.#suspectUntil.delete(source);
    this.#suspectUntil.set(source, now + SUSPECT_FOR_MILLIS);
    for (const [oldest, until] of this.#suspectUntil) {
      if (until > now && this.#suspectUntil.size <= MAX_SUSPECTS) break;
      this.#suspectUntil.delete(oldest);
    }
  }

  /** Whether another JOIN of the same client is being examined. */
  #isAsking({ clientId, from }: Application): boolean {
    for (const other of this.#pending.values()) {
      const isSame = other.clientId === clientId && other.from.port === from.port &&
        other.from.hostname === from.hostname;
      if (isSame) return true;
    }
    return false;
  }

  #isSuspect(hostname: string, now: Millis): boolean {
    return (this.#suspectUntil.get(sourceOf(hostname)) ?? -Infinity) > now;
  }

  #mayOpen({ hostname }: Address, now: Millis): boolean {
    const isWithinOwn = this.#isSuspect(hostname, now)
      ? this.#suspects.take(hostname, now) && this.#allSuspects.take(now)
      : this.#sources.take(hostname, now);
    return isWithinOwn && this.#all.take(now);
  }

  #note(application: Application, outcome: Outcome): void {
    this.#outcomes.set(keyOf(application), outcome);
  }
}

function describe(outcome: Outcome | undefined): Examination {
  switch (outcome?.kind) {
    case "refused":
      if (!outcome.answer) return { kind: "drop", junk: "unauthentic" };
      return outcome.copies++ < MAX_ANSWERED_COPIES
        ? { kind: "refused", answer: outcome.answer }
        : { kind: "drop", junk: "overflow" };
    case "accepted":
      // The session that it began has ended since.
      return { kind: "drop", junk: "expiredCookie" };
    default:
      return { kind: "waiting" };
  }
}

/** The cookie identifies a JOIN: it depends on address, client and time of issue. */
function keyOf({ join }: Application): string {
  return join.cookie.toHex();
}
