import stringWidth from "string-width";

/** Before a command that people copy: a line is never broken inside one. */
const COMMAND = /\bstreamer [a-z]+ /;

/** How many columns of a terminal a text takes: none for a combining mark, two for a Chinese character or an emoji. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/** Fills a text with spaces up to a width in columns. */
export function padDisplay(text: string, width: number): string {
  return text + " ".repeat(Math.max(width - displayWidth(text), 0));
}

/**
 * Breaks a text at spaces, so that no line is wider than a terminal. A word that is too wide stays whole on a line of
 * its own, and so does a command: the terminal wraps it, and it can still be copied.
 *
 * @param width in columns; Infinity where nothing is wrapped.
 * @param indent columns before each line but the first.
 */
export function wrapWords(text: string, width: number, indent = 0): string {
  const room = Math.max(width - indent, 1);
  if (displayWidth(text) <= room) return text;
  const lines: string[] = [];
  let line = "";
  for (const word of wordsOf(text)) {
    const longer = line + word;
    if (line !== "" && displayWidth(longer.trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = word.trimStart();
    } else line = longer;
  }
  return [...lines, line.trimEnd()].join(`\n${" ".repeat(indent)}`);
}

/** Each with the spaces after it. */
function wordsOf(text: string): string[] {
  const start = text.search(COMMAND);
  const end = start === -1 ? text.length : start;
  const words = text.slice(0, end).match(/\s*\S+\s*/g) ?? [];
  return end === text.length ? words : [...words, text.slice(end)];
}

/**
 * Whole fields in one line: where there is no room they move together, then the last ones are left out. The first is
 * cut where even it does not fit.
 *
 * @param gap between the fields; narrowGap where it is too wide.
 */
export function fitFields(
  fields: readonly string[],
  width: number,
  { gap, narrowGap }: { readonly gap: string; readonly narrowGap: string },
): string {
  const whole = fields.join(gap);
  if (displayWidth(whole) <= width) return whole;
  const [first = "", ...others] = fields;
  let line = first;
  for (const field of others) {
    const longer = `${line}${narrowGap}${field}`;
    if (displayWidth(longer) > width) break;
    line = longer;
  }
  return cutDisplay(line, width);
}

const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The beginning of a text that fits; no character is cut in two. */
function cutDisplay(text: string, width: number): string {
  let cut = "";
  for (const { segment } of characters.segment(text)) {
    if (displayWidth(cut + segment) > width) break;
    cut += segment;
  }
  return cut;
}
