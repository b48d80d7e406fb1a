import type { TimelineEvent } from "../../../shared/event/event.ts";

/** Of a score, or of what an event adds to it. */
export type Points = readonly [home: number, away: number];

export const NO_POINTS: Points = [0, 0];
/** The most that a score can say for one team. */
const MAX_SCORE = 999;

/** What the book needs of an entry; an event that has no id yet can't be corrected, but counts. */
export type Booked = Partial<Pick<TimelineEvent["event"], "id" | "supersedes">>;

/**
 * The score as the sum of what the entries count. An entry that another one supersedes counts no more. When two
 * entries correct the same one, the later replaces the earlier, so that the event still counts once.
 */
export class ScoreBook {
  /** The book that this one continues, which stays as it is. */
  readonly #below: ScoreBook | undefined;
  /** What each entry counts as long as none supersedes it. */
  readonly #points = new Map<string, Points>();
  /** The entry that supersedes an entry, or one that supersedes that one, and so on. */
  readonly #successors = new Map<string, string>();
  #score: Points;
  #nameless = 0;

  private constructor(below?: ScoreBook) {
    this.#below = below;
    this.#score = below?.score ?? NO_POINTS;
  }

  static empty(): ScoreBook {
    return new ScoreBook();
  }

  /** A book that goes on from this one, to see what the score would be. */
  continued(): ScoreBook {
    return new ScoreBook(this);
  }

  get score(): Points {
    return this.#score;
  }

  has(id: string): boolean {
    return this.pointsOf(id) !== undefined;
  }

  /** What the entry counts, or counted before it was superseded; undefined when there is no such entry. */
  pointsOf(id: string): Points | undefined {
    return this.#points.get(id) ?? this.#below?.pointsOf(id);
  }

  /** The newest entry that corrects this one; undefined when none does. */
  successorOf(id: string): string | undefined {
    const last = this.#last(id);
    return last === id ? undefined : last;
  }

  /** Adds an entry that counts `points`. */
  add(entry: Booked, points: Points): void {
    const rest = this.#withoutCorrected(entry);
    this.#write(entry, rest, [clamp(rest[0] + points[0]), clamp(rest[1] + points[1])]);
  }

  /** Adds an entry with the score after it: it counts what leads to that score. */
  settle(entry: Booked, score: Points): void {
    this.#write(entry, this.#withoutCorrected(entry), score);
  }

  /** The score without the entry that this one corrects. */
  #withoutCorrected({ supersedes }: Booked): Points {
    const corrected = supersedes === undefined ? undefined : this.pointsOf(this.#last(supersedes));
    return minus(this.#score, corrected ?? NO_POINTS);
  }

  #write({ id, supersedes }: Booked, rest: Points, score: Points): void {
    // No entry of a timeline has this id, which begins with a control character.
    const key = id ?? `\u0000${this.#nameless++}`;
    this.#score = score;
    if (supersedes !== undefined && this.has(supersedes)) {
      this.#successors.set(this.#last(supersedes), key);
    }
    this.#points.set(key, minus(score, rest));
  }

  /** The end of the chain of corrections. Shortens the chain, so that a long one is walked once. */
  #last(id: string): string {
    let last = id;
    for (let next = this.nextOf(last); next !== undefined; next = this.nextOf(last)) last = next;
    for (let at = id; at !== last;) {
      const next = this.nextOf(at)!;
      this.#successors.set(at, last);
      at = next;
    }
    return last;
  }

  /** The entry that took the place of this one. */
  private nextOf(id: string): string | undefined {
    return this.#successors.get(id) ?? this.#below?.nextOf(id);
  }
}

export function minus(one: Points, other: Points): Points {
  return [one[0] - other[0], one[1] - other[1]];
}

export function plus(one: Points, other: Points): Points {
  return [one[0] + other[0], one[1] + other[1]];
}

export function isSame(one: Points, other: Points): boolean {
  return one[0] === other[0] && one[1] === other[1];
}

function clamp(score: number): number {
  return Math.min(Math.max(score, 0), MAX_SCORE);
}
