import type { Counters } from "../shared/core/counters.ts";
import type { Rng } from "../shared/core/rng.ts";
import { type Address, addressKey } from "../shared/core/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import { type AcceptInfo, RejectCode } from "../shared/wire/admission.ts";
import type { PostRepairLoss } from "../shared/wire/post_repair.ts";
import type { Nack } from "../shared/wire/nack.ts";
import type { JunkName } from "../shared/wire/parsed.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../shared/wire/rtcp.ts";
import {
  Admission,
  type Applicant,
  type Application,
  type Verdict,
  writeAnswer,
} from "./admission.ts";
import type { Examined } from "./authority.ts";
import { Farewells } from "./farewells.ts";
import type { HostSecrecy } from "./host_secrecy.ts";
import type { Outbox } from "./outbox.ts";
import type { CoreOutput, LeaveReason } from "./output.ts";
import type { PassReview, Refusal } from "./pass.ts";
import { PathChallenges } from "./path_challenges.ts";
import { writeEcho } from "./reports.ts";
import { Session, type SessionAdmission, SessionTable } from "./sessions.ts";

/** Refusals remembered so that copies of one JOIN are told once. */
const MAX_REMEMBERED_REFUSALS = 256;
/** JOINs that are being looked into at the same time. */
const MAX_PENDING = 512;

export interface AudienceOptions {
  readonly capacity: number;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy?: HostSecrecy;
  readonly rng: Rng;
  readonly now: Millis;
  readonly outbox: Outbox;
  readonly junk: Counters<JunkName>;
  /** Under which the host answers (RFC 3550 section 5.1). */
  readonly hostSsrc: number;
  /** A listener asks for packets; false when there is no such stream. */
  readonly onNack: (session: Session, nack: Nack, now: Millis) => boolean;
  /** A listener says what it could not play; false when there is no such stream. */
  readonly onPostRepairLoss: (session: Session, loss: PostRepairLoss, now: Millis) => boolean;
  readonly onAdmitted: (session: Session) => void;
  /** What a listener that is let in now is told, but for its own SSRC. */
  readonly describe: () => Omit<AcceptInfo, "listenerSsrc">;
  readonly say: (output: CoreOutput) => void;
}

/** The listeners: how they come in, what they say, and how they go. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #sessions = new SessionTable();
  readonly #admission: Admission;
  readonly #refused = new Set<string>();
  readonly #challenges: PathChallenges;
  readonly #pending = new Map<number, Application>();
  readonly #farewells: Farewells;
  /** No pass of those who are in ends before. */
  #passesEndAt: Millis = Infinity;
  #examinations = 0;
  #isClosed = false;

  constructor(options: AudienceOptions) {
    const { capacity, secrecy, rng, now, hostSsrc } = options;
    this.#options = options;
    this.#challenges = new PathChallenges(rng, hostSsrc, now);
    this.#admission = new Admission({ capacity, secrecy, sessions: this.#sessions, rng, now });
    this.#farewells = new Farewells(options.outbox);
  }

  /** Everyone who gets what is sent; a list once taken never changes. */
  get everyone(): readonly Session[] {
    return this.#sessions.all;
  }

  /** How many are surely in: they have reported since they were accepted. */
  get joinedCount(): number {
    return this.#sessions.joinedCount;
  }

  /** When somebody is to be put out, or told so once more, or keys are to be told. */
  get deadline(): Millis {
    const keysDueAt = this.#options.secrecy?.epochs.deadline ?? Infinity;
    return Math.min(this.#passesEndAt, this.#farewells.deadline, keysDueAt);
  }

  /** From now on nobody is let in. */
  close(): void {
    this.#isClosed = true;
    this.#admission.close();
  }

  /** Everyone counts as gone; what is queued for them is still sent. */
  dismissAll(): void {
    const everyone = this.#sessions.all;
    this.#sessions.clear();
    for (const session of everyone) this.#sayLeft(session, "shutdown", 0);
  }

  dismissSilent(now: Millis): void {
    for (const session of this.#sessions.silentSince(now)) this.#dismiss(session, "silent", now);
  }

  /** Puts out whose pass is no longer good; from now on `review` decides about JOINs too. */
  reviewPasses(review: PassReview, now: Millis): void {
    this.#admission.reviewBy(review);
    this.#putOut(now);
  }

  advance(now: Millis): void {
    if (now >= this.#passesEndAt) this.#putOut(now);
    this.#farewells.repeat(now);
    this.#tellKeys(now);
  }

  receiveAdmission(datagram: Uint8Array, from: Address, now: Millis): void {
    this.#carryOut(this.#admission.judge(datagram, from, now), from, now);
  }

  /** What came of looking into the JOIN that was said under this `id`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    const application = this.#pending.get(id);
    if (!application) return;
    this.#pending.delete(id);
    this.#carryOut(this.#admission.decide(application, examined, now), application.from, now);
  }

  #carryOut(verdict: Verdict, from: Address, now: Millis): void {
    const { junk, outbox } = this.#options;
    switch (verdict.kind) {
      case "drop":
        return junk.add(verdict.junk);
      case "answer":
        return outbox.answerStranger(from, verdict.datagram);
      case "examine":
        return this.#examine(verdict.application);
      case "reject":
        return this.#reject(verdict, from);
      case "again":
        verdict.session.lastHeard = now;
        return outbox.sendControl(verdict.session.alone, verdict.session.admission.accept);
      case "renew":
        return this.#renew(verdict.session, verdict.applicant, now);
      case "admit":
        return this.#admit(verdict.applicant, from, now);
    }
  }

  receiveRtcp(datagram: Uint8Array, from: Address, now: Millis): void {
    const { junk } = this.#options;
    const session = this.#sessions.ofSsrc(senderOf(datagram));
    if (!session) return junk.add(this.#sessions.at(from) ? "unknownSsrc" : "unknownSender");
    const packet = session.open(datagram);
    const messages = packet.ok ? parseRtcp(packet.value) : packet;
    if (!messages.ok) return junk.add(messages.junk);
    const isItsOwn = messages.value.every((message) => isFrom(message, session.listenerSsrc));
    if (messages.value.length === 0 || !isItsOwn) return junk.add("unknownSsrc");
    if (addressKey(session.address) !== addressKey(from)) {
      const isThere = this.#isProven(session, messages.value, from, now);
      if (!isThere) return this.#challenge(session, from, datagram.length, now);
      this.#move(session, from);
    }
    session.lastHeard = now;
    this.#noteJoined(session);
    for (const message of messages.value) this.#hear(message, session, now);
  }

  #isProven(session: Session, messages: RtcpMessage[], from: Address, now: Millis): boolean {
    return messages.some((message) =>
      message.type === "pathResponse" &&
      this.#challenges.isProven(session, from, message, now)
    );
  }

  /** Until it is proven what comes from there counts for nothing, and hears nothing else. */
  #challenge(session: Session, from: Address, allowance: number, now: Millis): void {
    const { junk, outbox } = this.#options;
    const challenge = this.#challenges.challenge(session, from, allowance, now);
    if (challenge) outbox.answerStranger(from, challenge);
    else junk.add("unprovenAddress");
  }

  #move(session: Session, to: Address): void {
    const before = session.address;
    this.#sessions.move(session, to);
    const { id, address } = session;
    this.#options.say({ kind: "listener-moved", id, address, before, ...namesOf(session) });
  }

  /** A copy of a JOIN that is being looked into waits for nothing: the first one's answer is its. */
  #examine(application: Application): void {
    const { clientId, from, join } = application;
    for (const other of this.#pending.values()) {
      if (other.clientId === clientId && addressKey(other.from) === addressKey(from)) return;
    }
    if (this.#pending.size >= MAX_PENDING) return this.#options.junk.add("overflow");
    const id = ++this.#examinations;
    this.#pending.set(id, application);
    this.#options.say({ kind: "examine-join", id, join });
  }

  #hear(message: RtcpMessage, session: Session, now: Millis): void {
    const { outbox, junk, hostSsrc } = this.#options;
    switch (message.type) {
      case "receiverReport":
        session.onReport(message.reports, now);
        break;
      case "nack":
        if (!this.#options.onNack(session, message, now)) junk.add("unknownSsrc");
        break;
      case "postRepairLoss":
        if (!this.#options.onPostRepairLoss(session, message, now)) junk.add("unknownSsrc");
        break;
      case "referenceTime":
        outbox.sendControl(session.alone, session.seal(writeEcho(hostSsrc, message)));
        break;
      case "epochReceived":
        this.#options.secrecy?.epochs.onAcknowledged(session, message.epoch);
        break;
      case "goodbye":
        this.#dismiss(session, this.#isClosed ? "shutdown" : "bye", now);
        break;
      case "senderReport":
      case "referenceTimeEcho":
      case "dismissal":
      case "epochKey":
      case "pathChallenge":
        junk.add("wrongDirection");
    }
  }

  /** Media flows to it from here on, so that the next sequence numbers it is told are exact. */
  #admit(applicant: Applicant, from: Address, now: Millis): void {
    for (const session of applicant.replaces) this.#dismiss(session, "rejoined", now);
    const { clientId, name } = applicant;
    const { rng, describe, outbox } = this.#options;
    const connectionId = new DataView(rng.bytes(8).buffer).getBigUint64(0);
    const listenerSsrc = this.#chooseSsrc();
    const admission = this.#accept(connectionId, { listenerSsrc, ...describe() }, applicant);
    const address = { hostname: from.hostname, port: from.port };
    const fields = { connectionId, address, clientId, listenerSsrc, name, admission };
    const session = new Session(fields, now);
    this.#sessions.add(session);
    this.#options.onAdmitted(session);
    this.#notePass(session);
    outbox.sendControl(session.alone, admission.accept);
  }

  /** It is told the same as at first, for its ledger goes on, under the keys of its new JOIN. */
  #renew(session: Session, applicant: Applicant, now: Millis): void {
    session.lastHeard = now;
    session.renew(this.#accept(session.connectionId, session.admission.info, applicant));
    this.#notePass(session);
    this.#options.outbox.sendControl(session.alone, session.admission.accept);
  }

  #notePass({ pass }: Session): void {
    this.#passesEndAt = Math.min(this.#passesEndAt, pass?.expiresAt ?? Infinity);
  }

  #accept(connectionId: bigint, info: AcceptInfo, applicant: Applicant): SessionAdmission {
    const { clientRandom, cookieIssuedAt, latencyMillis, pass, resume, secrets } = applicant;
    const { secrecy } = this.#options;
    const told = secrecy && { keys: secrecy.describe() };
    const message = { type: "accept", clientRandom, connectionId, ...told, info } as const;
    const accept = writeAnswer(message, secrecy, secrets);
    const control = secrets && secrecy?.openControl(secrets);
    const keys = { ...(pass && { pass }), ...(resume && { resume }), ...(control && { control }) };
    return { cookieIssuedAt, latencyMillis, info, accept, ...keys };
  }

  /** One of its own, as it is also what a listener is found by. */
  #chooseSsrc(): number {
    let ssrc = this.#options.rng.uint32();
    while (this.#sessions.ofSsrc(ssrc)) ssrc = this.#options.rng.uint32();
    return ssrc;
  }

  #reject(verdict: Extract<Verdict, { kind: "reject" }>, from: Address): void {
    const { datagram, clientId, code, reason } = verdict;
    this.#options.outbox.answerStranger(from, datagram);
    const refusal = `${clientId} ${code}`;
    if (this.#refused.has(refusal)) return;
    if (this.#refused.size >= MAX_REMEMBERED_REFUSALS) this.#refused.clear();
    this.#refused.add(refusal);
    const address = { hostname: from.hostname, port: from.port };
    this.#options.say({ kind: "rejected", address, code, reason });
  }

  #tellKeys(now: Millis): void {
    const { secrecy, outbox, hostSsrc: ssrc } = this.#options;
    for (const { to, epoch } of secrecy?.epochs.poll(this.#sessions.all, now) ?? []) {
      const message = { type: "epochKey", ssrc, epoch: epoch.epoch, key: epoch.key } as const;
      outbox.sendControl(to.alone, to.seal(serializeRtcp([message])));
    }
  }

  #noteJoined(session: Session): void {
    if (!this.#sessions.markJoined(session)) return;
    const { id, address } = session;
    const listeners = this.#sessions.joinedCount;
    this.#options.say({ kind: "listener-joined", id, address, ...namesOf(session), listeners });
  }

  #putOut(now: Millis): void {
    let passesEndAt = Infinity;
    for (const session of this.#sessions.all) {
      const refusal = session.pass && this.#admission.judgePass(session.pass, now);
      if (refusal) this.#turnOut(session, refusal, now);
      else passesEndAt = Math.min(passesEndAt, session.pass?.expiresAt ?? Infinity);
    }
    this.#passesEndAt = passesEndAt;
  }

  /** It is told why, and from here on gets nothing more, not even what was queued for it. */
  #turnOut(session: Session, { code, reason }: Refusal, now: Millis): void {
    const { listenerSsrc } = session;
    const ssrc = this.#options.hostSsrc;
    const packet = serializeRtcp([{ type: "dismissal", ssrc, listenerSsrc, code, reason }]);
    this.#farewells.say(session, session.seal(packet), now);
    this.#dismiss(session, code === RejectCode.expired ? "expired" : "revoked", now);
  }

  #dismiss(session: Session, reason: LeaveReason, now: Millis): void {
    if (session.hasLeft) return;
    this.#sessions.remove(session);
    if (reason !== "rejoined") {
      this.#admission.noteDeparture(session.clientId, now);
      const wasPutOut = reason === "revoked" || reason === "expired";
      const { epochs } = this.#options.secrecy ?? {};
      if (wasPutOut) epochs?.onPutOut(now);
      else epochs?.onDeparture(this.#sessions.all.length, now);
    }
    this.#sayLeft(session, reason, this.#sessions.joinedCount);
  }

  #sayLeft(session: Session, reason: LeaveReason, listeners: number): void {
    const { id, address, lastReport, isIn } = session;
    if (!isIn) return;
    const extras = { ...namesOf(session), ...(lastReport && { lastReport }) };
    this.#options.say({ kind: "listener-left", id, address, reason, listeners, ...extras });
  }
}

/** The SSRC of the first packet, whole or not. */
function senderOf(datagram: Uint8Array): number {
  if (datagram.length < 8) return -1;
  return new DataView(datagram.buffer, datagram.byteOffset, 8).getUint32(4);
}

function namesOf({ name, pass }: Session): { name?: string; tokenName?: string } {
  return { ...(name && { name }), ...(pass && { tokenName: pass.name }) };
}

/** Whether everything in the message is said in the name of `ssrc`. */
function isFrom(message: RtcpMessage, ssrc: number): boolean {
  return message.type === "goodbye"
    ? message.ssrcs.length > 0 && message.ssrcs.every((said) => said === ssrc)
    : message.ssrc === ssrc;
}
