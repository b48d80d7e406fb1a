import type { Counters } from "../../../shared/core/counters.ts";
import type { Rng } from "../../../shared/core/rng.ts";
import { type Address, Destination } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { AcceptInfo } from "../../../shared/admission/admission.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import { type Admission, writeAnswer } from "./admission.ts";
import type { Examined } from "../../tokens/token_examiner.ts";
import type { SessionRemoval } from "./session_removal.ts";
import type { HostSecrecy } from "../sessions/host_secrecy.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { CoreOutput } from "../../interface/output.ts";
import type { Announcement } from "../messages/announcement.ts";
import type { SessionLanes } from "../messages/session_lanes.ts";
import type { Repairs } from "../repair/repairs.ts";
import { Session, type SessionAdmission, type SessionTable } from "../sessions/sessions.ts";
import type { Applicant, Verdict } from "./verdict.ts";

/** Refusals stored, so that the copies of one JOIN give one `rejected`. */
const MAX_REMEMBERED_REFUSALS = 256;

export interface JoinHandlerOptions {
  readonly sessions: SessionTable;
  readonly admission: Admission;
  readonly removal: SessionRemoval;
  readonly repairs: Repairs;
  readonly lanes: SessionLanes;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy?: HostSecrecy;
  readonly rng: Rng;
  readonly outbox: Outbox;
  readonly junk: Counters<JunkName>;
  /** What a listener that is admitted now is told. */
  readonly announce: () => Announcement;
  readonly say: (output: CoreOutput) => void;
}

type Admit = Extract<Verdict, { kind: "admit" }>;

/** Carries out what {@linkcode Admission} decides: answers, begins and renews sessions, counts and tells. */
export class JoinHandler {
  readonly #options: JoinHandlerOptions;
  readonly #refused = new Set<string>();

  constructor(options: JoinHandlerOptions) {
    this.#options = options;
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    this.#carryOut(this.#options.admission.judge(datagram, from, now), from, now);
  }

  /** Takes the outcome of the `examine-join` with this `id`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    const decided = this.#options.admission.decide(id, examined, now);
    if (decided) this.#carryOut(decided.verdict, decided.from, now);
  }

  #carryOut(verdict: Verdict, from: Address, now: Millis): void {
    const { junk, outbox, say } = this.#options;
    switch (verdict.kind) {
      case "drop":
        return junk.add(verdict.junk);
      case "answer":
        return outbox.answerStranger(new Destination(from), verdict.datagram);
      case "wait":
        return;
      case "examine":
        return say({ kind: "examine-join", id: verdict.id, join: verdict.join });
      case "reject":
        return this.#reject(verdict, from);
      case "again":
        verdict.session.lastHeard = now;
        return outbox.sendControl(verdict.session.alone, verdict.session.admission.accept);
      case "renew":
        return this.#renew(verdict.session, verdict.applicant, now);
      case "admit":
        return this.#admit(verdict, from, now);
    }
  }

  /** The session gets media from here on, so that the `nextSequence` of its ACCEPT is exact. */
  #admit({ applicant, insteadOf }: Admit, from: Address, now: Millis): void {
    const { sessions, removal, repairs, lanes, rng, announce, outbox } = this.#options;
    if (insteadOf) removal.giveWay(insteadOf, now);
    const { clientId, name, replaces } = applicant;
    const connectionId = new DataView(rng.bytes(8).buffer).getBigUint64(0);
    const listenerSsrc = this.#chooseSsrc();
    const { info, described } = announce();
    const admission = this.#accept(connectionId, { listenerSsrc, ...info }, applicant);
    const address = { hostname: from.hostname, port: from.port };
    const fields = { connectionId, address, clientId, listenerSsrc, name, admission };
    const session = new Session(fields, now);
    for (const replaced of replaces) {
      sessions.unreported.takeOver(replaced, session);
      removal.replace(replaced, clientId, now);
    }
    sessions.add(session);
    repairs.onAdmitted(session);
    removal.notePass(session);
    outbox.sendControl(session.alone, admission.accept);
    lanes.open(session, described, now);
  }

  /**
   * Answers with the numbers by which it was told of each channel, since its ledger goes on, and under the keys
   * of its new JOIN. Its lane goes on too.
   */
  #renew(session: Session, applicant: Applicant, now: Millis): void {
    session.lastHeard = now;
    const { connectionId, channels, admission: { info } } = session;
    const accepted = this.#accept(connectionId, { ...info, channels }, applicant);
    this.#options.sessions.renew(session, accepted);
    this.#options.removal.notePass(session);
    this.#options.outbox.sendControl(session.alone, session.admission.accept);
  }

  #accept(connectionId: bigint, info: AcceptInfo, applicant: Applicant): SessionAdmission {
    const { clientRandom, cookieIssuedAt, cookieAge, pass, resume, secrets } = applicant;
    const { latencyMillis, isLatencyFixed, plainToken } = applicant;
    const { secrecy } = this.#options;
    const told = secrecy && { keys: secrecy.describe() };
    const newest = { ...info, ...(secrecy && { srtcpIndex: secrecy.srtcpIndex }) };
    const message = { type: "accept", clientRandom, connectionId, ...told, info: newest } as const;
    const accept = writeAnswer(message, secrecy, secrets);
    const control = secrets && secrecy?.openControl(secrets);
    const keys = {
      ...(pass && { pass }),
      ...(resume && { resume }),
      ...(plainToken !== undefined && { plainToken }),
      ...(control && { control }),
    };
    return { cookieIssuedAt, cookieAge, latencyMillis, isLatencyFixed, info, accept, ...keys };
  }

  /** No two sessions share an SSRC, since sessions are found by it. */
  #chooseSsrc(): number {
    const { rng, sessions } = this.#options;
    let ssrc = rng.uint32();
    while (sessions.ofSsrc(ssrc)) ssrc = rng.uint32();
    return ssrc;
  }

  #reject(verdict: Extract<Verdict, { kind: "reject" }>, from: Address): void {
    const { datagram, clientId, code, reason } = verdict;
    this.#options.outbox.answerStranger(new Destination(from), datagram);
    const refusal = `${clientId} ${code}`;
    if (this.#refused.has(refusal)) return;
    if (this.#refused.size >= MAX_REMEMBERED_REFUSALS) this.#refused.clear();
    this.#refused.add(refusal);
    const address = { hostname: from.hostname, port: from.port };
    this.#options.say({ kind: "rejected", address, code, reason });
  }
}
