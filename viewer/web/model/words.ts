import type { ReadonlySignal } from "@preact/signals";
import type { Millis, Seconds } from "../../../shared/core/units.ts";
import {
  type Connection,
  type MatchStatus,
  MAX_TIMELINE_ENTRIES,
  type Scoreboard,
} from "../../../shared/page/page.ts";
import type { Link } from "./connection.ts";

export const STATUS_WORDS: Readonly<Record<MatchStatus, string>> = {
  waiting: "Waiting",
  notStarted: "Not started",
  live: "Live",
  halfTime: "Half-time",
  fullTime: "Full-time",
};

/** `1st half`, `2nd half`, then extra time; "" before the first. */
export function periodWords(period: number): string {
  return ["", "1st half", "2nd half", "Extra time 1", "Extra time 2", "Penalties"][period] ?? "";
}

const PLURALS: ReadonlyMap<string, string> = new Map([
  ...["Goal", "Own goal", "Shot", "Corner", "Foul", "Yellow card", "Red card", "Offside", "Save"]
    .map((title) => [title, `${title}s`] as const),
  ["Substitution", "Substitutions"],
  ["Penalty", "Penalties"],
  ["Injury", "Injuries"],
]);

/** What the words about the whole match depend on. */
export interface MatchView {
  readonly scoreboard: ReadonlySignal<Scoreboard | null>;
  readonly hasMatch: ReadonlySignal<boolean>;
  readonly home: ReadonlySignal<string>;
  readonly away: ReadonlySignal<string>;
}

/** For a lock screen: `Flamengo 2 x 1 Palmeiras` and `2nd half`. */
export function lockScreenWords(
  { scoreboard, hasMatch, home, away }: MatchView,
): { title: string; artist: string } {
  const { score, status = "waiting", clock } = scoreboard.value ?? {};
  if (!hasMatch.value || !score) return { title: "A live broadcast", artist: "" };
  const period = status === "live" ? periodWords(clock?.period ?? 0) : "";
  return {
    title: `${home.value} ${score[0]} x ${score[1]} ${away.value}`,
    artist: period || STATUS_WORDS[status],
  };
}

/** `1 event`, `2 events`. */
export function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** Why a timeline does not begin with the first event; "" when it does. */
export function earlierWords(timeline: readonly { readonly count: number }[]): string {
  const earlier = (timeline[0]?.count ?? 1) - 1;
  if (earlier === 0) return "";
  // A long timeline keeps the newest; a shorter one has not got the others from the host.
  if (timeline.length < MAX_TIMELINE_ENTRIES) return `Tuned in at event ${earlier + 1}`;
  return `${plural(earlier, "earlier event")} ${earlier === 1 ? "is" : "are"} not shown here`;
}

/** `Corners`; titles of other languages and sports stay as they are. */
export function pluralOf(title: string): string {
  return PLURALS.get(title) ?? title;
}

/** Whether a text tells more than the title and the team that stand above it. */
export function saysMore(title: string, origin: string, text: string): boolean {
  return text !== title && text !== `${title}: ${origin}`;
}

/** The state of the connection: a tone for the colour, a short title and a detail. */
export interface ConnectionWords {
  readonly tone: "good" | "busy" | "bad" | "over";
  readonly title: string;
  readonly detail: string;
}

/**
 * Describes the connection of page, viewer and host; of several failures, the one nearest to the page.
 *
 * @param end why nothing more comes; undefined while something may.
 */
export function connectionWords(
  link: Link,
  connection: Connection | null,
  now: Millis,
  end?: string,
): ConnectionWords {
  if (connection?.state === "ended" || connection?.state === "rejected") {
    const tone = connection.state === "ended" ? "over" : "bad";
    return { tone, title: end ?? connection.reason, detail: "" };
  }
  if (link.state === "lost") {
    const seconds = Math.max(Math.ceil((link.retryAt - now) / 1000), 1);
    return { tone: "bad", title: "Reconnecting", detail: `again in ${seconds} s` };
  }
  if (!connection) return { tone: "busy", title: "Connecting", detail: "to the viewer" };
  const { state, server } = connection;
  switch (state) {
    case "connected":
      return { tone: "good", title: "Connected", detail: server };
    case "joining":
      return { tone: "busy", title: "Connecting", detail: `to ${server}` };
    case "silent":
      return { tone: "bad", title: "No signal", detail: `from ${server}` };
    case "rejoining":
      return { tone: "bad", title: "Reconnecting", detail: `to ${server}` };
  }
}

/** `1,234`, in every locale. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `0.4 ms`, `12.3 ms`, `250 ms`. */
export function formatMillis(millis: Millis): string {
  return `${millis.toFixed(millis < 100 ? 1 : 0)} ms`;
}

/** `0.0 s`, `2.4 s`, `75 s`. */
export function formatSeconds(seconds: Seconds): string {
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}

/** `820 B`, `14.2 kB`, `3.1 MB`, in steps of 1000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  while (value >= 1000 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${units[0] === "B" ? value : value.toFixed(1)} ${units[0]}`;
}
