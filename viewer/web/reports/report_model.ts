/**
 * viewer/web/reports: what this page's listener reports, and how the votes stand, without a browser.
 *
 * In: what is pressed, messages of the viewer, and the time. Out: signals for components/reporting/, and reports to
 * the viewer. What is pressed is shown at once. While the page does not reach its viewer, reports wait here and go
 * out with the time of the press; the viewer keeps those that the host can't be reached for. A report that the
 * viewer has not shown is sent again with the same id. vote_rows.ts makes the rows that are shown, and
 * report_words.ts the words. The next file to read is vote_rows.ts.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../shared/core/units.ts";
import type { TimelineEvent } from "../../../shared/event/event.ts";
import { languageOf, OWN_GOAL_TITLES } from "../../../shared/event/titles.ts";
import type { Connection, ToPage } from "../../../shared/page/page.ts";
import type { OwnReport, PageCandidate, PageReport } from "../../../shared/page/page_reports.ts";
import { CandidateList, isOpen } from "../../../shared/report/candidate_list.ts";
import type { ReportSetup } from "../../../shared/report/report.ts";
import { assignKeys } from "../../../shared/studio/shortcuts.ts";
import type { KeyedAction, KeyedMatch } from "../model/keys.ts";
import { refusalWords, subjectWords } from "./report_words.ts";
import { type ShownReport, standingReports, type VoteRow, voteRows } from "./vote_rows.ts";

export interface ReportAdapter {
  /** @returns whether it is on its way to the viewer. */
  send(report: PageReport): boolean;
  /** Of a report: unique. */
  makeId(): string;
  now(): Millis;
  /** For screen readers. */
  announce(sentence: string): void;
}

/** A report that the viewer has not shown to have; its time is by the page's clock. */
interface Held {
  readonly report: Omit<PageReport, "at">;
  readonly pressedAt: Millis;
  wasSent: boolean;
}

/** A press can be taken back with one button for so long. */
export const UNDO_MILLIS: Millis = 5000;
/** An older event can't be corrected. */
export const MAX_CORRECTION_AGE: Millis = 600_000;
/** The most reports that wait for the viewer. */
const MAX_HELD = 100;
/** How long a sentence about a press stays. */
const NOTICE_MILLIS: Millis = 8000;

type Report = Omit<PageReport, "id" | "at">;

export class ReportModel {
  /** null when this listener may not report. */
  readonly setup: Signal<ReportSetup | null> = signal(null);
  readonly rows: ReadonlySignal<readonly VoteRow[]>;
  /** The teams and the actions with their keys; null when this listener may not report. */
  readonly match: ReadonlySignal<KeyedMatch | null> = computed(() => matchOf(this.setup.value));
  /** The language of the titles; undefined when they are not football's. */
  readonly language: ReadonlySignal<string | undefined> = computed(() =>
    languageOf(this.setup.value?.actions[0] ?? "")
  );
  /** What can be taken back with one button, and until when; null when nothing can. */
  readonly undoable: ReadonlySignal<{ report: ShownReport; until: Millis } | null>;
  /** What went wrong with something that has no row; "" for nothing. */
  readonly notice: Signal<string> = signal("");
  /** Whether the broadcast is over, so that a press has no effect. */
  readonly isOver: Signal<boolean> = signal(false);
  /** The accepted event that is being corrected. */
  readonly correcting: Signal<TimelineEvent | null> = signal(null);
  /** The viewer's clock at the last {@linkcode tick}. */
  readonly now: Signal<Millis>;
  readonly #adapter: ReportAdapter;
  readonly #list = new CandidateList<PageCandidate>();
  readonly #candidates: Signal<readonly PageCandidate[]> = signal([]);
  readonly #own: Signal<readonly OwnReport[]> = signal([]);
  readonly #held: Signal<readonly Held[]> = signal([]);
  readonly #reports: ReadonlySignal<readonly ShownReport[]> = computed(() => [
    ...this.#own.value,
    ...this.#held.value.map(({ report, pressedAt }): ShownReport => ({
      ...{ ...report, at: pressedAt - this.#skew, state: "held" },
    })),
  ]);
  readonly #since = new Map<string, Millis>();
  readonly #last: Signal<{ readonly id: string; readonly until: Millis } | null> = signal(null);
  /** The page's clock minus the viewer's. */
  #skew: Millis = 0;
  #noticeUntil: Millis = Infinity;
  #isConnected = false;

  constructor(adapter: ReportAdapter) {
    this.#adapter = adapter;
    this.now = signal(adapter.now());
    this.rows = computed(() =>
      voteRows({
        candidates: this.#candidates.value,
        reports: this.#reports.value,
        since: this.#since,
        now: this.now.value,
      })
    );
    this.undoable = computed(() => this.#readUndoable());
  }

  /** Whether anything that is shown changes with time alone. */
  get needsTicks(): boolean {
    return this.rows.peek().length > 0 || this.#last.peek() !== null || this.notice.peek() !== "";
  }

  tick(pageNow: Millis): void {
    const now = this.now.value = pageNow - this.#skew;
    if (now >= (this.#last.peek()?.until ?? Infinity)) this.#last.value = null;
    if (now >= this.#noticeUntil) this.#say("");
  }

  /** The page has lost its viewer, or reaches it again; then a snapshot comes. */
  setConnected(isConnected: boolean): void {
    this.#isConnected = this.#isConnected && isConnected;
  }

  apply(message: ToPage, pageNow: Millis): void {
    switch (message.kind) {
      case "snapshot":
        this.#skew = pageNow - message.now;
        this.tick(pageNow);
        this.isOver.value = hasEnded(message.state.connection);
        return this.#begin(message.state.reporting);
      case "connection":
        this.isOver.value = hasEnded(message.connection);
        return;
      case "candidate":
        this.tick(pageNow);
        return this.#setCandidate(message.candidate);
      case "report":
        this.tick(pageNow);
        return this.#setOwn(message.report);
    }
  }

  /** It has happened just now. @param origin a team's name; "" for both. */
  press(title: string, origin: string): void {
    this.#report({ type: "event", title, origin }, this.#adapter.now());
  }

  /** The same happened for this listener, or did not; said a second time, that is taken back. */
  vote(row: VoteRow, agrees: boolean): void {
    const { title, origin, supersedes, own, candidate, at } = row;
    if (own && own.state !== "refused" && isFor(own) === agrees) return this.takeBack(own);
    const event = supersedes === undefined ? "event" : "correction";
    this.#report({
      ...{ type: agrees ? event : "denial", title, origin },
      ...(supersedes !== undefined && { supersedes }),
      ...(candidate && { candidateId: candidate.candidateId }),
    }, at + this.#skew);
  }

  /** Agrees with the row of this number, from 1 on, or takes that back. */
  voteFor(number: number): void {
    const row = this.rows.peek()[number - 1];
    if (row && (!row.candidate || isOpen(row.candidate))) this.vote(row, true);
  }

  /** The accepted event was something else. @returns what is wrong; "" when it is reported. */
  correct({ event }: TimelineEvent, title: string, origin: string): string {
    const isBoth = this.match.peek()?.actions.find((one) => one.title === title)?.both === true;
    const team = isBoth ? "" : origin;
    if (title === event.title && team === event.origin) return "Say what it was instead";
    const report = { type: "correction", title, origin: team, supersedes: event.id } as const;
    this.#report(report, this.atOf(event.time) + this.#skew);
    return "";
  }

  /** A time of the host by the viewer's clock, as far as that is known. */
  atOf(hostTime: Millis): Millis {
    const known = this.#candidates.peek().at(-1);
    return known ? hostTime + known.at - known.time : hostTime;
  }

  /** Takes back what was pressed last, within five seconds. */
  undo(): void {
    const undoable = this.undoable.peek();
    if (undoable) this.takeBack(undoable.report);
  }

  /** Of what has not left the page nothing remains. */
  takeBack(report: ShownReport): void {
    const { id, title, origin } = report;
    if (this.#last.peek()?.id === id) this.#last.value = null;
    this.#adapter.announce(`Taken back: ${subjectWords(report)}`);
    const held = this.#held.peek().find((one) => one.report.id === id);
    if (held && !held.wasSent) return this.#drop(id);
    const undo = { type: "undo", title, origin, supersedes: id } as const;
    this.#hold({ ...undo, id: this.#adapter.makeId() }, this.#adapter.now());
  }

  #report(report: Report, pressedAt: Millis): void {
    if (!this.setup.peek()) return;
    if (this.isOver.peek()) return this.#say("Not reported: the broadcast is over");
    if (this.#held.peek().length >= MAX_HELD) {
      return this.#say("Not reported: too many reports wait for the viewer already");
    }
    const id = this.#adapter.makeId();
    this.tick(this.#adapter.now());
    this.#last.value = { id, until: this.now.peek() + UNDO_MILLIS };
    this.#adapter.announce(`Reported: ${wordsOf(report)}`);
    this.#hold({ ...report, id }, pressedAt);
  }

  #hold(report: Held["report"], pressedAt: Millis): void {
    const held = { report, pressedAt, wasSent: false };
    this.#held.value = [...this.#held.peek(), held];
    if (this.#isConnected) this.#send(held);
  }

  #send(held: Held): void {
    const { report, pressedAt } = held;
    held.wasSent = this.#adapter.send({ ...report, at: pressedAt - this.#skew }) || held.wasSent;
  }

  #drop(id: string): void {
    this.#held.value = this.#held.peek().filter(({ report }) => report.id !== id);
  }

  /** The viewer has told everything. One that looks for its host again does not know yet who may report. */
  #begin(reporting: { setup: ReportSetup } & Stored | undefined): void {
    this.#isConnected = true;
    if (!reporting) return;
    this.setup.value = reporting.setup;
    this.#list.clear();
    for (const candidate of reporting.candidates) this.#list.note(candidate);
    this.#candidates.value = this.#list.all;
    this.#own.value = reporting.reports;
    const known = new Set(reporting.reports.map(({ id }) => id));
    this.#held.value = this.#held.peek().filter(({ report }) => !known.has(report.id));
    for (const held of this.#held.peek()) this.#send(held);
  }

  #setCandidate(candidate: PageCandidate): void {
    const before = this.#list.find(candidate.candidateId);
    if (!this.#list.note(candidate)) return;
    if (before?.state !== candidate.state) {
      this.#since.set(candidate.candidateId, this.now.peek());
    }
    this.#candidates.value = this.#list.all;
    this.#forget();
    if (before || !isOpen(candidate)) return;
    const isOwn = this.rows.peek().some(({ key, own }) => key === candidate.candidateId && own);
    if (!isOwn) this.#adapter.announce(`Others report: ${wordsOf(candidate)}`);
  }

  #setOwn(report: OwnReport): void {
    this.#since.set(report.id, this.now.peek());
    const others = this.#own.peek().filter(({ id }) => id !== report.id);
    const at = this.#own.peek().findIndex(({ id }) => id === report.id);
    this.#own.value = at < 0 ? [...others, report] : others.toSpliced(at, 0, report);
    this.#drop(report.id);
    this.#forget();
    if (report.state !== "refused") return;
    const words = refusalWords(report);
    this.#adapter.announce(`${wordsOf(report)}: ${words}`);
    // These have no row of their own.
    if (report.type === "undo" || report.type === "denial") this.#say(words);
  }

  /** Only what the lists have is worth remembering. */
  #forget(): void {
    const known = new Set([
      ...this.#candidates.peek().map(({ candidateId }) => candidateId),
      ...this.#own.peek().map(({ id }) => id),
    ]);
    for (const id of this.#since.keys()) if (!known.has(id)) this.#since.delete(id);
  }

  #say(text: string): void {
    this.notice.value = text;
    this.#noticeUntil = text === "" ? Infinity : this.now.peek() + NOTICE_MILLIS;
  }

  #readUndoable() {
    const last = this.#last.value;
    const report = standingReports(this.#reports.value).find(({ id }) => id === last?.id);
    if (!last || !report || report.state === "refused" || this.now.value >= last.until) return null;
    const row = this.rows.value.find(({ own }) => own?.id === report.id);
    return row?.candidate?.state === "confirmed" ? null : { report, until: last.until };
  }
}

interface Stored {
  readonly candidates: readonly PageCandidate[];
  readonly reports: readonly OwnReport[];
}

/** Whether a report says that it happened. */
export function isFor({ type }: Pick<ShownReport, "type">): boolean {
  return type !== "denial";
}

function hasEnded({ state }: Connection): boolean {
  return state === "ended" || state === "rejected";
}

function wordsOf(report: Pick<ShownReport, "title" | "origin"> & { type?: string }): string {
  const words = subjectWords(report);
  return report.type === "denial" ? `${words} did not happen` : words;
}

function matchOf(setup: ReportSetup | null): KeyedMatch | null {
  if (!setup) return null;
  const { origins, actions: titles, types = [], both = [] } = setup;
  const ownGoals: readonly string[] = Object.values(OWN_GOAL_TITLES);
  const actions = titles.map((title, index) => ({
    ...{ title, type: types[index] ?? 0, both: both.includes(title) },
    countsForOpponent: ownGoals.includes(title),
  }));
  const keys = assignKeys(actions, languageOf(titles[0] ?? "") ?? "en");
  const [home = "", away = ""] = origins;
  return {
    ...{ home, away },
    actions: actions.map(({ title, type, both }, index): KeyedAction => ({
      ...{ title, type, both, key: keys[index] },
    })),
  };
}
