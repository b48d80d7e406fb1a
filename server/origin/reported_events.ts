import type { Millis } from "../../shared/core/units.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { Candidate, ReportSetup } from "../../shared/report/report.ts";
import type { Match } from "../interface/config.ts";
import type { ServerOutput } from "../interface/output.ts";
import type { DownMessage } from "../link/down.ts";
import type { ReportNews, ReportUp } from "./report_news.ts";
import type { ConfirmedEvent, DeskOutput, HostEvent } from "./reports/desk_interface.ts";
import {
  type DeskInput,
  giveTo,
  readJournal,
  replay,
  type ReportJournal,
  serializeInput,
  serializeSnapshot,
} from "./reports/desk_journal.ts";
import type { ReportableAction, Subject } from "./reports/reportable.ts";
import { ReportDesk } from "./reports/report_desk.ts";
import type { VotingSettings } from "./reports/voting_rule.ts";
import { StoreError } from "./timeline/broadcast_store.ts";
import type { NewEvent } from "./timeline/new_event.ts";
import { Warnings } from "./warnings.ts";

/** What may be reported, and how it is voted on. */
export interface ReportsSetup extends VotingSettings {
  readonly actions: readonly ReportableAction[];
  /** A confirmed event as the timeline takes it: with the match clock of its time, and a text. */
  readonly toEvent: (event: ConfirmedEvent, now: Millis) => NewEvent;
  /** Keeps reports and votes through a restart. */
  readonly journal?: ReportJournal;
}

export interface ReportedEventsOptions {
  readonly setup: ReportsSetup;
  readonly teams: Match;
  readonly now: Millis;
  readonly isOnTimeline: (eventId: string) => boolean;
  /** Events for the timeline. */
  readonly push: (events: readonly NewEvent[], now: Millis) => void;
  readonly send: (message: DownMessage) => void;
  readonly say: (output: ServerOutput) => void;
  readonly news: ReportNews;
}

/** The journal becomes one snapshot after so many inputs, so that a restart need not repeat a whole day. */
const INPUTS_BETWEEN_SNAPSHOTS = 20_000;

/**
 * Passes reports to the desk (reports/report_desk.ts), and what it says to the edges, the host and the timeline. What
 * changes the votes is kept before anybody is told.
 */
export class ReportedEvents {
  readonly #options: ReportedEventsOptions;
  readonly #warnings: Warnings;
  #desk: ReportDesk;
  #latest: Millis;
  #sinceSnapshot = 0;
  /** What was decided before a restart, or while there was no host, and is not told yet. */
  #untold: readonly DeskOutput[];

  constructor(options: ReportedEventsOptions) {
    this.#options = options;
    this.#latest = options.now;
    this.#warnings = new Warnings(options.say);
    const { teams, setup: { journal } } = options;
    const kept = readJournal(journal?.kept() ?? [], options.now);
    const { snapshot, settings, inputs, problem } = kept;
    if (problem !== undefined) this.#warnings.add(problem, options.now);
    const deskOptions = this.#deskOptions(teams);
    // By the settings of then: other ones would confirm, or not, what was decided long ago.
    const desk = new ReportDesk({ ...deskOptions, ...settings }, snapshot);
    const unpushed = replay(desk, inputs)
      .filter(({ eventId }) => !options.isOnTimeline(eventId))
      .map((event) => ({ kind: "confirmed", event }) as const);
    this.#untold = [...unpushed, ...desk.advance(options.now)];
    this.#desk = new ReportDesk(deskOptions, desk.snapshot());
    this.#keepSnapshot(options.now);
    for (const message of this.past()) options.send(message);
  }

  /** What is voted on now. */
  get open(): readonly Candidate[] {
    return this.#desk.open;
  }

  get deadline(): Millis {
    return this.#untold.length > 0 ? this.#latest : this.#desk.deadline;
  }

  /** What an edge needs that begins now. */
  past(): DownMessage[] {
    const open = this.#desk.open.map((candidate) => ({ type: "candidate", candidate }) as const);
    return [{ type: "report-setup", setup: this.#setup }, ...open];
  }

  onReport(message: ReportUp, now: Millis): void {
    const at = this.#at(now);
    const { connectionId, reporter, address, mayReport, report } = message;
    const outputs = this.#desk.receive({ reporter, address, mayReport, report }, at);
    for (const output of outputs) {
      if (output.kind !== "answer") continue;
      const { answer, isRepeated } = output;
      if (answer.verdict !== "refused" && !isRepeated) {
        this.#keep({ kind: "report", now: at, reporter, address, report }, at);
      }
      this.#options.send({ type: "report-answer", connectionId, answer });
      if (!isRepeated) this.#options.news.tell(message, answer, at);
    }
    this.#handle(outputs, at);
  }

  /** The timeline has accepted an event, of whatever source. */
  onEntry({ time: sentAt, event }: TimelineEvent): void {
    const { id: eventId, title, origin, time, supersedes } = event;
    if (event.agreement) return;
    this.hostReports({ eventId, title, origin, time, supersedes }, sentAt);
  }

  /** The host has pressed it, and it is on its way to the timeline. */
  hostReports({ supersedes, ...event }: HostEvent, now: Millis): void {
    const whole = supersedes === undefined ? event : { ...event, supersedes };
    this.#give({ kind: "accepted", event: whole, now: this.#at(now) });
  }

  /** The host took back what was pressed, before it came to the timeline. */
  hostWithdraws(eventId: string, now: Millis): void {
    this.#give({ kind: "withdrawn", eventId, now: this.#at(now) });
  }

  /** The host says of a candidate whether it happened. */
  decide(candidateId: string, isConfirmed: boolean, now: Millis): void {
    this.#give({ kind: isConfirmed ? "confirm" : "reject", candidateId, now: this.#at(now) });
  }

  /** The accepted event that the host would say a second time. */
  acceptedNear(subject: Subject, time: Millis): string | undefined {
    return this.#desk.acceptedNear(subject, time);
  }

  /** The teams have other names, which no event has named yet: nothing that is open is about them. */
  onTeams(teams: Match): void {
    const now = this.#latest;
    for (const { candidateId, origin } of this.#desk.open) {
      const isGone = origin !== "" && origin !== teams.home && origin !== teams.away;
      if (isGone) this.#give({ kind: "reject", candidateId, now });
    }
    this.#desk = new ReportDesk(this.#deskOptions(teams), this.#desk.snapshot());
    this.#keepSnapshot(now);
    this.#options.send({ type: "report-setup", setup: this.#setup });
  }

  advance(now: Millis): void {
    const at = this.#at(now);
    const untold = this.#untold;
    this.#untold = [];
    this.#handle(untold, at);
    this.#handle(this.#desk.advance(at), at);
  }

  /** The broadcast is over. */
  end(): void {
    this.#handle(this.#desk.end(this.#latest), this.#latest);
  }

  get #setup(): ReportSetup {
    return this.#desk.setup;
  }

  #deskOptions({ home, away }: Match) {
    const { actions, quorum, votesPerAddress } = this.#options.setup;
    return { origins: [home, away], actions, quorum, votesPerAddress };
  }

  #give(input: DeskInput): void {
    const outputs = giveTo(this.#desk, input);
    this.#keep(input, input.now);
    this.#handle(outputs, input.now);
  }

  #handle(outputs: readonly DeskOutput[], now: Millis): void {
    const { send, say, push, setup } = this.#options;
    for (const output of outputs) {
      if (output.kind === "candidate") {
        const { candidate } = output;
        send({ type: "candidate", candidate });
        say({ kind: "candidate", candidate });
      } else if (output.kind === "confirmed") {
        push([setup.toEvent(output.event, now)], now);
      }
    }
  }

  /** What can't be kept counts all the same: only a restart would forget it. */
  #keep(input: DeskInput, now: Millis): void {
    const { journal } = this.#options.setup;
    if (!journal) return;
    this.#try(() => journal.append(serializeInput(input)), now);
    if (++this.#sinceSnapshot >= INPUTS_BETWEEN_SNAPSHOTS) this.#keepSnapshot(now);
  }

  #keepSnapshot(now: Millis): void {
    this.#sinceSnapshot = 0;
    const { journal } = this.#options.setup;
    if (journal) {
      this.#try(
        () => journal.replace(serializeSnapshot(this.#desk.snapshot(), this.#options.setup)),
        now,
      );
    }
  }

  #try(write: () => void, now: Millis): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#warnings.add(`${error.message}: reports count, but a restart would forget them`, now);
    }
  }

  /** The desk's time never runs backwards; an entry tells its sending time in whole milliseconds. */
  #at(now: Millis): Millis {
    return this.#latest = Math.max(this.#latest, now);
  }
}
