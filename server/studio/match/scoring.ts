import { EVENT_TYPES, parseScore } from "../../../shared/event/event.ts";
import type { Match } from "../../interface/config.ts";
import type { NewEvent } from "../../origin/timeline/new_event.ts";
import type { Action } from "./actions.ts";
import { isSame, minus, NO_POINTS, plus, type Points, type ScoreBook } from "./score_book.ts";

/** What a rule looks at: the event's kind and its team. */
export interface Kind {
  readonly type: number;
  readonly title: string;
  readonly origin: string;
}

/** Says what events add to the score: by their title and team, or by the score that their source gives. */
export class Scoring {
  readonly #teams: Match;
  readonly #actions: ReadonlyMap<string, Action>;

  constructor(teams: Match, actions: ReadonlyMap<string, Action>) {
    this.#teams = teams;
    this.#actions = actions;
  }

  /** By title and team. A goal of which no action has the title counts one for its team. */
  byKind({ type, title, origin }: Kind): Points {
    const action = this.#actions.get(title);
    const isAction = action !== undefined && action.type === type;
    const points = isAction ? action.points : Number(type === EVENT_TYPES.goal);
    const isOpponents = isAction && action.countsForOpponent;
    if (origin === this.#teams.home) return isOpponents ? [0, points] : [points, 0];
    if (origin === this.#teams.away) return isOpponents ? [points, 0] : [0, points];
    return NO_POINTS;
  }

  /**
   * By the score of a source that counts for itself, and knows nothing of other sources: what the event adds to
   * that source's own score. A correction is also judged by its kind, because a source need not know what the
   * corrected event had counted (docs/events.md: a correction without a score keeps the score).
   *
   * @param before the source's score before the event; undefined when it is not known.
   * @param corrected the kind of the event that it supersedes; undefined when that is not known.
   */
  byScore(
    event: NewEvent,
    before: Points | undefined,
    corrected: Kind | undefined,
    book: ScoreBook,
  ): Points {
    const { supersedes } = event.event;
    const added = before && minus(parseScore(event.score), before);
    const formerly = supersedes === undefined ? undefined : book.pointsOf(supersedes);
    if (formerly === undefined) return added ?? this.byKind(kindOf(event));
    const points = this.byKind(kindOf(event));
    if (!isSame(points, NO_POINTS)) return points;
    if (added && !isSame(added, NO_POINTS)) return plus(added, formerly);
    return corrected && isSameKind(kindOf(event), corrected) ? formerly : NO_POINTS;
  }
}

export function kindOf(
  { type, event: { title, origin } }: Pick<NewEvent, "type" | "event">,
): Kind {
  return { type, title, origin };
}

export function isSameKind(one: Kind, other: Kind): boolean {
  return one.type === other.type && one.title === other.title && one.origin === other.origin;
}
