import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import { RateLimit, SourceLimit, sourceOf } from "../limits/rate_limit.ts";
import type { Join } from "../../../shared/admission/admission.ts";
import { type Application, JoinQueue, type WaitingJoin } from "./join_queue.ts";

/** JOINs examined per second, from all addresses: less than half a processor core. */
const ALL = { perSecond: 2500, burst: 4000 };
/** Of those, from one address: four thousand listeners behind one router join at once. */
const ONE_SOURCE = { perSecond: 2000, burst: 4000, capacity: 4096 };
/** The limits for an address whose JOINs were in vain, and for all such addresses together. */
const ONE_SUSPECT = { perSecond: 20, burst: 40, capacity: 4096 };
const ALL_SUSPECTS = { perSecond: 500, burst: 100 };
/** The limits hold this long after the latest such JOIN. */
const SUSPECT_FOR_MILLIS: Millis = 60_000;
/** For each JOIN in vain so many listeners that are in speak for their address: one of a school holds up nobody. */
const TRUSTED_BY = 4;
const MAX_SUSPECTS = 4096;
/** Examinations that are pending at the same time. */
const MAX_PENDING = 16;
/** The longest time that a crowd takes to come in. */
const CATCHING_UP_MILLIS: Millis = 10_000;
/** So long after a crowd began to wait another one may: whoever makes JOINs wait again and again is no crowd. */
const BETWEEN_CROWDS_MILLIS: Millis = 60_000;
/** No listener repeats a JOIN more often than this: further copies are not answered. */
const MAX_ANSWERED_COPIES = 12;
/** Cookies stored as used: those of about seven seconds at the full rate. */
const MAX_USED = 16_384;

/** What was decided about the one JOIN of a cookie. */
type Outcome =
  | { readonly kind: "pending" }
  | { readonly kind: "accepted" }
  /** No answer when no honest listener would have sent it. */
  | { readonly kind: "refused"; readonly answer?: Uint8Array; copies: number };

const PENDING: Outcome = { kind: "pending" };
const ACCEPTED: Outcome = { kind: "accepted" };
const WAITING = { kind: "waiting" } as const;
const OVERFLOW = { kind: "drop", junk: "overflow" } as const;

/** The examination of a JOIN that is asked for now. */
export interface Begun {
  readonly kind: "begun";
  readonly id: number;
  readonly join: Join;
}

/** Whether a JOIN is to be examined. */
export type Examination =
  | Begun
  /** It waits for its turn, or is a copy of a JOIN that waits: the answer to the first one is enough. */
  | { readonly kind: "waiting" }
  /** A copy of a refused JOIN gets the same answer. */
  | { readonly kind: "refused"; readonly answer: Uint8Array }
  | { readonly kind: "drop"; readonly junk: JunkName };

export interface ExaminationsOptions {
  readonly now: Millis;
  /** How many listeners are in that have reported from the source of an address. */
  readonly listenersFrom: (hostname: string) => number;
  /** Whether its listener could be admitted now. */
  readonly hasPlaceFor: (application: Application, now: Millis) => boolean;
  /** A JOIN that waited is forgotten, since an examination would be in vain. */
  readonly onForgotten: () => void;
}

/**
 * Decides which JOINs are examined, and when. An examination takes a key agreement, the most expensive thing that
 * a stranger can ask of a host. Therefore: one JOIN per cookie, a limit per second for all addresses and one for
 * each, and a lower limit for an address whose JOINs were in vain, so that it keeps nobody else out. What comes
 * faster waits for its turn.
 */
export class Examinations {
  readonly #options: ExaminationsOptions;
  readonly #pending = new Map<number, Application>();
  readonly #waiting = new JoinQueue();
  /** The JOIN that waits or is pending, by client and address. */
  readonly #asking = new Map<string, WaitingJoin>();
  readonly #outcomes = new BoundedMap<string, Outcome>(MAX_USED);
  readonly #vain = new Map<string, { count: number; until: Millis }>();
  readonly #sources = new SourceLimit(ONE_SOURCE);
  readonly #suspects = new SourceLimit(ONE_SUSPECT);
  readonly #all: RateLimit;
  readonly #allSuspects: RateLimit;
  /** Since when the crowd waits that came last. */
  #crowdSince: Millis = -Infinity;
  #count = 0;

  constructor(options: ExaminationsOptions) {
    const { now } = options;
    this.#options = options;
    this.#all = new RateLimit(ALL.perSecond, ALL.burst, now);
    this.#allSuspects = new RateLimit(ALL_SUSPECTS.perSecond, ALL_SUSPECTS.burst, now);
  }

  /** Whether JOINs have been waiting for their turn, but not for so long that it must be an attack. */
  isCatchingUp(now: Millis): boolean {
    return !this.#waiting.isEmpty && now - this.#crowdSince < CATCHING_UP_MILLIS;
  }

  /** Whether a JOIN from there could be examined now; if not, its cookie need not be verified. */
  hasRoomFor({ hostname }: Address, now: Millis): boolean {
    return !this.#isSuspect(hostname, now) || this.#suspects.hasRoom(hostname, now);
  }

  /** The JOIN of this client at this address that waits or is being examined. */
  asking(clientId: string, from: Address): Join | undefined {
    return this.#asking.get(clientOf(clientId, from))?.application.join;
  }

  /** @param application a JOIN with a valid cookie. */
  begin(application: Application, now: Millis): Examination {
    const used = this.#outcomes.get(keyOf(application));
    if (used) return describe(used);
    const client = clientOf(application.clientId, application.from);
    const asking = this.#asking.get(client);
    if (asking) return this.#replace(asking, application);
    const isSuspect = this.#isSuspect(application.from.hostname, now);
    if (!this.#mayAsk(application.from, isSuspect, now)) return OVERFLOW;
    const waiting = { application, isSuspect, hasBegun: false };
    if (!this.#waiting.push(waiting)) return OVERFLOW;
    this.#asking.set(client, waiting);
    this.#note(application, PENDING);
    const next = this.next(now);
    this.#noteCrowd(now);
    return next ?? WAITING;
  }

  #noteCrowd(now: Millis): void {
    const isNew = now - this.#crowdSince >= BETWEEN_CROWDS_MILLIS;
    if (isNew && !this.#waiting.isEmpty) this.#crowdSince = now;
  }

  /** A listener forgets its JOIN when it makes one with a newer cookie, which takes the turn of the first. */
  #replace(asking: WaitingJoin, application: Application): Examination {
    const isNewer = application.cookieIssuedAt > asking.application.cookieIssuedAt;
    if (asking.hasBegun || !isNewer) return WAITING;
    this.#outcomes.delete(keyOf(asking.application));
    asking.application = application;
    this.#note(application, PENDING);
    return WAITING;
  }

  /** @returns the JOIN whose turn it is; undefined when none waits, or too many are being examined. */
  next(now: Millis): Begun | undefined {
    while (this.#pending.size < MAX_PENDING && !this.#waiting.isEmpty) {
      const waiting = this.#waiting.shift()!;
      const { application, isSuspect } = waiting;
      if (!this.#isWorthIt(application, isSuspect, now)) {
        this.forget(application);
        this.#options.onForgotten();
        continue;
      }
      waiting.hasBegun = true;
      this.#pending.set(++this.#count, application);
      return { kind: "begun", id: this.#count, join: application.join };
    }
  }

  /** @returns the JOIN that was examined under this `id`; undefined when none is pending under it. */
  end(id: number): Application | undefined {
    const application = this.#pending.get(id);
    if (application) this.#asking.delete(clientOf(application.clientId, application.from));
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
    this.#asking.delete(clientOf(application.clientId, application.from));
    this.#outcomes.delete(keyOf(application));
  }

  /** A JOIN from there was in vain: for a while few from there are examined, unless many from there are in. */
  suspect({ hostname }: Address, now: Millis): void {
    const source = sourceOf(hostname);
    const before = this.#vain.get(source);
    const count = before && before.until > now ? before.count + 1 : 1;
    // Deleted first, so that the map keeps the order in which the entries expire.
    this.#vain.delete(source);
    this.#vain.set(source, { count, until: now + SUSPECT_FOR_MILLIS });
    for (const [oldest, { until }] of this.#vain) {
      if (until > now && this.#vain.size <= MAX_SUSPECTS) break;
      this.#vain.delete(oldest);
    }
  }

  #isSuspect(hostname: string, now: Millis): boolean {
    const vain = this.#vain.get(sourceOf(hostname));
    if (!vain || vain.until <= now) return false;
    return vain.count * TRUSTED_BY > this.#options.listenersFrom(hostname);
  }

  #mayAsk({ hostname }: Address, isSuspect: boolean, now: Millis): boolean {
    // The shared limits are asked last, so that one sender's excess is not taken from the others.
    const isWithinOwn = isSuspect
      ? this.#takeSuspect(hostname, now)
      : this.#sources.take(hostname, now);
    return isWithinOwn && this.#all.take(now);
  }

  #takeSuspect(hostname: string, now: Millis): boolean {
    return this.#suspects.take(hostname, now) && this.#allSuspects.take(now);
  }

  /** While it waited, JOINs from there may have been in vain, or the last place may have been taken. */
  #isWorthIt(application: Application, wasSuspect: boolean, now: Millis): boolean {
    const { from } = application;
    const isNewSuspect = !wasSuspect && this.#isSuspect(from.hostname, now);
    if (isNewSuspect && !this.#takeSuspect(from.hostname, now)) return false;
    return this.#options.hasPlaceFor(application, now);
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
      return WAITING;
  }
}

/** The cookie identifies a JOIN: it depends on address, client and time of issue. */
function keyOf({ join }: Application): string {
  return join.cookie.toHex();
}

function clientOf(clientId: string, { hostname, port }: Address): string {
  return `${clientId} ${hostname} ${port}`;
}
