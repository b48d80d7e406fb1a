import type { Broadcast } from "../../../../shared/directory/forms.ts";
import type { WallMillis } from "../../../../shared/core/units.ts";
import type { Link } from "../../../../viewer/web/model/connection.ts";

/**
 * A name for an attribute or a title, where there is no <bdi>: between an isolate and its end it can't turn the
 * words around it (Unicode Standard Annex 9, FSI and PDI).
 */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

/** The teams, for an attribute. */
export function matchName({ home, away }: Broadcast): string {
  return `${isolated(home)} x ${isolated(away)}`;
}

/** Whether the title tells more than the teams, which stand below it. */
export function titleSaysMore({ title, home, away }: Broadcast): boolean {
  return title !== `${home} x ${away}` && title !== `${home} - ${away}`;
}

/** `2 x 1` as the two numbers; undefined while there is no score. */
export function scoreParts(score: string | null): readonly [string, string] | undefined {
  const [home, away] = score?.split(" x ") ?? [];
  return home === undefined || away === undefined ? undefined : [home, away];
}

/** `1 seat free of 50`; how full it is. */
export function seatWords({ seats, seatsFree }: Broadcast): string {
  if (seatsFree === 0) return "No seat free";
  return `${formatSeats(seatsFree)} of ${formatSeats(seats)} ${
    seats === 1 ? "seat" : "seats"
  } free`;
}

function formatSeats(count: number): string {
  return count.toLocaleString("en-US");
}

/** How it is with a broadcast: a tone for the colour, and a word. */
export interface StateWords {
  readonly tone: "live" | "soon" | "bad" | "over";
  readonly word: string;
}

export function stateWords({ state, startsAt }: Broadcast, now: WallMillis): StateWords {
  switch (state) {
    case "live":
      return { tone: "live", word: "Live" };
    case "soon":
      return { tone: "soon", word: startsAt === null ? "Soon" : startWords(startsAt, now) };
    case "gone":
      return { tone: "bad", word: "No signal" };
    case "ended":
      return { tone: "over", word: "Over" };
  }
}

const MINUTE = 60_000;
const HOUR_OF_MINUTES = 60;
const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
const DAY: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" };
const YEAR: Intl.DateTimeFormatOptions = { ...DAY, year: "numeric" };

/** `in 25 min`, `today 20:30`, `tomorrow 15:00`, `Sat 5 Dec, 18:00`; by the clock of whoever reads. */
export function startWords(startsAt: WallMillis, now: WallMillis): string {
  const minutes = Math.ceil((startsAt - now) / MINUTE);
  if (minutes <= 0) return "About to begin";
  if (minutes < HOUR_OF_MINUTES) return `In ${minutes} min`;
  const date = new Date(startsAt);
  const time = date.toLocaleTimeString("en-GB", TIME);
  const days = daysBetween(new Date(now), date);
  if (days === 0) return `Today ${time}`;
  if (days === 1) return `Tomorrow ${time}`;
  const isThisYear = date.getFullYear() === new Date(now).getFullYear();
  return `${date.toLocaleDateString("en-GB", isThisYear ? DAY : YEAR)}, ${time}`;
}

/** Days by the calendar, which has days of 23 and 25 hours. */
function daysBetween(from: Date, to: Date): number {
  const dayOf = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((dayOf(to) - dayOf(from)) / (24 * HOUR_OF_MINUTES * MINUTE));
}

/** For screen readers: what a search has found. */
export function foundWords(text: string, count: number, hasMore: boolean): string {
  if (count === 0) return `Nothing found for ${isolated(text)}`;
  const least = hasMore ? "More than " : "";
  return `${least}${count} ${count === 1 ? "broadcast" : "broadcasts"} found`;
}

export interface PillWords {
  readonly tone: "good" | "busy" | "bad";
  readonly title: string;
  readonly detail: string;
}

/** Whether the list is as it is at the directory. */
export function pillWords(link: Link, now: WallMillis): PillWords {
  if (link.state === "open") return { tone: "good", title: "Up to date", detail: "" };
  if (link.state === "connecting") return { tone: "busy", title: "Loading", detail: "" };
  const seconds = Math.max(Math.ceil((link.retryAt - now) / 1000), 1);
  return { tone: "bad", title: "No answer", detail: `again in ${seconds} s` };
}
