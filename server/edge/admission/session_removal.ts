import type { Destination } from "../../../shared/driver/socket.ts";
import type { Millis, WallMillis } from "../../../shared/core/units.ts";
import type { WallTime } from "../../../shared/core/wall_time.ts";
import { RejectCode } from "../../../shared/admission/admission.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import type { Admission } from "./admission.ts";
import type { HostSecrecy } from "../sessions/host_secrecy.ts";
import type { Outbox, Recipient } from "../sending/outbox.ts";
import { TimedQueue } from "../sending/timed_queue.ts";
import type { CoreOutput, LeaveReason, PutOutReason } from "../../interface/output.ts";
import type { PassReview, Refusal } from "../../tokens/pass.ts";
import { namesOf, type Session, type SessionTable } from "../sessions/sessions.ts";

/**
 * A clock that nobody sets may drift this far between two readings, rounding included. A listener that was
 * admitted just as its pass began is not put out for that.
 */
const CLOCK_DRIFT_MILLIS: Millis = 1000;

/** Each put-out notice is sent this often, this far apart, since any of them may be lost. */
const COPIES = 3;
const COPY_INTERVAL_MILLIS: Millis = 100;
/** Notices that wait to be repeated; further ones are sent once. */
const MAX_REPEATED = 1024;

export interface SessionRemovalOptions {
  readonly sessions: SessionTable;
  readonly admission: Admission;
  /** The time of day, by which passes expire. */
  readonly wallTime: WallTime;
  readonly secrecy?: HostSecrecy;
  readonly outbox: Outbox;
  readonly hostSsrc: number;
  readonly say: (output: CoreOutput) => void;
}

const GAVE_WAY: Refusal = {
  code: RejectCode.overload,
  reason: "the host got no report from this listener and needs its place",
};
const LOST_TOUCH: Refusal = {
  code: RejectCode.overload,
  reason: "this listener has not acknowledged the host's messages for too long",
};

/**
 * Ends sessions: when the listener sends a BYE, when nothing comes from it, when its place is needed, or when
 * its pass is no longer valid. The core's outputs tell of each, with the reason.
 */
export class SessionRemoval {
  readonly #options: SessionRemovalOptions;
  readonly #notices: PutOutNotices;
  /** No pass of a listener expires before this. */
  #passesEndAt: WallMillis = Infinity;
  #isClosed = false;

  constructor(options: SessionRemovalOptions) {
    this.#options = options;
    this.#notices = new PutOutNotices(options.outbox);
  }

  /** When a pass expires, a notice is to be repeated, or a listener has not reported in time. */
  get deadline(): Millis {
    const { unreported } = this.#options.sessions;
    return Math.min(this.#nextEnd, this.#notices.deadline, unreported.deadline);
  }

  advance(now: Millis): void {
    this.#removeUnreported(now);
    if (now >= this.#nextEnd) this.#putOut(now);
    this.#notices.repeat(now);
  }

  /** Puts out listeners whose pass is no longer valid; from now on `review` decides about JOINs too. */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#options.admission.reviewBy(review);
    this.#putOut(now);
  }

  /** Takes the time of day; the passes of all listeners are checked again if the clock was set. */
  onWallTime(wallNow: WallMillis, now: Millis): void {
    const step = this.#options.wallTime.tell(wallNow, now);
    if (Math.abs(step) > CLOCK_DRIFT_MILLIS) this.#putOut(now);
  }

  /** The host puts one listener out. @param id of its connection, 16 hexadecimal digits. */
  putOutOne(id: string, refusal: Refusal, now: Millis): void {
    const session = this.#options.sessions.all.find((session) => session.id === id);
    if (!session) return;
    this.#notify(session, refusal, now);
    this.#remove(session, "put-out", now);
  }

  get #nextEnd(): Millis {
    return this.#options.wallTime.momentOf(this.#passesEndAt);
  }

  /** Takes note of when the pass of an admitted listener expires. */
  notePass({ pass }: Session): void {
    this.#passesEndAt = Math.min(this.#passesEndAt, pass?.expiresAt ?? Infinity);
  }

  /** Puts out each listener whose pass is no longer valid. */
  #putOut(now: Millis): void {
    const { sessions, admission } = this.#options;
    let passesEndAt: WallMillis = Infinity;
    for (const session of sessions.all) {
      const { pass } = session;
      const refusal = pass && admission.judgePass(pass, now, CLOCK_DRIFT_MILLIS);
      if (refusal) this.#putOutFor(session, refusal, now);
      else passesEndAt = Math.min(passesEndAt, pass?.expiresAt ?? Infinity);
    }
    this.#passesEndAt = passesEndAt;
  }

  /** The broadcast is over: nobody is admitted from now on, and a BYE only answers that of the host. */
  close(): void {
    this.#isClosed = true;
    this.#options.admission.close();
  }

  /** A listener sent a BYE. */
  onGoodbye(session: Session, now: Millis): void {
    this.#remove(session, this.#isClosed ? "shutdown" : "bye", now);
  }

  #remove(session: Session, reason: Exclude<LeaveReason, "rejoined">, now: Millis): void {
    if (session.hasLeft) return;
    const { sessions, secrecy } = this.#options;
    sessions.remove(session);
    const wasPutOut = reason === "revoked" || reason === "expired" || reason === "early";
    if (wasPutOut) secrecy?.epochs.onPutOut(now);
    this.#onRemoved(session, reason, now);
  }

  /** Removes a listener that has not reported and whose place is needed. It is told so, and may join again. */
  giveWay(session: Session, now: Millis): void {
    this.#options.admission.suspect(session.address, now);
    this.#notify(session, GAVE_WAY, now);
    this.#remove(session, "silent", now);
  }

  /** Removes a listener that acknowledges no messages. It is told so, and may join again. */
  loseTouch(session: Session, now: Millis): void {
    this.#notify(session, LOST_TOUCH, now);
    this.#remove(session, "silent", now);
  }

  /** Replaces a session: its own client joined from another address, or another client from its address. */
  replace(session: Session, clientId: string, now: Millis): void {
    if (session.hasLeft) return;
    const { sessions } = this.#options;
    sessions.remove(session);
    if (session.clientId !== clientId) return this.#onRemoved(session, "rejoined", now);
    this.#sayLeft(session, "rejoined", sessions.joinedCount);
  }

  /** Removes each listener from which nothing came for too long. */
  removeSilent(now: Millis): void {
    const silent = this.#options.sessions.silentSince(now);
    for (const session of silent) this.#remove(session, "silent", now);
  }

  /** Removes every listener; datagrams that are queued for them are still sent. */
  removeAll(): void {
    const { sessions } = this.#options;
    const everyone = sessions.all;
    sessions.clear();
    for (const session of everyone) this.#sayLeft(session, "shutdown", 0);
  }

  /** Tells a listener the reason; from here on it gets nothing else, not even what is queued for it. */
  #putOutFor(session: Session, refusal: Refusal, now: Millis): void {
    this.#notify(session, refusal, now);
    this.#remove(session, putOutReason(refusal), now);
  }

  #notify(session: Session, { code, reason }: Refusal, now: Millis): void {
    const { listenerSsrc } = session;
    const ssrc = this.#options.hostSsrc;
    const packet = serializeRtcp([{ type: "putOut", ssrc, listenerSsrc, code, reason }]);
    this.#notices.send(session, session.seal(packet), now);
  }

  /** Removes listeners that did not report in time after their admission: their places are free again. */
  #removeUnreported(now: Millis): void {
    const { sessions, admission } = this.#options;
    for (const session of sessions.unreported.overdue(now)) {
      admission.suspect(session.address, now);
      this.#remove(session, "silent", now);
    }
  }

  /** The key changes, since the listener has it; and a late copy of its JOIN must not admit it again. */
  #onRemoved(session: Session, reason: LeaveReason, now: Millis): void {
    const { sessions, admission, secrecy } = this.#options;
    admission.noteDeparture(session.clientId, now);
    secrecy?.epochs.onDeparture(sessions.count, now);
    this.#sayLeft(session, reason, sessions.joinedCount);
  }

  #sayLeft(session: Session, reason: LeaveReason, listeners: number): void {
    const { id, address, lastReport, isIn } = session;
    if (!isIn) return;
    const extras = { ...namesOf(session), ...(lastReport && { lastReport }) };
    this.#options.say({ kind: "listener-left", id, address, reason, listeners, ...extras });
  }
}

/** Only a pass that is not valid yet comes with a time to try again. */
function putOutReason({ code, retryAfterMillis = 0 }: Refusal): PutOutReason {
  if (code === RejectCode.expired) return "expired";
  return retryAfterMillis > 0 ? "early" : "revoked";
}

interface PutOutNotice {
  readonly destination: Destination;
  readonly datagram: Uint8Array;
  copiesLeft: number;
}

/**
 * Tells listeners why they were put out. When very many are put out at once, some notices are left out, so
 * that the sound of the others has room; those listeners get the reason when they try to join again.
 */
export class PutOutNotices {
  readonly #outbox: Outbox;
  readonly #waiting = new TimedQueue<PutOutNotice>(MAX_REPEATED);

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  get deadline(): Millis {
    return this.#waiting.deadline;
  }

  send({ destination }: Recipient, datagram: Uint8Array, now: Millis): void {
    this.#outbox.answerStranger(destination, datagram);
    const notice = { destination, datagram, copiesLeft: COPIES - 1 };
    this.#waiting.push(notice, now + COPY_INTERVAL_MILLIS);
  }

  repeat(now: Millis): void {
    const take = () => this.#waiting.takeDue(now);
    for (let notice = take(); notice; notice = take()) {
      this.#outbox.answerStranger(notice.destination, notice.datagram);
      if (--notice.copiesLeft > 0) this.#waiting.push(notice, now + COPY_INTERVAL_MILLIS);
    }
  }
}
