import type { Millis } from "../../../shared/core/units.ts";
import { EVENT_TYPES } from "../../../shared/event/event.ts";
import type { Report, ReportRefusal, ReportSetup } from "../../../shared/report/report.ts";

/** What may be reported; the actions of the studio have this form. */
export interface ReportableAction {
  /** Unique among the actions. */
  readonly title: string;
  /** Its number on the wire. */
  readonly type: number;
  /** Whether it concerns both teams; its origin is then "". */
  readonly both: boolean;
  /** Reports of it up to so far apart are one candidate; by its type when absent. */
  readonly windowSeconds?: number;
}

/** What a candidate is about. */
export interface Subject {
  readonly title: string;
  readonly origin: string;
  /** Of a correction: the id of the accepted event. */
  readonly supersedes?: string;
}

/** A report of something over 10 minutes old is refused. */
export const MAX_AGE: Millis = 600_000;
/** Clocks differ a little. */
const MAX_AHEAD: Millis = 10_000;

const USUAL_WINDOW = 30;
/** What takes longer to be seen, by the number on the wire. */
const WINDOWS: ReadonlyMap<number, number> = new Map([
  [EVENT_TYPES.substitution, 60],
  [EVENT_TYPES.kickOff, 120],
  [EVENT_TYPES.halfTime, 120],
  [EVENT_TYPES.secondHalf, 120],
  [EVENT_TYPES.fullTime, 120],
  [EVENT_TYPES.addedTime, 120],
]);

/** The set-up: who and what can be reported, and how close in time. */
export class Reportable {
  /** The first message to whoever may report. */
  readonly setup: ReportSetup;
  readonly #origins: ReadonlySet<string>;
  readonly #actions: ReadonlyMap<string, ReportableAction>;

  constructor(origins: readonly string[], actions: readonly ReportableAction[]) {
    this.#origins = new Set(origins);
    this.#actions = new Map(actions.map((action) => [action.title, action]));
    const titles = (some: readonly ReportableAction[]) => some.map(({ title }) => title);
    this.setup = {
      type: "setup",
      origins: [...origins],
      actions: titles(actions),
      types: actions.map(({ type }) => type),
      both: titles(actions.filter(({ both }) => both)),
    };
  }

  actionOf(title: string): ReportableAction | undefined {
    return this.#actions.get(title);
  }

  /** @returns undefined when the subject is in the set-up. */
  refusal({ title, origin }: Pick<Subject, "title" | "origin">): ReportRefusal | undefined {
    const action = this.#actions.get(title);
    if (!action) return "unknown-action";
    const isKnown = action.both ? origin === "" : this.#origins.has(origin);
    return isKnown ? undefined : "unknown-origin";
  }

  /** How far apart in match time reports of one event may be. */
  windowOf(title: string): Millis {
    const action = this.#actions.get(title);
    const seconds = action?.windowSeconds ?? WINDOWS.get(action?.type ?? 0) ?? USUAL_WINDOW;
    return seconds * 1000;
  }
}

/** Exactly 10 minutes old and exactly 10 s ahead are taken. */
export function isTooOld(time: Millis, now: Millis): boolean {
  return now - time > MAX_AGE || time - now > MAX_AHEAD;
}

/** What the votes of a report are about: a correction, and a denial of one, name the accepted event. */
export function subjectOf({ type, title, origin, supersedes }: Report["event"]): Subject {
  const isOfEvent = type === "correction" || type === "denial";
  return isOfEvent && supersedes !== undefined ? { title, origin, supersedes } : { title, origin };
}

/** The same for equal subjects alone. */
export function subjectKey({ title, origin, supersedes }: Subject): string {
  return JSON.stringify([title, origin, supersedes]);
}
