import {
  EVENT_TYPES,
  formatClock,
  type MatchEvent,
  readClock,
  type TimelineEvent,
} from "../../../shared/event/event.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { CommandTo } from "../../../shared/studio/match_messages.ts";
import { plainText } from "../../../shared/text/plain_text.ts";
import type { Match } from "../../interface/config.ts";
import type { ConfirmedEvent } from "../../origin/reports/desk_interface.ts";
import { fitEvent, type NewEvent } from "../../origin/timeline/new_event.ts";
import { type Language, TITLES } from "../../../shared/event/titles.ts";
import type { Action } from "./actions.ts";
import { isSameKind, kindOf } from "./scoring.ts";

/** An event of the studio before it has a score, which depends on what leaves before it. */
export interface Draft {
  /** Its score is only as long as the longest. */
  readonly event: NewEvent & { readonly event: MatchEvent };
  /** The id of an event: this one counts what that one does, because it says the same of the score. */
  readonly countsLike?: string;
  /** The text was longer than a datagram takes. */
  readonly isShortened: boolean;
}

/** What a correction needs of an event, which may not be in the timeline yet. */
export type Told = Pick<TimelineEvent, "type" | "content" | "event">;

/** The match clock as an event says it. */
export interface Moment {
  readonly clockMillis: Millis;
  readonly period: number;
  readonly now: Millis;
}

const LONGEST_SCORE = "999 x 999";

const WORDS: Readonly<
  Record<Language, {
    readonly correction: string;
    readonly didNotHappen: (what: string) => string;
    readonly countsFor: (team: string) => string;
  }>
> = {
  en: {
    correction: "Correction",
    didNotHappen: (what) => `Did not happen: ${what}`,
    countsFor: (team) => `It counts for ${team}`,
  },
  pt: {
    correction: "Correção",
    didNotHappen: (what) => `Não aconteceu: ${what}`,
    countsFor: (team) => `Conta para ${team}`,
  },
};

/** Makes events of what the host says. */
export class Drafts {
  readonly #teams: Match;
  readonly #language: Language;

  constructor(teams: Match, language: Language) {
    this.#teams = teams;
    this.#language = language;
  }

  ofAction(
    { id, origin, text }: CommandTo<"event">,
    action: Action,
    moment: Moment,
  ): Draft {
    const { type, title } = action;
    const content = tidy(text) || this.#usualText({ title, origin }, action);
    return fit({ type, content, event: { title, origin, ...at(id, moment) } });
  }

  /** What enough reporters say. */
  ofReports(
    { eventId, title, origin, time, type, supersedes, agreement }: ConfirmedEvent,
    action: Action | undefined,
    { clockMillis, period }: Omit<Moment, "now">,
  ): Draft {
    const { correction } = WORDS[this.#language];
    const usual = this.#usualText({ title, origin }, action);
    const confirmedAfterMillis = Math.max(Math.round(agreement.confirmedAfterMillis), 0);
    return fit({
      type,
      content: supersedes === undefined ? usual : `${correction}: ${usual}`,
      event: {
        ...{ title, origin, id: eventId, type: "event" as const },
        ...{ clock: formatClock(clockMillis), period, time: Math.floor(time) },
        ...(supersedes !== undefined && { supersedes }),
        agreement: { ...agreement, confirmedAfterMillis },
      },
    });
  }

  ofNote({ id, origin = "", text }: CommandTo<"note">, moment: Moment): Draft {
    const event = { title: TITLES[this.#language].note, origin, ...at(id, moment) };
    return fit({ type: EVENT_TYPES.note, content: tidy(text), event });
  }

  /** A correction that takes an event out of the score and the statistics. */
  ofNothing({ id, text }: CommandTo<"undo">, { content, event }: Told): Draft {
    const { correction, didNotHappen } = WORDS[this.#language];
    return fit({
      type: EVENT_TYPES.note,
      content: tidy(text) || didNotHappen(content || event.title),
      event: { ...event, id, title: correction, supersedes: event.id },
    });
  }

  /** A correction was wrong: the event that it had corrected holds again. */
  ofEarlier(
    { id, text }: CommandTo<"undo">,
    earlier: Told,
    correction: Told,
  ): Draft {
    const { type, content, event } = earlier;
    const changed = {
      type,
      content: tidy(text) || content,
      event: { ...event, id, supersedes: correction.event.id },
    };
    return fit(changed, event.id);
  }

  /**
   * @param change the event with its new values; its `event.id` and `event.supersedes` are already those of the
   * correction.
   * @param countsLike what it counts like if its kind stays the same.
   */
  ofChange(
    told: Told,
    change: Told,
    action: Action | undefined,
    countsLike: string | undefined,
  ): Draft {
    const isKindKept = isSameKind(kindOf(told), kindOf(change));
    const content = tidy(change.content) ||
      (isKindKept ? told.content : this.#usualText(change.event, action));
    return fit({ ...change, content }, isKindKept ? countsLike : undefined);
  }

  #usualText(
    { title, origin }: Pick<MatchEvent, "title" | "origin">,
    action: Action | undefined,
  ): string {
    if (origin === "") return title;
    const what = `${title}: ${origin}`;
    if (!action?.countsForOpponent) return what;
    const { home, away } = this.#teams;
    return `${what}. ${WORDS[this.#language].countsFor(origin === home ? away : home)}`;
  }
}

/** When an event happened, if its clock was wrong: as much earlier or later as the clock says. */
export function correctedTime({ clock, period, time }: MatchEvent, to: MatchEvent): Millis {
  return period === to.period ? time + readClock(to.clock) - readClock(clock) : time;
}

function at(id: string, { clockMillis, period, now }: Moment) {
  const clock = formatClock(clockMillis);
  return { id, type: "event" as const, clock, period, time: Math.floor(now) };
}

function fit(
  { type, content, event }: { type: number; content: string; event: MatchEvent },
  countsLike?: string,
): Draft {
  const whole = { type, content, score: LONGEST_SCORE, event };
  // Title and team of 80 characters and two ids of 64 take 900 bytes of 1000 at most.
  const fitted = fitEvent(whole);
  if (!fitted) throw new RangeError(`Event ${event.id} does not fit a datagram without its text`);
  return {
    event: { ...whole, content: fitted.content },
    ...(countsLike !== undefined && { countsLike }),
    isShortened: fitted !== whole,
  };
}

/** Without control characters, which would reach every listener's terminal. */
function tidy(text = ""): string {
  return plainText(text.toWellFormed()).trim();
}
