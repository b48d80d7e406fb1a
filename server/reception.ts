import type { Counters } from "../shared/core/counters.ts";
import type { Rng } from "../shared/core/rng.ts";
import { type Address, addressKey } from "../shared/core/socket.ts";
import type { Millis } from "../shared/core/units.ts";
import type { AcceptInfo } from "../shared/wire/admission.ts";
import type { JunkName } from "../shared/wire/parsed.ts";
import {
  type Admission,
  type Applicant,
  type Application,
  type Verdict,
  writeAnswer,
} from "./admission.ts";
import type { Examined } from "./authority.ts";
import type { Departures } from "./departures.ts";
import type { HostSecrecy } from "./host_secrecy.ts";
import type { Outbox } from "./outbox.ts";
import type { CoreOutput } from "./output.ts";
import type { Repairs } from "./repairs.ts";
import { Session, type SessionAdmission, type SessionTable } from "./sessions.ts";

/** Refusals remembered so that copies of one JOIN are told once. */
const MAX_REMEMBERED_REFUSALS = 256;
/** JOINs that are being looked into at the same time. */
const MAX_PENDING = 512;

export interface ReceptionOptions {
  readonly sessions: SessionTable;
  readonly admission: Admission;
  readonly departures: Departures;
  readonly repairs: Repairs;
  /** Absent when the broadcast is not encrypted. */
  readonly secrecy?: HostSecrecy;
  readonly rng: Rng;
  readonly outbox: Outbox;
  readonly junk: Counters<JunkName>;
  /** What a listener that is let in now is told, but for its own SSRC. */
  readonly describe: () => Omit<AcceptInfo, "listenerSsrc">;
  readonly say: (output: CoreOutput) => void;
}

/** How listeners come in: carries out what admission decides about those who ask. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #refused = new Set<string>();
  readonly #pending = new Map<number, Application>();
  #examinations = 0;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  receive(datagram: Uint8Array, from: Address, now: Millis): void {
    this.#carryOut(this.#options.admission.judge(datagram, from, now), from, now);
  }

  /** What came of looking into the JOIN that was said under this `id`. */
  onExamined(id: number, examined: Examined, now: Millis): void {
    const application = this.#pending.get(id);
    if (!application) return;
    this.#pending.delete(id);
    const verdict = this.#options.admission.decide(application, examined, now);
    this.#carryOut(verdict, application.from, now);
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

  /** Media flows to it from here on, so that the next sequence numbers it is told are exact. */
  #admit(applicant: Applicant, from: Address, now: Millis): void {
    const { sessions, departures, repairs, rng, describe, outbox } = this.#options;
    for (const session of applicant.replaces) departures.replace(session, applicant.clientId, now);
    const { clientId, name } = applicant;
    const connectionId = new DataView(rng.bytes(8).buffer).getBigUint64(0);
    const listenerSsrc = this.#chooseSsrc();
    const admission = this.#accept(connectionId, { listenerSsrc, ...describe() }, applicant);
    const address = { hostname: from.hostname, port: from.port };
    const fields = { connectionId, address, clientId, listenerSsrc, name, admission };
    const session = new Session(fields, now);
    sessions.add(session);
    repairs.onAdmitted(session);
    departures.notePass(session);
    outbox.sendControl(session.alone, admission.accept);
  }

  /**
   * It is told the same as at first, for its ledger goes on, and of each channel that has begun since; under
   * the keys of its new JOIN.
   */
  #renew(session: Session, applicant: Applicant, now: Millis): void {
    session.lastHeard = now;
    const { info } = session.admission;
    const isNew = ({ ssrc }: { ssrc: number }) => info.channels.every((told) => told.ssrc !== ssrc);
    const channels = [...info.channels, ...this.#options.describe().channels.filter(isNew)];
    session.renew(this.#accept(session.connectionId, { ...info, channels }, applicant));
    this.#options.departures.notePass(session);
    this.#options.outbox.sendControl(session.alone, session.admission.accept);
  }

  #accept(connectionId: bigint, info: AcceptInfo, applicant: Applicant): SessionAdmission {
    const { clientRandom, cookieIssuedAt, latencyMillis, pass, resume, secrets } = applicant;
    const { secrecy } = this.#options;
    const told = secrecy && { keys: secrecy.describe() };
    const newest = { ...info, ...(secrecy && { srtcpIndex: secrecy.srtcpIndex }) };
    const message = { type: "accept", clientRandom, connectionId, ...told, info: newest } as const;
    const accept = writeAnswer(message, secrecy, secrets);
    const control = secrets && secrecy?.openControl(secrets);
    const keys = { ...(pass && { pass }), ...(resume && { resume }), ...(control && { control }) };
    return { cookieIssuedAt, latencyMillis, info, accept, ...keys };
  }

  /** One of its own, as it is also what a listener is found by. */
  #chooseSsrc(): number {
    const { rng, sessions } = this.#options;
    let ssrc = rng.uint32();
    while (sessions.ofSsrc(ssrc)) ssrc = rng.uint32();
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
}
