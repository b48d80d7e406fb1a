import type { Rng } from "../shared/core/rng.ts";
import type { Address } from "../shared/core/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import type { JoinSecrets } from "../shared/secrecy/join_sealing.ts";
import {
  type AcceptMessage,
  clientRandomOf,
  parseAdmission,
  RejectCode,
  type RejectMessage,
  serializeAdmission,
} from "../shared/wire/admission.ts";
import { junk, type JunkName, type Parsed } from "../shared/wire/parsed.ts";
import type { Examined, Join } from "./authority.ts";
import { COOKIE_LIFETIME_MILLIS, Cookies } from "./cookies.ts";
import { toHex } from "./hex.ts";
import type { HostSecrecy } from "./host_secrecy.ts";
import { RateLimit, SourceLimit } from "./rate_limit.ts";
import { type Pass, type PassReview, type Refusal, refuseBySeats, refuseByTime } from "./pass.ts";
import type { Session, SessionTable } from "./sessions.ts";
import type { WallTime } from "./wall_time.ts";

/** Handshake datagrams answered a second; a crowd of ten thousand is in within seconds. */
const HANDSHAKES_PER_SECOND = 4000;
/** Of those, what one address may have: a school behind one router is in within seconds. */
const ONE_SOURCE = { perSecond: 1000, burst: 2000, capacity: 4096 };
const OVERLOAD_RETRY_MILLIS = 2000;
/** Clients remembered after they left, so that a late copy of their JOIN does not let them in again. */
const MAX_DEPARTED = 4096;
const HELLO_TYPE = 64;

/** A JOIN whose sender was shown to be at its address; whether it is let in is yet to be seen. */
export interface Application {
  readonly join: Join;
  readonly from: Address;
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  readonly cookieIssuedAt: Millis;
}

/** A listener that may be let in. */
export interface Applicant {
  /** The client random, in hexadecimal. */
  readonly clientId: string;
  readonly clientRandom: Uint8Array;
  readonly name?: string;
  /** What it shows to be known again by; never to be said to anybody. */
  readonly resume?: string;
  /** Of the cookie it showed. */
  readonly cookieIssuedAt: Millis;
  /** With what it comes in; none where tokens say nothing of their bearers. */
  readonly pass?: Pass;
  /** What it shares with us alone; absent when the broadcast is not encrypted. */
  readonly secrets?: JoinSecrets;
  /** How long it holds sound back, if it said so. */
  readonly latencyMillis?: Millis;
  /** What it was until now: it comes back from another address, or another client from its own. */
  readonly replaces: readonly Session[];
}

/** What to do with an admission datagram. */
export type Verdict =
  /** To an address that proved nothing: never longer than what came. */
  | { readonly kind: "answer"; readonly datagram: Uint8Array }
  | { readonly kind: "drop"; readonly junk: JunkName }
  /** To be looked into, then to be put to {@linkcode Admission.decide}. */
  | { readonly kind: "examine"; readonly application: Application }
  | { readonly kind: "admit"; readonly applicant: Applicant }
  /** A repeated JOIN: the ACCEPT was lost, or the JOIN came twice. */
  | { readonly kind: "again"; readonly session: Session }
  /** A new JOIN of one that is in, from where it is: it heard nothing for a while. */
  | { readonly kind: "renew"; readonly session: Session; readonly applicant: Applicant }
  | {
    readonly kind: "reject";
    readonly datagram: Uint8Array;
    readonly clientId: string;
    readonly code: RejectCode;
    readonly reason: string;
  };

export interface AdmissionOptions {
  readonly capacity: number;
  readonly sessions: SessionTable;
  /** By which passes are judged. */
  readonly wallTime: WallTime;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy?: HostSecrecy;
  readonly rng: Rng;
  readonly now: Millis;
}

/**
 * Who gets in: HELLO -> RETRY (cookie) -> JOIN -> ACCEPT or REJECT. Nothing is kept of an address
 * before its JOIN has shown the cookie, and nothing longer than what it sent goes to it.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #cookies: Cookies;
  readonly #limit: RateLimit;
  readonly #sources = new SourceLimit(ONE_SOURCE);
  readonly #departed = new Map<string, Millis>();
  /** Until then some left who are not remembered: an older JOIN may be a copy of one of theirs. */
  #forgottenUntil: Millis = -Infinity;
  #review: PassReview = () => undefined;
  #isClosed = false;

  constructor(options: AdmissionOptions) {
    const { rng, now } = options;
    this.#options = options;
    this.#cookies = new Cookies(rng, now);
    this.#limit = new RateLimit(HANDSHAKES_PER_SECOND, HANDSHAKES_PER_SECOND, now);
  }

  judge(datagram: Uint8Array, from: Address, now: Millis): Verdict {
    const message = parseAdmission(datagram);
    if (!message.ok) return judgeUnreadable(datagram, message);
    // Only what would cost an HMAC counts, so that plain junk keeps nobody out.
    if (!this.#mayAsk(from, now)) return drop("overflow");
    switch (message.value.type) {
      case "hello":
        return this.#judgeHello(message.value.clientRandom, from, now);
      case "join":
      case "sealedJoin":
        return this.#judgeJoin(message.value, from, now);
      default:
        return drop("wrongDirection");
    }
  }

  /** What to do with an application, now that it was looked into; the world may have changed since. */
  decide(application: Application, examined: Examined, now: Millis): Verdict {
    if (examined.kind === "invalid") return drop("unauthentic");
    const copy = this.#answerCopy(application);
    if (copy) return copy;
    const { join, from, clientId, cookieIssuedAt } = application;
    const { sessions, capacity } = this.#options;
    const { grant, secrets } = examined;
    if (this.#isClosed) return this.#refuse(application, BROADCAST_IS_OVER, secrets);
    if (grant.kind === "refused") return this.#refuse(application, grant, secrets);
    const own = sessions.ofClient(clientId);
    const atAddress = sessions.at(from);
    const { latencyMillis, resume } = examined.info;
    if (own && own.admission.resume !== resume) {
      return this.#refuse(application, SOMEBODY_ELSE, secrets);
    }
    const replaces = [own, atAddress].filter((session) => session !== undefined);
    const { pass } = grant;
    const refusal = pass && (this.judgePass(pass, now) ?? this.#judgeSeats(pass, replaces));
    if (refusal) return this.#refuse(application, refusal, secrets);
    const { clientRandom } = join;
    const name = printable(examined.info.name);
    const common = { clientId, clientRandom, name, resume, cookieIssuedAt, latencyMillis };
    const applicant = { ...common, pass, secrets };
    if (own !== undefined && own === atAddress) {
      return { kind: "renew", session: own, applicant: { ...applicant, replaces: [] } };
    }
    if (sessions.count - replaces.length >= capacity) {
      return this.#refuse(application, fullHouse(capacity), secrets);
    }
    return { kind: "admit", applicant: { ...applicant, replaces } };
  }

  /** From now on passes are put to `review` too, those of JOINs that are being looked into as well. */
  reviewBy(review: PassReview): void {
    this.#review = review;
  }

  /**
   * @param leeway how much before its beginning it is good already.
   * @returns why the pass is not good now, if so.
   */
  judgePass(pass: Pass, now: Millis, leeway: Millis = 0): Refusal | undefined {
    const { wallTime } = this.#options;
    return this.#review(pass) ?? refuseByTime(pass, wallTime.at(now), leeway);
  }

  /** Remembers when a client left: a JOIN whose cookie is older than that is a stray copy. */
  noteDeparture(clientId: string, now: Millis): void {
    this.#departed.delete(clientId);
    this.#departed.set(clientId, now);
    for (const [oldest, leftAt] of this.#departed) {
      const isNeeded = now - leftAt <= COOKIE_LIFETIME_MILLIS;
      if (isNeeded && this.#departed.size <= MAX_DEPARTED) break;
      this.#departed.delete(oldest);
      if (isNeeded) this.#forgottenUntil = leftAt;
    }
  }

  /** From now on everybody is told that the broadcast is over. */
  close(): void {
    this.#isClosed = true;
  }

  #mayAsk({ hostname }: Address, now: Millis): boolean {
    // Asked first: what one sender has too much is not taken from the others.
    return this.#sources.take(hostname, now) && this.#limit.take(now);
  }

  #judgeSeats(pass: Pass, replaces: readonly Session[]): Refusal | undefined {
    const others = this.#options.sessions.all.filter((session) =>
      session.pass?.id === pass.id && !replaces.includes(session)
    );
    return refuseBySeats(pass, others.length);
  }

  #judgeHello(clientRandom: Uint8Array, from: Address, now: Millis): Verdict {
    const cookie = this.#cookies.issue(from, clientRandom, now);
    const hostKey = this.#options.secrecy?.hostKey;
    return {
      kind: "answer",
      datagram: serializeAdmission({ type: "retry", clientRandom, cookie, hostKey }),
    };
  }

  #judgeJoin(join: Join, from: Address, now: Millis): Verdict {
    const issuedAt = this.#cookies.verify(join.cookie, from, join.clientRandom, now);
    if (!issuedAt.ok) return drop(issuedAt.junk);
    const address = { hostname: from.hostname, port: from.port };
    const clientId = toHex(join.clientRandom);
    const application = { join, from: address, clientId, cookieIssuedAt: issuedAt.value };
    return this.#answerCopy(application) ?? { kind: "examine", application };
  }

  /** A JOIN that was dealt with already, or is a stray copy of an older one, changes nothing. */
  #answerCopy({ from, clientId, cookieIssuedAt }: Application): Verdict | undefined {
    const { sessions } = this.#options;
    const own = sessions.ofClient(clientId);
    const isInPlace = own !== undefined && own === sessions.at(from);
    const lastIssuedAt = own?.admission.cookieIssuedAt;
    if (isInPlace && lastIssuedAt === cookieIssuedAt) return { kind: "again", session: own };
    const lastDeed = lastIssuedAt ?? this.#departed.get(clientId) ?? this.#forgottenUntil;
    return lastDeed > cookieIssuedAt ? drop("expiredCookie") : undefined;
  }

  #refuse({ join, clientId }: Application, refusal: Refusal, secrets?: JoinSecrets): Verdict {
    const { clientRandom } = join;
    const { code, reason, retryAfterMillis = 0 } = refusal;
    const message = { type: "reject", clientRandom, code, reason, retryAfterMillis } as const;
    const datagram = writeAnswer(message, this.#options.secrecy, secrets);
    return { kind: "reject", datagram, clientId, code, reason };
  }
}

/** Anybody on the path has seen a client random: it does not make a newcomer the one who is in. */
const SOMEBODY_ELSE: Refusal = {
  code: RejectCode.joinedElsewhere,
  reason: "another listener goes by the same client random",
};

const BROADCAST_IS_OVER: Refusal = {
  code: RejectCode.noSuchBroadcast,
  reason: "the broadcast is over",
};

function fullHouse(capacity: number): Refusal {
  const reason = `all ${capacity} places are taken`;
  return { code: RejectCode.overload, reason, retryAfterMillis: OVERLOAD_RETRY_MILLIS };
}

/** The answer to a JOIN: sealed when the JOIN was. */
export function writeAnswer(
  message: AcceptMessage | RejectMessage,
  secrecy: HostSecrecy | undefined,
  secrets: JoinSecrets | undefined,
): Uint8Array {
  return secrecy && secrets ? secrecy.sealAnswer(message, secrets) : serializeAdmission(message);
}

/**
 * A HELLO of another version is answered, so that its program can say what is wrong; its header is
 * the same in every version. Anything else is not: two hosts must never answer each other.
 */
function judgeUnreadable(
  datagram: Uint8Array,
  problem: Extract<Parsed<never>, { ok: false }>,
): Verdict {
  const clientRandom = clientRandomOf(datagram);
  if (problem.junk !== "unsupportedVersion" || datagram[0] !== HELLO_TYPE || !clientRandom) {
    return drop(problem.junk);
  }
  const answer = serializeAdmission({
    type: "reject",
    clientRandom,
    code: RejectCode.version,
    retryAfterMillis: 0,
    reason: "another version of the protocol is spoken here",
  });
  return answer.length <= datagram.length
    ? { kind: "answer", datagram: answer }
    : drop(problem.junk);
}

/** A listener chooses its name; it must not move the cursor of the host's terminal or break its log. */
function printable(name: string | undefined): string | undefined {
  return name?.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim() || undefined;
}

function drop(name: JunkName): Verdict {
  return { kind: "drop", junk: junk(name).junk };
}
