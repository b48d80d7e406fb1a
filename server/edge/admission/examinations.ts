import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import { RateLimit, SourceLimit, sourceOf } from "../limits/rate_limit.ts";
import type { Join } from "../../../shared/admission/admission.ts";

/** JOINs looked into a second, of all addresses: on a slow machine a quarter of a processor core. */
const ALL = { perSecond: 1500, burst: 500 };
/** Of those, what one address may have: a school behind one router is in within seconds. */
const ONE_SOURCE = { perSecond: 500, burst: 1000, capacity: 4096 };
/** What an address may have whose JOINs led to nothing, and all such addresses together. */
const ONE_SUSPECT = { perSecond: 20, burst: 40, capacity: 4096 };
const ALL_SUSPECTS = { perSecond: 500, burst: 100 };
/** For so long after the last such JOIN. */
const SUSPECT_FOR_MILLIS: Millis = 60_000;
const MAX_SUSPECTS = 4096;
/** JOINs that are being looked into at the same time. */
const MAX_PENDING = 16;
/** A listener repeats a JOIN no more often than this: further copies get no answer. */
const MAX_ANSWERED_COPIES = 12;
/** Cookies remembered as used: some ten seconds of a storm at the full rate. */
const MAX_USED = 16_384;

/** A JOIN whose sender was shown to be at its address; whether it is let in is yet to be seen. */
export interface Application {
  readonly join: Join;
  readonly from: Address;
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  readonly cookieIssuedAt: Millis;
}

/** What became of a cookie's one JOIN. */
type Outcome =
  | { readonly kind: "pending" }
  | { readonly kind: "accepted" }
  /** Without an answer when it was nothing that an honest listener would send. */
  | { readonly kind: "refused"; readonly answer?: Uint8Array; copies: number };

/** Whether a JOIN is to be looked into. */
export type Examination =
  | { readonly kind: "begun"; readonly id: number }
  /** A copy of one that is being looked into waits for nothing: the first one's answer is its. */
  | { readonly kind: "waiting" }
  /** A copy of one that was refused gets what that one got. */
  | { readonly kind: "refused"; readonly answer: Uint8Array }
  | { readonly kind: "drop"; readonly junk: JunkName };

/**
 * Which JOINs are looked into. That takes a key agreement, and so costs a host more than anything else a
 * stranger can ask of it: one is opened per cookie, so many a second of all, so many of each address,
 * and few of one whose JOINs led to nothing, so that it keeps nobody else out.
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

  /** Whether a JOIN from there could be looked into now: if not, its cookie need not be verified. */
  hasRoomFor({ hostname }: Address, now: Millis): boolean {
    return !this.#isSuspect(hostname, now) || this.#suspects.hasRoom(hostname, now);
  }

  /** @param application its cookie is ours, and was sent to where it comes from. */
  begin(application: Application, now: Millis): Examination {
    const used = this.#outcomes.get(keyOf(application));
    if (used || this.#isAsking(application)) return describe(used);
    // Asked last is what all share: what one sender has too much is not taken from the others.
    if (this.#pending.size >= MAX_PENDING || !this.#mayOpen(application.from, now)) {
      return { kind: "drop", junk: "overflow" };
    }
    this.#pending.set(++this.#count, application);
    this.#note(application, { kind: "pending" });
    return { kind: "begun", id: this.#count };
  }

  /** @returns the JOIN that was looked into under this `id`; undefined when nobody waits for that. */
  end(id: number): Application | undefined {
    const application = this.#pending.get(id);
    this.#pending.delete(id);
    return application;
  }

  onAccepted(application: Application): void {
    this.#note(application, { kind: "accepted" });
  }

  /** @param answer goes to copies of it too; none for what gets no answer. */
  onRefused(application: Application, answer?: Uint8Array): void {
    this.#note(application, { kind: "refused", ...(answer && { answer }), copies: 0 });
  }

  /** As if it had not been looked into: a copy may have more luck. */
  forget(application: Application): void {
    this.#outcomes.delete(keyOf(application));
  }

  /** A JOIN from there led to nothing: for a while only few more are looked into. */
  suspect({ hostname }: Address, now: Millis): void {
    const source = sourceOf(hostname);
    // In the order in which they end.
    this.#suspectUntil.delete(source);
    this.#suspectUntil.set(source, now + SUSPECT_FOR_MILLIS);
    for (const [oldest, until] of this.#suspectUntil) {
      if (until > now && this.#suspectUntil.size <= MAX_SUSPECTS) break;
      this.#suspectUntil.delete(oldest);
    }
  }

  /** Whether another JOIN of the same client is being looked into. */
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
      // Whoever came in by it has gone since.
      return { kind: "drop", junk: "expiredCookie" };
    default:
      return { kind: "waiting" };
  }
}

/** A cookie is over its address and client, and says when it was issued: it names its JOIN. */
function keyOf({ join }: Application): string {
  return join.cookie.toHex();
}
