import { directoryLinkOf } from "../../shared/directory/directory_link.ts";
import type { Broadcast } from "../../shared/directory/forms.ts";
import { formatJsonLine } from "../../shared/text/json_line.ts";
import { displayWidth, padDisplay } from "../../shared/text/display_width.ts";
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
 * A table for people, a line for each broadcast; empty when there is none. Where it is too wide, each link
 * has a line of its own, since a link that is broken in two can't be copied.
 *
 * @param url of the directory; it stands in the links.
 * @param width in characters.
 */
export function broadcastTable(
  broadcasts: readonly Broadcast[],
  url: string,
  width = Infinity,
): string {
  if (broadcasts.length === 0) return "";
  const rows = broadcasts.map((broadcast) => rowOf(broadcast, url));
  const whole = linesOf(HEAD, rows);
  if (fits(whole, width)) return `${whole.join("\n")}\n`;
  const lines = linesOf(HEAD.slice(0, -1), rows);
  const [head, ...others] = fits(lines, width) ? lines : linesOf(HEAD.slice(0, -2), rows);
  const linked = others.map((line, index) => `${line}\n${GAP}${rows[index]!.at(-1)}\n`);
  return `${head}\n${linked.join("")}`;
}

/** The last columns are left out where they don't fit. */
const HEAD = ["State", "Title", "Score", "Clock", "Free", "Starts", "Host", "Link"];

function linesOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const table = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...table.map((row) => displayWidth(row[column]!)))
  );
  return table.map((row) =>
    widths.map((width, column) => padDisplay(row[column]!, width))
      .filter((_, column) => rows.some((row) => row[column] !== ""))
      .join(GAP).trimEnd()
  );
}

function fits(lines: readonly string[], width: number): boolean {
  return lines.every((line) => displayWidth(line) <= width);
}

function rowOf(broadcast: Broadcast, url: string): string[] {
  const { id, state, score, clock, seatsFree, startsAt, host } = broadcast;
  const starts = state === "soon" && startsAt !== null ? time.format(startsAt) : "";
  const [shown, name] = [matchOf(broadcast), host.name].map((text) => shorten(plainText(text)));
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

/** Who searched by a team's name looks for it, so a title that has no names follows them. */
function matchOf({ title, home, away }: Broadcast): string {
  const hasNames = home === "" || title.includes(home);
  return hasNames ? title : `${home} x ${away}, ${title}`;
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length > MAX_TITLE ? `${characters.slice(0, MAX_TITLE - 1).join("")}…` : text;
}
