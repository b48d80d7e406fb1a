/*
 * The match as the host runs it from the studio's page, without I/O and without a page.
 *
 * In: commands of the page (shared/studio/match_messages.ts), each entry that the timeline accepts, from whatever
 * source (`onEntry`), and the time.
 * Out: events for the timeline, 5 s after they were pressed (`take`), the setup and the state for the page. While
 * they wait they can be undone; a past event is corrected by a new one that supersedes it.
 *
 * The score is what the accepted entries say (`score_book.ts`, `scoring.ts`). Other sources (`--events`,
 * `--simulate`) count for themselves, so the timeline must give all events that it is about to store to
 * `withScores`: what an event adds to the score is known when it is pressed, the score only when it leaves.
 *
 * `commands.ts` carries out commands or says why not; `drafts.ts` makes the events; `outgoing_events.ts` holds
 * them until they are accepted; `past_events.ts` has the entries; `match_record.ts` holds all of it together;
 * `host_clock.ts` and `match_clock.ts` are the clock; `actions.ts` and `action_file.ts` say what can happen. Read
 * `match_record.ts` next.
 */

import { BoundedMap } from "../../../shared/core/bounded_map.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { formatScore, parseScore, type TimelineEvent } from "../../../shared/event/event.ts";
import type {
  MatchAnswer,
  MatchCommand,
  MatchSetup,
  MatchState,
  WaitingEvent,
} from "../../../shared/studio/match_messages.ts";
import { assignKeys } from "../../../shared/studio/shortcuts.ts";
import type { Match } from "../../interface/config.ts";
import type { ConfirmedEvent } from "../../origin/reports/desk_interface.ts";
import type { NewEvent } from "../../origin/timeline/new_event.ts";
import { type Language, UNNAMED_TEAMS } from "../../../shared/event/titles.ts";
import { type Action, footballActions } from "./actions.ts";
import { type AcceptedNear, Commands } from "./commands.ts";
import { clockAfter, readMatchClock } from "./match_clock.ts";
import { Drafts } from "./drafts.ts";
import { MatchRecord } from "./match_record.ts";
import { idOf, type WaitingDraft } from "./outgoing_events.ts";
import { NO_POINTS, type Points } from "./score_book.ts";
import { Scoring } from "./scoring.ts";
import { Teams } from "./teams.ts";

export interface MatchControlOptions {
  /** `Home` and `Away` when absent. */
  readonly teams?: Match;
  /** Why the host can't name the teams, because another source does; absent when the host can. */
  readonly teamsFixed?: string;
  readonly language: Language;
  /** Football's when absent. */
  readonly actions?: readonly Action[];
  /** The entries from before a restart, in order. */
  readonly past?: Iterable<TimelineEvent>;
  /**
   * The score that the source of other events goes on from after a restart: the last entry's for `--events`. When
   * absent after a restart, its first event counts by its kind, whatever its score.
   */
  readonly sourceScore?: string;
  /**
   * Whether the score of an event that is not the studio's is that of a source that counts for itself; true when
   * absent. An event without a score of its own, such as a confirmed report, counts by its kind.
   */
  readonly hasOwnScore?: (event: NewEvent) => boolean;
  /** The accepted event that the host would say a second time, since reporters have said it; undefined when none. */
  readonly acceptedNear?: AcceptedNear;
}

/** So many answers are kept for commands that come again. */
const MAX_ANSWERS = 1000;

export class MatchControl {
  readonly #record: MatchRecord;
  readonly #commands: Commands;
  readonly #teams: Teams;
  readonly #actions: ReadonlyMap<string, Action>;
  readonly #drafts: Drafts;
  readonly #answers = new BoundedMap<string, MatchAnswer>(MAX_ANSWERS);
  #setup: MatchSetup;
  #revision = 0;

  constructor(options: MatchControlOptions, now: Millis) {
    const { language, actions = footballActions(language), teamsFixed } = options;
    const teams = this.#teams = new Teams(options.teams ?? UNNAMED_TEAMS);
    const byTitle = new Map(actions.map((action) => [action.title, action]));
    this.#actions = byTitle;
    this.#drafts = new Drafts(teams, language);
    const { past, sourceScore, hasOwnScore = () => true } = options;
    this.#record = new MatchRecord({
      scoring: new Scoring(teams, byTitle),
      hasOwnScore,
      sourceScore: sourceScore === undefined ? undefined : parseScore(sourceScore),
    }, now);
    this.#commands = new Commands({
      record: this.#record,
      teams,
      teamsFixed,
      language,
      actions: byTitle,
      acceptedNear: options.acceptedNear,
    });
    this.#setup = makeSetup(teams, language, actions);
    if (past) this.#record.restore(past, now);
  }

  /** Another one once the teams have other names. */
  get setup(): MatchSetup {
    return this.#setup;
  }

  /** Grows with each change of the state, but for time that passes. */
  get revision(): number {
    return this.#revision;
  }

  /** The events that can still be undone, in the order in which they were pressed. */
  get waiting(): readonly WaitingDraft[] {
    return this.#record.outgoing.waiting;
  }

  /** When to call {@linkcode take}; Infinity when nothing waits. */
  get deadline(): Millis {
    return this.#record.outgoing.deadline;
  }

  /** Carries out a command, once; one that comes again gets the same answer. */
  command(command: MatchCommand, now: Millis): MatchAnswer {
    const { id } = command;
    const answered = this.#answers.get(id);
    if (answered) return answered;
    const outcome = this.#isDone(id) ? { ok: true } : this.#commands.carryOut(command, now);
    const answer = { kind: "match-answer" as const, id, ...outcome };
    this.#answers.set(id, answer);
    if (outcome.ok) this.#revision++;
    this.#noteTeams();
    return answer;
  }

  /**
   * The events that go out now, in order; push them to the timeline. At the end of the broadcast `take(Infinity)`
   * gives all that wait.
   *
   * @param room the most that the timeline can take now: none before the start and while the store can't be
   * written. The others stay, are shown as waiting and can still be undone.
   */
  take(now: Millis, room = Infinity): NewEvent[] {
    const taken = this.#record.outgoing.take(now, room);
    if (taken.length === 0) return [];
    this.#revision++;
    const scores = this.#record.outgoingScores();
    return taken.map((draft) => ({
      ...draft.event,
      score: formatScore(scores.get(idOf(draft)) ?? NO_POINTS),
    }));
  }

  /**
   * The events that the timeline is about to store, of whatever source, with the scores that they lead to. Each
   * that is stored must come to {@linkcode onEntry} before the next call; when the store fails, the call is made
   * again.
   */
  withScores(events: readonly NewEvent[]): NewEvent[] {
    return this.#record.withScores(events);
  }

  /** What enough reporters say, as the timeline takes it: with the match clock of its time, and a text. */
  ofReports(event: ConfirmedEvent): NewEvent {
    const action = this.#actions.get(event.title);
    const { clock } = this.#record;
    const state = clock.stateAt(event.time);
    const isCorrection = event.supersedes !== undefined;
    const last = this.#record.lastWhistle();
    const after = isCorrection ? undefined : clockAfter(event.type, state, last, event.time);
    const { millis: clockMillis, period } = after ?? state;
    return this.#drafts.ofReports(event, action, { clockMillis, period }).event;
  }

  /** The timeline has accepted an entry. Call it for each, in order. */
  onEntry(entry: TimelineEvent): void {
    this.#record.accept(entry);
    this.#revision++;
  }

  state(now: Millis): MatchState {
    const { book, clock: { state: clock }, outgoing, past, statistics } = this.#record;
    const scores = this.#record.outgoingScores();
    const { teamsFixed } = this.#commands;
    return {
      kind: "match-state",
      now,
      score: [...book.score],
      status: this.#record.status(),
      clock: {
        millis: readMatchClock(clock, now),
        period: clock.period,
        isRunning: clock.isRunning,
      },
      waiting: outgoing.waiting.map((one) => showWaiting(one, scores)),
      past: past.show(book),
      count: past.count,
      statistics: statistics.rows(this.#setup, this.#setup.actions),
      ...(teamsFixed !== undefined && { teamsFixed }),
    };
  }

  #noteTeams(): void {
    const { home, away } = this.#teams;
    const isNew = home !== this.#setup.home || away !== this.#setup.away;
    if (isNew) this.#setup = { ...this.#setup, home, away };
  }

  /** Whether a command was carried out whose answer is forgotten, as after a restart. */
  #isDone(id: string): boolean {
    return this.#record.has(id) || this.#commands.wasUndone(id);
  }
}

function makeSetup(
  { home, away }: Match,
  language: Language,
  actions: readonly Action[],
): MatchSetup {
  const keys = assignKeys(actions, language);
  const shown = actions.map(({ title, type, points, both, countsForOpponent }, index) => {
    const key = keys[index];
    return { title, type, points, both, countsForOpponent, ...(key !== undefined && { key }) };
  });
  return { kind: "match-setup", language, home, away, actions: shown };
}

function showWaiting(
  { draft, until }: WaitingDraft,
  scores: ReadonlyMap<string, Points>,
): WaitingEvent {
  const { type, content: text, event: { id, title, origin, clock, period, supersedes } } =
    draft.event;
  const score = scores.get(id) ?? NO_POINTS;
  return {
    ...{ id, type, title, origin, text, clock, period, until },
    score: [...score],
    ...(supersedes !== undefined && { supersedes }),
  };
}
