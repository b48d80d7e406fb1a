import { directoryLinkOf } from "../../shared/directory/directory_link.ts";
import type { Broadcast } from "../../shared/directory/forms.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import { plainText } from "../../shared/text/plain_text.ts";

/** A gap between columns, in characters. */
const GAP = "  ";
/** A longer title would push everything else out of sight. */
const MAX_TITLE = 40;

const time = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });

/** One line for scripts. */
export function broadcastLine(broadcast: Broadcast): string {
  const { id, title, sport, home, away, state, score, clock, seatsFree, startsAt } = broadcast;
  const told = { id, title, sport, home, away, state, score, clock, seatsFree, startsAt };
  return formatJsonLine({ kind: "broadcast", ...told });
}

/**
 * A table for people, a line for each broadcast; empty when there is none.
 *
 * @param url of the directory; it stands in the links.
 */
export function broadcastTable(broadcasts: readonly Broadcast[], url: string): string {
  if (broadcasts.length === 0) return "";
  const rows = broadcasts.map((broadcast) => rowOf(broadcast, url));
  const table = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...table.map((row) => lengthOf(row[column]!))));
  const lines = table.map((row) =>
    row.map((text, column) => text + " ".repeat(widths[column]! - lengthOf(text)))
      .filter((_, column) => rows.some((row) => row[column] !== ""))
      .join(GAP).trimEnd()
  );
  return `${lines.join("\n")}\n`;
}

const HEAD = ["State", "Title", "Score", "Clock", "Free", "Starts", "Host", "Link"];

function rowOf(broadcast: Broadcast, url: string): string[] {
  const { id, title, state, score, clock, seatsFree, startsAt, host } = broadcast;
  const starts = state === "soon" && startsAt !== null ? time.format(startsAt) : "";
  const [shown, name] = [title, host.name].map((text) => shorten(plainText(text)));
  return [
    state,
    shown!,
    score ?? "",
    clock ?? "",
    String(seatsFree),
    starts,
    name!,
    directoryLinkOf(url, id) ?? id,
  ];
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length > MAX_TITLE ? `${characters.slice(0, MAX_TITLE - 1).join("")}…` : text;
}

function lengthOf(text: string): number {
  return [...text].length;
}
