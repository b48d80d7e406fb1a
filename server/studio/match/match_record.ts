import type { Millis } from "../../../shared/core/units.ts";
import {
  EVENT_TYPES,
  formatScore,
  parseScore,
  type TimelineEvent,
} from "../../../shared/event/event.ts";
import { MatchStatistics } from "../../../shared/event/match_statistics.ts";
import type { MatchStatus } from "../../../shared/studio/match_messages.ts";
import type { NewEvent } from "../../origin/timeline/new_event.ts";
import type { Draft, Told } from "./drafts.ts";
import { HostClock } from "./host_clock.ts";
import type { LastWhistle } from "./match_clock.ts";
import { idOf, OutgoingEvents } from "./outgoing_events.ts";
import { isWhistle, PastEvents } from "./past_events.ts";
import { type Kind, kindOf, type Scoring } from "./scoring.ts";
import { NO_POINTS, type Points, ScoreBook } from "./score_book.ts";

export interface MatchRecordOptions {
  readonly scoring: Scoring;
  /** Whether an event's score is that of a source that counts for itself. */
  readonly hasOwnScore: (event: NewEvent) => boolean;
  /** The score that this source goes on from after a restart; undefined when it is not known. */
  readonly sourceScore: Points | undefined;
}

/** What is known of the match: what the timeline says, what is on its way there, and the clock. */
export class MatchRecord {
  readonly past = new PastEvents();
  readonly outgoing = new OutgoingEvents();
  readonly clock: HostClock;
  readonly book = ScoreBook.empty();
  readonly statistics = new MatchStatistics();
  readonly #options: MatchRecordOptions;
  /** The score of the source that counts for itself, after its last accepted event. */
  #sourceScore: Points | undefined = NO_POINTS;
  /** For each event that has its score and is being stored: the score of that source after it. */
  #leaving: (Points | undefined)[] = [];

  constructor(options: MatchRecordOptions, now: Millis) {
    this.#options = options;
    this.clock = new HostClock(now);
  }

  get #scoring(): Scoring {
    return this.#options.scoring;
  }

  /** Takes the entries from before a restart, in order. */
  restore(entries: Iterable<TimelineEvent>, now: Millis): void {
    for (const entry of entries) {
      this.#sourceScore = this.#options.sourceScore;
      this.book.settle(entry.event, parseScore(entry.score));
      this.past.add(entry);
      this.statistics.add(entry);
      this.clock.follow(entry);
    }
    this.clock.resume(this.status() === "live", now);
  }

  accept(entry: TimelineEvent): void {
    const isOwn = this.outgoing.accept(entry.event.id);
    this.#sourceScore = this.#leaving.shift() ?? this.#sourceScore;
    this.book.settle(entry.event, parseScore(entry.score));
    this.past.add(entry);
    this.statistics.add(entry);
    if (!isOwn) this.clock.follow(entry);
  }

  /** Events of all sources as they leave, with the scores that they lead to. */
  withScores(events: readonly NewEvent[]): NewEvent[] {
    const book = this.book.continued();
    const kinds = new Map<string, Kind>();
    let sourceScore = this.#sourceScore;
    this.#leaving = [];
    return events.map((event) => {
      const draft = this.outgoing.findSent(event.event.id);
      const countsItself = !draft && this.#options.hasOwnScore(event);
      if (countsItself) {
        const corrected = this.#correctedKind(event, kinds);
        book.add(event.event, this.#scoring.byScore(event, sourceScore, corrected, book));
        sourceScore = parseScore(event.score);
      } else {
        book.add(event.event, this.#pointsOf(draft ?? { event }, book));
      }
      this.#leaving.push(sourceScore);
      if (event.event.id !== undefined) kinds.set(event.event.id, kindOf(event));
      // The longest score still fits: the sending time takes fewer digits than `fitEvent` leaves room for.
      return { ...event, score: formatScore(book.score) };
    });
  }

  /** The scores that the studio's own outgoing events lead to if no other event comes between. */
  outgoingScores(): ReadonlyMap<string, Points> {
    const book = this.book.continued();
    return new Map(this.outgoing.all.map((draft) => {
      book.add(draft.event.event, this.#pointsOf(draft, book));
      return [idOf(draft), book.score];
    }));
  }

  /** An event that listeners have, or that is on its way to them. */
  find(id: string): Told | undefined {
    return this.past.get(id) ?? this.outgoing.findSent(id)?.event;
  }

  /** Whether the timeline has an event with this id, or will have. */
  has(id: string): boolean {
    return this.book.has(id) || this.outgoing.all.some((draft) => idOf(draft) === id);
  }

  /** An event that is on its way, and corrects this one. */
  correctionUnderWay(id: string): Draft | undefined {
    return this.outgoing.all.find(({ event }) => event.event.supersedes === id);
  }

  /** The last beginning or end of a period, as the host has pressed it. */
  lastWhistle(): LastWhistle | undefined {
    const drafts = this.outgoing.all;
    const corrected = new Set(
      drafts.flatMap(({ event: { type, event: { supersedes } } }) =>
        supersedes !== undefined && this.find(supersedes)?.type !== type ? [supersedes] : []
      ),
    );
    const fresh = drafts.findLast((draft) =>
      isWhistle(draft.event.type) && draft.event.event.supersedes === undefined &&
      !corrected.has(idOf(draft))
    );
    if (fresh) return { type: fresh.event.type, period: fresh.event.event.period };
    return this.past.lastWhistle(this.book, corrected);
  }

  status(): MatchStatus {
    const last = this.lastWhistle();
    if (!last) return "notStarted";
    const { state: { isRunning, period } } = this.clock;
    if (isRunning && period > last.period) return "live";
    if (last.type === EVENT_TYPES.halfTime) return "halfTime";
    return last.type === EVENT_TYPES.fullTime ? "fullTime" : "live";
  }

  #pointsOf({ event, countsLike }: Counted, book: ScoreBook): Points {
    const like = countsLike === undefined ? undefined : book.pointsOf(countsLike);
    return like ?? this.#scoring.byKind(kindOf(event));
  }

  /** @param leaving the kinds of events that leave together with this one. */
  #correctedKind({ event: { supersedes } }: NewEvent, leaving: ReadonlyMap<string, Kind>) {
    if (supersedes === undefined) return undefined;
    const told = this.find(supersedes);
    return leaving.get(supersedes) ?? (told && kindOf(told));
  }
}

/** What decides how much an event without a score of its own counts. */
interface Counted {
  readonly event: NewEvent;
  readonly countsLike?: string;
}
