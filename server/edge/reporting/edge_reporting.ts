/*
 * Reporting at an edge: what listeners report of the match goes up to the origin, answers and votes come down.
 *
 * In: messages of listeners (`receive`), and of the origin the set-up, answers and candidates. Out: messages for the
 * origin, which say who reports and whether that one may; and for each listener who may report, the set-up first,
 * then how the votes stand (`feed`, as its lane has room).
 *
 * Nothing is decided about reports here. `reporter_identity.ts` says who reports; `candidate_log.ts` keeps the newest
 * of each candidate, so that fast changes cost each listener one message. Read reporter_identity.ts next.
 */

import type { Counters } from "../../../shared/core/counters.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Lane } from "../../../shared/lane/lane.ts";
import { MAX_MESSAGE_BYTES } from "../../../shared/lane/lane_sender.ts";
import { serializeHostMessage } from "../../../shared/lane/messages.ts";
import { Pace } from "../../../shared/lane/pace.ts";
import type { Ciphers } from "../../../shared/secrecy/ciphers.ts";
import {
  type Candidate,
  parseReporterMessage,
  type Report,
  type ReportAnswer,
  type ReportSetup,
} from "../../../shared/report/report.ts";
import type { ReportAccess } from "../../interface/config.ts";
import type { UpMessage } from "../../link/up.ts";
import { namesOf, type Session, type SessionTable } from "../sessions/sessions.ts";
import { CandidateLog } from "./candidate_log.ts";
import { ReporterIdentities } from "./reporter_identity.ts";

export interface EdgeReportingOptions {
  /** Who may report; nobody when absent. */
  readonly access: ReportAccess | undefined;
  readonly sessions: SessionTable;
  /** Absent when the broadcast is not encrypted. */
  readonly ciphers?: Pick<Ciphers, "sha256"> | undefined;
  readonly tell: (message: UpMessage) => void;
  readonly junk: Counters<JunkName>;
}

/** What a listener who may report was told. */
interface Told {
  /** Of the set-up. */
  setup: Uint8Array | undefined;
  /** Of the candidates, all changes up to this one. */
  revision: number;
  /** Of changes up to this one only those of candidates that are open still: they were made before it came. */
  readonly openOnlyTo: number;
}

/** Far more than a host counts, and little work. */
const PACE = { perSecond: 2, burst: 30 };
/** Votes are told at most so often, and less often to many: 5000 listeners a second. */
const TELL_EVERY: Millis = 100;
const MILLIS_PER_LISTENER: Millis = 0.2;
/** More is not given to a lane at once, so that other messages find room. */
const LANE_BYTES = 4000;
/** Characters of a name that a listener has chosen. */
const MAX_NAME = 64;

export class EdgeReporting {
  readonly #options: EdgeReportingOptions;
  readonly #identities: ReporterIdentities;
  readonly #log = new CandidateLog();
  readonly #told = new WeakMap<Session, Told>();
  readonly #paces = new WeakMap<Session, Pace>();
  /** Those that have reported, by connection id, for the answers. */
  readonly #reporters = new Map<string, Session>();
  #setup: Uint8Array | undefined;
  /** Changes up to this one may be told. */
  #released = 0;
  #toldAt: Millis = -Infinity;
  #listeners = 0;
  #isOver = false;

  constructor(options: EdgeReportingOptions) {
    this.#options = options;
    const { sessions, ciphers } = options;
    this.#identities = new ReporterIdentities(ciphers);
    sessions.watchEnds((session) => {
      this.#reporters.delete(session.id);
      this.#identities.forget(session);
    });
  }

  /** When {@linkcode takeDue} is to be asked; Infinity when all who may report were told everything. */
  get deadline(): Millis {
    if (this.#released >= this.#log.revision) return Infinity;
    return this.#toldAt + Math.max(TELL_EVERY, this.#listeners * MILLIS_PER_LISTENER);
  }

  /** @returns those for whom there is news now. */
  takeDue(now: Millis): Session[] {
    if (now < this.deadline) return [];
    this.#released = this.#log.revision;
    this.#toldAt = now;
    return this.#everyone();
  }

  /** What can be reported, from now on. @returns those who are to be told. */
  onSetup(setup: ReportSetup): Session[] {
    const whole = serializeHostMessage(setup);
    const { types: _types, both: _both, ...least } = setup;
    this.#setup = whole.length > MAX_MESSAGE_BYTES ? serializeHostMessage(least) : whole;
    return this.#everyone();
  }

  onCandidate(candidate: Candidate): void {
    this.#log.put(candidate);
  }

  /** @returns who gets the answer; undefined when it has left, or is at another edge. */
  reporterOf(connectionId: string): Session | undefined {
    return this.#reporters.get(connectionId);
  }

  /** Nothing goes to the origin any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Takes a message of a listener. @returns the answer, if it is not the origin's to give. */
  receive(session: Session, bytes: Uint8Array, now: Millis): ReportAnswer | undefined {
    const { junk, tell } = this.#options;
    const pace = this.#paces.get(session) ?? new Pace(PACE);
    this.#paces.set(session, pace);
    if (!pace.take(now)) return void junk.add("overflow");
    const report = parseReporterMessage(bytes);
    if (!report.ok) return void junk.add(report.junk);
    if (!report.value) return undefined;
    if (this.#isOver) return refusedAsOver(report.value);
    this.#reporters.set(session.id, session);
    tell(this.#upward(session, report.value));
    return undefined;
  }

  /** Whether the lane has room for what the listener is still to be told. */
  canFeed(session: Session, lane: Lane): boolean {
    if (!this.#setup || !this.#mayReport(session) || lane.bytes.queued >= LANE_BYTES) return false;
    const told = this.#toldTo(session);
    return told.setup !== this.#setup || told.revision < this.#released;
  }

  /** Gives the lane as much as it has room for. */
  feed(session: Session, lane: Lane, now: Millis): void {
    const told = this.#toldTo(session);
    while (this.canFeed(session, lane)) {
      if (told.setup !== this.#setup) {
        told.setup = this.#setup;
        lane.send(this.#setup!, now);
        continue;
      }
      const next = this.#log.after(told.revision, told.openOnlyTo, this.#released);
      told.revision = next?.revision ?? this.#released;
      if (next) lane.send(next.bytes, now);
    }
  }

  #toldTo(session: Session): Told {
    const known = this.#told.get(session);
    if (known) return known;
    const told = { setup: undefined, revision: 0, openOnlyTo: this.#log.revision };
    this.#told.set(session, told);
    return told;
  }

  #everyone(): Session[] {
    const may = this.#options.sessions.all.filter((session) => this.#mayReport(session));
    this.#listeners = may.length;
    return may;
  }

  #mayReport({ pass }: Session): boolean {
    const { access = "off" } = this.#options;
    return access === "open" || (access === "tokens" && pass?.role === "reporter");
  }

  #upward(session: Session, { token, ...report }: Report): UpMessage {
    const { name } = session;
    const { tokenName = name?.slice(0, MAX_NAME) } = namesOf(session);
    return {
      type: "report",
      connectionId: session.id,
      reporter: this.#identities.of(session),
      ...(tokenName !== undefined && { name: tokenName }),
      mayReport: this.#mayReport(session) && isFromWhoJoined(session, token),
      address: session.address.hostname,
      report,
    };
  }
}

/** Where nothing is encrypted anybody can write in a listener's name, so the token is asked for each time. */
function isFromWhoJoined({ admission: { plainToken } }: Session, token: string | undefined) {
  return plainToken === undefined || plainToken === token;
}

function refusedAsOver({ event: { id } }: Report): ReportAnswer {
  return { type: "report", reportId: id, verdict: "refused", code: "over" };
}
