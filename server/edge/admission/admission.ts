/*
 * Admission: who becomes a listener, what admitted listeners report, and how their sessions end.
 *
 * In: datagrams of unknown addresses (HELLO, JOIN), the RTCP of listeners, the outcome of each `examine-join`
 * (its token is checked in server/tokens), and the time of day.
 * Out: answers through the outbox; sessions in ../sessions/sessions.ts; outputs such as `listener-joined`.
 *
 * This file decides about HELLO and JOIN; join_handler.ts carries the verdicts out. The costs that a stranger
 * can cause are limited by cookies.ts and examinations.ts. Then: listener_control.ts takes the RTCP of
 * listeners, path_challenges.ts proves a new address, session_removal.ts ends sessions.
 *
 * Read next: join_handler.ts.
 */

import type { Counters } from "../../../shared/core/counters.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { WallTime } from "../../../shared/core/wall_time.ts";
import type { JoinSecrets } from "../../../shared/secrecy/join_sealing.ts";
import {
  type AcceptMessage,
  clientOfJoin,
  hasCookie,
  type Join,
  parseAdmission,
  RejectCode,
  type RejectMessage,
  serializeAdmission,
} from "../../../shared/admission/admission.ts";
import { rejectOtherVersion } from "../../../shared/admission/version_rejection.ts";
import { junk, type JunkName } from "../../../shared/core/parsed.ts";
import { AskingLimit } from "../limits/rate_limit.ts";
import type { Examined } from "../../tokens/token_examiner.ts";
import { Cookies, DepartedClients } from "./cookies.ts";
import { type Begun, Examinations } from "./examinations.ts";
import type { Application } from "./join_queue.ts";
import type { HostSecrecy } from "../sessions/host_secrecy.ts";
import type { Room } from "../sessions/unreported.ts";
import type { Applicant, Verdict } from "./verdict.ts";
import {
  type Pass,
  type PassReview,
  type Refusal,
  refuseBySeats,
  refuseByTime,
} from "../../tokens/pass.ts";
import type { Session, SessionTable } from "../sessions/sessions.ts";

const OVERLOAD_RETRY_MILLIS = 2000;

export interface AdmissionOptions {
  readonly capacity: number;
  readonly sessions: SessionTable;
  readonly junk: Counters<JunkName>;
  /** The time of day, by which passes begin and expire. */
  readonly wallTime: WallTime;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy?: HostSecrecy;
  readonly rng: Rng;
  readonly now: Millis;
  /** What the origin's clock shows, by which all edges tell how old a cookie is. */
  readonly originTime: (now: Millis) => Millis;
  /** What this edge shares with others; absent when it is the only one. */
  readonly others?: {
    readonly cookieKey: Uint8Array;
    seatsTaken(passId: string): number;
  };
}

/**
 * Decides about each admission datagram: HELLO -> RETRY (cookie) -> JOIN -> ACCEPT or REJECT. Until a JOIN has
 * shown the cookie, nothing is stored for its address, and no answer is longer than what came from there.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #cookies: Cookies;
  readonly #hellos: AskingLimit;
  readonly #joins: AskingLimit;
  readonly #examinations: Examinations;
  readonly #departed = new DepartedClients();
  #review: PassReview = () => undefined;
  #isClosed = false;

  constructor(options: AdmissionOptions) {
    const { rng, now, others, sessions } = options;
    this.#options = options;
    this.#cookies = new Cookies(rng, now, others?.cookieKey);
    this.#hellos = new AskingLimit(now);
    this.#joins = new AskingLimit(now);
    this.#examinations = new Examinations({
      now,
      listenersFrom: (hostname) => sessions.joinedFrom(hostname),
      hasPlaceFor: (application, now) => this.#hasPlaceFor(application, now),
      onForgotten: () => options.junk.add("overflow"),
    });
  }

  judge(datagram: Uint8Array, from: Address, now: Millis): Verdict {
    // While a crowd waits most of what comes are such copies, so they cost as little as possible.
    const clientId = clientOfJoin(datagram);
    const asking = clientId && this.#examinations.asking(clientId, from);
    if (asking && hasCookie(datagram, asking.cookie)) return { kind: "wait" };
    const message = parseAdmission(datagram);
    if (!message.ok) return judgeUnreadable(datagram, message.junk);
    // Only datagrams that cost an HMAC count, so that junk keeps nobody out.
    switch (message.value.type) {
      case "hello":
        return this.#hellos.take(from, now)
          ? this.#judgeHello(message.value.clientRandom, from, now)
          : drop("overflow");
      case "join":
      case "sealedJoin":
        return this.#mayVerify(from, now)
          ? this.#judgeJoin(message.value, from, now)
          : drop("overflow");
      default:
        return drop("wrongDirection");
    }
  }

  /**
   * Decides about a JOIN that was examined. Sessions and passes may have changed since it came.
   *
   * @returns the decision and the address of the JOIN; undefined when no such examination is pending.
   */
  decide(
    id: number,
    examined: Examined,
    now: Millis,
  ): { readonly verdict: Verdict; readonly from: Address } | undefined {
    const application = this.#examinations.end(id);
    if (!application) return undefined;
    const verdict = this.#decide(application, examined, now);
    this.#noteOutcome(application, verdict, now);
    return { verdict, from: application.from };
  }

  /** Whether a crowd is coming in: what listeners report may wait in the socket behind its JOINs. */
  isCatchingUp(now: Millis): boolean {
    return this.#examinations.isCatchingUp(now);
  }

  /** @returns the JOIN that is to be examined now, of those that wait for it. */
  next(now: Millis): Begun | undefined {
    return this.#examinations.next(now);
  }

  #decide(application: Application, examined: Examined, now: Millis): Verdict {
    if (examined.kind === "invalid") return drop("unauthentic");
    const copy = this.#answerCopy(application);
    if (copy) return copy;
    const { join, from, clientId, cookieIssuedAt } = application;
    const { sessions } = this.#options;
    const { grant, secrets } = examined;
    if (this.#isClosed) return this.#refuse(application, BROADCAST_IS_OVER, secrets);
    if (grant.kind === "refused") return this.#refuse(application, grant, secrets);
    const own = sessions.ofClient(clientId);
    const atAddress = sessions.at(from);
    const { latencyMillis, isLatencyFixed, resume } = examined.info;
    if (own && own.admission.resume !== resume) {
      return this.#refuse(application, CLIENT_RANDOM_TAKEN, secrets);
    }
    const replaces = [...new Set([own, atAddress])].filter((session) => session !== undefined);
    const { pass } = grant;
    const refusal = pass && (this.judgePass(pass, now) ?? this.#judgeSeats(pass, replaces));
    if (refusal) return this.#refuse(application, refusal, secrets);
    const { clientRandom } = join;
    const name = printable(examined.info.name) ?? ownName(pass);
    const cookieAge = this.#options.originTime(now) - cookieIssuedAt;
    const plainToken = secrets ? undefined : examined.info.token;
    const common = { clientId, clientRandom, name, resume, plainToken, cookieIssuedAt, cookieAge };
    const applicant = { ...common, latencyMillis, isLatencyFixed, pass, secrets };
    if (own !== undefined && own === atAddress) {
      return { kind: "renew", session: own, applicant: { ...applicant, replaces: [] } };
    }
    return this.#admit(application, { ...applicant, replaces }, now);
  }

  #admit(application: Application, applicant: Applicant, now: Millis): Verdict {
    const room = this.#roomFor(application.from, applicant.replaces, now);
    switch (room.kind) {
      case "free":
        return { kind: "admit", applicant };
      case "instead-of":
        return { kind: "admit", applicant, insteadOf: room.newcomer };
      case "none": {
        const { capacity } = this.#options;
        // Too many have not reported yet, but there are free places: the listener repeats its JOIN by itself.
        return this.#isFull(applicant.replaces)
          ? this.#refuse(application, allPlacesTaken(capacity), applicant.secrets)
          : drop("overflow");
      }
    }
  }

  /** @param replaces the sessions that end as the new one begins. */
  #roomFor(from: Address, replaces: readonly Session[], now: Millis): Room<Session> {
    const { sessions, capacity } = this.#options;
    const freed = replaces.filter(({ isIn }) => !isIn).length;
    const isFull = this.#isFull(replaces);
    return sessions.unreported.roomFor(from, { capacity, freed, isFull }, now);
  }

  #isFull(replaces: readonly Session[]): boolean {
    const { sessions, capacity } = this.#options;
    return sessions.count - replaces.length >= capacity;
  }

  #noteOutcome(application: Application, verdict: Verdict, now: Millis): void {
    switch (verdict.kind) {
      case "reject":
        this.#examinations.onRefused(application, verdict.datagram);
        return this.suspect(application.from, now);
      case "drop":
        if (verdict.junk !== "unauthentic") return this.#examinations.forget(application);
        this.#examinations.onRefused(application);
        return this.suspect(application.from, now);
      default:
        return this.#examinations.onAccepted(application);
    }
  }

  /** A JOIN from there was refused or never followed by a report: fewer are examined for a while. */
  suspect(from: Address, now: Millis): void {
    this.#examinations.suspect(from, now);
  }

  /** From now on `review` checks passes as well, also those of JOINs whose examination is pending. */
  reviewBy(review: PassReview): void {
    this.#review = review;
  }

  /**
   * @param leeway the pass counts as valid this long before it begins.
   * @returns why the pass is not valid now; undefined when it is.
   */
  judgePass(pass: Pass, now: Millis, leeway: Millis = 0): Refusal | undefined {
    const { wallTime } = this.#options;
    return this.#review(pass) ?? refuseByTime(pass, wallTime.at(now), leeway);
  }

  /** Stores when a client left: a JOIN with an older cookie is a late copy. */
  noteDeparture(clientId: string, now: Millis): void {
    this.#departed.note(clientId, this.#options.originTime(now));
  }

  /** From now on every JOIN is refused, because the broadcast is over. */
  close(): void {
    this.#isClosed = true;
  }

  /** Whether to verify the cookie of a JOIN. One from the address of a session may be a copy to answer again. */
  #mayVerify(from: Address, now: Millis): boolean {
    const isInVain = !this.#examinations.hasRoomFor(from, now) && !this.#options.sessions.at(from);
    return !isInVain && this.#joins.take(from, now);
  }

  #judgeSeats(pass: Pass, replaces: readonly Session[]): Refusal | undefined {
    const { sessions, others } = this.#options;
    const freed = replaces.filter((session) => session.pass?.id === pass.id).length;
    const here = sessions.seatsTaken(pass.id) - freed;
    return refuseBySeats(pass, here + (others?.seatsTaken(pass.id) ?? 0));
  }

  #judgeHello(clientRandom: Uint8Array, from: Address, now: Millis): Verdict {
    const { secrecy, originTime } = this.#options;
    const cookie = this.#cookies.issue(from, clientRandom, originTime(now));
    const hostKey = secrecy?.hostKey;
    return {
      kind: "answer",
      datagram: serializeAdmission({ type: "retry", clientRandom, cookie, hostKey }),
    };
  }

  #judgeJoin(join: Join, from: Address, now: Millis): Verdict {
    const clientId = join.clientRandom.toHex();
    const originNow = this.#options.originTime(now);
    const issuedAt = this.#cookies.verify(join.cookie, from, join.clientRandom, originNow);
    if (!issuedAt.ok) return drop(issuedAt.junk);
    const address = { hostname: from.hostname, port: from.port };
    const application = { join, from: address, clientId, cookieIssuedAt: issuedAt.value };
    return this.#answerCopy(application) ?? this.#examine(application, now);
  }

  #examine(application: Application, now: Millis): Verdict {
    // A JOIN that could not be admitted now is not worth an examination.
    if (!this.#hasPlaceFor(application, now)) return drop("overflow");
    const examination = this.#examinations.begin(application, now);
    switch (examination.kind) {
      case "begun":
        return { kind: "examine", id: examination.id, join: examination.join };
      case "waiting":
        return { kind: "wait" };
      case "refused":
        return { kind: "answer", datagram: examination.answer };
      case "drop":
        return drop(examination.junk);
    }
  }

  /** Whether its listener could be admitted now, or be told that all places are taken. */
  #hasPlaceFor({ from, clientId }: Application, now: Millis): boolean {
    const { sessions } = this.#options;
    const isNew = !sessions.ofClient(clientId) && !sessions.at(from);
    return !isNew || this.#isFull([]) || this.#roomFor(from, [], now).kind !== "none";
  }

  /** A copy of the JOIN that made the session is answered as before; a copy of an older one is dropped. */
  #answerCopy({ from, clientId, cookieIssuedAt }: Application): Verdict | undefined {
    const { sessions } = this.#options;
    const own = sessions.ofClient(clientId);
    const isInPlace = own !== undefined && own === sessions.at(from);
    const lastIssuedAt = own?.admission.cookieIssuedAt;
    if (isInPlace && lastIssuedAt === cookieIssuedAt) return { kind: "again", session: own };
    const latest = lastIssuedAt ?? this.#departed.leftAt(clientId);
    return latest > cookieIssuedAt ? drop("expiredCookie") : undefined;
  }

  #refuse({ join, clientId }: Application, refusal: Refusal, secrets?: JoinSecrets): Verdict {
    const { clientRandom } = join;
    const { code, reason, retryAfterMillis = 0 } = refusal;
    const message = { type: "reject", clientRandom, code, reason, retryAfterMillis } as const;
    const datagram = writeAnswer(message, this.#options.secrecy, secrets);
    return { kind: "reject", datagram, clientId, code, reason };
  }
}

/** The client random alone does not prove who a newcomer is: anybody on the path can see it. */
const CLIENT_RANDOM_TAKEN: Refusal = {
  code: RejectCode.joinedElsewhere,
  reason: "another listener uses the same client random",
};

const BROADCAST_IS_OVER: Refusal = {
  code: RejectCode.noSuchBroadcast,
  reason: "the broadcast has ended",
};

function allPlacesTaken(capacity: number): Refusal {
  const reason = capacity === 1 ? "the only place is taken" : `all ${capacity} places are taken`;
  return { code: RejectCode.overload, reason, retryAfterMillis: OVERLOAD_RETRY_MILLIS };
}

/** Writes the answer to a JOIN: sealed if the JOIN was. */
export function writeAnswer(
  message: AcceptMessage | RejectMessage,
  secrecy: HostSecrecy | undefined,
  secrets: JoinSecrets | undefined,
): Uint8Array {
  return secrecy && secrets ? secrecy.sealAnswer(message, secrets) : serializeAdmission(message);
}

/** Answers a HELLO of another version. Nothing else unreadable is answered: two hosts must never answer each other. */
function judgeUnreadable(datagram: Uint8Array, name: JunkName): Verdict {
  const answer = name === "unsupportedVersion" ? rejectOtherVersion(datagram) : undefined;
  return answer ? { kind: "answer", datagram: answer } : drop(name);
}

/** The name that somebody has in a directory, which needs no other. */
function ownName(pass: Pass | undefined): string | undefined {
  return pass?.person === undefined ? undefined : pass.name;
}

/** Removes control characters: the name comes from outside, and is printed to the host's terminal and log. */
function printable(name: string | undefined): string | undefined {
  return name?.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim() || undefined;
}

function drop(name: JunkName): Verdict {
  return { kind: "drop", junk: junk(name).junk };
}
