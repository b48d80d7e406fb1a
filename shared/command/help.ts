import { lineBreak, type Message, text } from "@optique/core/message";

/** Below this many columns, the descriptions of flags have no column of their own. */
const NARROW = 72;
/** Longer lines are hard to read. */
const [LEAST, MOST] = [40, 100];
/** Where a description goes on below its flag, in characters from the indent. */
const HANGING = 4;

/** How help fits into a terminal. */
export interface HelpLayout {
  readonly maxWidth?: number;
  readonly termWidth?: number;
}

/** @param columns of the terminal; undefined for a file or a pipe, where no line is wrapped. */
export function helpLayout(columns: number | undefined): HelpLayout {
  if (columns === undefined) return {};
  const maxWidth = Math.min(Math.max(columns, LEAST), MOST);
  return maxWidth < NARROW ? { maxWidth, termWidth: HANGING } : { maxWidth };
}

/**
 * What help ends with: commands to copy, each on a line of its own, without quotes that a shell would take.
 *
 * @param commands at most 48 characters a line; a backslash before a line's end continues it, as in a shell.
 */
export function examples(...commands: readonly string[]): Message {
  const title = commands.length === 1 ? "Example:" : "Examples:";
  const lines = commands.flatMap((command) => command.split("\n").map((line) => `  ${line}`));
  return [text(title), ...lines.flatMap((line) => [lineBreak(), text(line)])];
}
