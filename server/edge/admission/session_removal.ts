import type { Millis, WallMillis } from "../../../shared/core/units.ts";
import type { WallTime } from "../../../shared/core/wall_time.ts";
import { RejectCode } from "../../../shared/admission/admission.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import type { Admission } from "./admission.ts";
import { PutOutNotices } from "./put_out_notices.ts";
import type { HostSecrecy } from "../sessions/host_secrecy.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { CoreOutput, LeaveReason, PutOutReason } from "../../interface/output.ts";
import type { Refusal } from "../../tokens/pass.ts";
import { namesOf, type Session, type SessionTable } from "../sessions/sessions.ts";

/**
 * By so much a clock that is never set goes wrong between two looks at it, its rounding included. Nobody who
 * came in just as its pass began is put out for that.
 */
export const CLOCK_DRIFT_MILLIS: Millis = 1000;

export interface SessionRemovalOptions {
  readonly sessions: SessionTable;
  readonly admission: Admission;
  /** By which passes end. */
  readonly wallTime: WallTime;
  readonly secrecy?: HostSecrecy;
  readonly outbox: Outbox;
  readonly hostSsrc: number;
  readonly say: (output: CoreOutput) => void;
}

const GAVE_WAY: Refusal = {
  code: RejectCode.overload,
  reason: "no report has come, and the place is needed",
};

/** How listeners go: by their own word, silently, or put out when their pass is no longer good. */
export class SessionRemoval {
  readonly #options: SessionRemovalOptions;
  readonly #putOutNotices: PutOutNotices;
  /** No pass of those who are in ends before. */
  #passesEndAt: WallMillis = Infinity;
  #areFinal = false;

  constructor(options: SessionRemovalOptions) {
    this.#options = options;
    this.#putOutNotices = new PutOutNotices(options.outbox);
  }

  /** When somebody is to be put out, or told so once more. */
  get deadline(): Millis {
    const { unreported } = this.#options.sessions;
    return Math.min(this.#nextEnd, this.#putOutNotices.deadline, unreported.deadline);
  }

  advance(now: Millis): void {
    this.#dismissUnreported(now);
    if (now >= this.#nextEnd) this.putOut(now);
    this.#putOutNotices.repeat(now);
  }

  get #nextEnd(): Millis {
    return this.#options.wallTime.momentOf(this.#passesEndAt);
  }

  /** It was let in with a pass, which may end. */
  notePass({ pass }: Session): void {
    this.#passesEndAt = Math.min(this.#passesEndAt, pass?.expiresAt ?? Infinity);
  }

  /** Puts out whose pass is no longer good. */
  putOut(now: Millis): void {
    const { sessions, admission } = this.#options;
    let passesEndAt: WallMillis = Infinity;
    for (const session of sessions.all) {
      const { pass } = session;
      const refusal = pass && admission.judgePass(pass, now, CLOCK_DRIFT_MILLIS);
      if (refusal) this.#turnOut(session, refusal, now);
      else passesEndAt = Math.min(passesEndAt, pass?.expiresAt ?? Infinity);
    }
    this.#passesEndAt = passesEndAt;
  }

  /** The broadcast is over: whoever goes from now on was not the first to. */
  close(): void {
    this.#areFinal = true;
  }

  /** A listener said goodbye. */
  onGoodbye(session: Session, now: Millis): void {
    this.dismiss(session, this.#areFinal ? "shutdown" : "bye", now);
  }

  dismiss(session: Session, reason: Exclude<LeaveReason, "rejoined">, now: Millis): void {
    if (session.hasLeft) return;
    const { sessions, secrecy } = this.#options;
    sessions.remove(session);
    const wasPutOut = reason === "revoked" || reason === "expired" || reason === "early";
    if (wasPutOut) secrecy?.epochs.onPutOut(now);
    this.#noteGone(session, reason, now);
  }

  /** It has not reported, and its place is needed: it is told so, and may ask again. */
  giveWay(session: Session, now: Millis): void {
    this.#options.admission.suspect(session.address, now);
    this.#tellWhy(session, GAVE_WAY, now);
    this.dismiss(session, "silent", now);
  }

  /** Its place is taken: by itself, come back from elsewhere, or by another client that is where it was. */
  replace(session: Session, clientId: string, now: Millis): void {
    if (session.hasLeft) return;
    const { sessions } = this.#options;
    sessions.remove(session);
    if (session.clientId !== clientId) return this.#noteGone(session, "rejoined", now);
    this.#sayLeft(session, "rejoined", sessions.joinedCount);
  }

  dismissSilent(now: Millis): void {
    const silent = this.#options.sessions.silentSince(now);
    for (const session of silent) this.dismiss(session, "silent", now);
  }

  /** Everyone counts as gone; what is queued for them is still sent. */
  dismissAll(): void {
    const { sessions } = this.#options;
    const everyone = sessions.all;
    sessions.clear();
    for (const session of everyone) this.#sayLeft(session, "shutdown", 0);
  }

  /** It is told why, and from here on gets nothing more, not even what was queued for it. */
  #turnOut(session: Session, refusal: Refusal, now: Millis): void {
    this.#tellWhy(session, refusal, now);
    this.dismiss(session, putOutReason(refusal), now);
  }

  #tellWhy(session: Session, { code, reason }: Refusal, now: Millis): void {
    const { listenerSsrc } = session;
    const ssrc = this.#options.hostSsrc;
    const packet = serializeRtcp([{ type: "putOut", ssrc, listenerSsrc, code, reason }]);
    this.#putOutNotices.say(session, session.seal(packet), now);
  }

  /** Nobody seems to be there: nothing more goes to its address, and its place is free. */
  #dismissUnreported(now: Millis): void {
    const { sessions, admission } = this.#options;
    for (const session of sessions.unreported.overdue(now)) {
      admission.suspect(session.address, now);
      this.dismiss(session, "silent", now);
    }
  }

  /** It has the key in use, and is not to come back by a stray copy of its JOIN. */
  #noteGone(session: Session, reason: LeaveReason, now: Millis): void {
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

/** Only a pass that is not good yet is worth trying again. */
function putOutReason({ code, retryAfterMillis = 0 }: Refusal): PutOutReason {
  if (code === RejectCode.expired) return "expired";
  return retryAfterMillis > 0 ? "early" : "revoked";
}
