/**
 * Characters that a terminal obeys instead of showing: control characters (JSON.stringify leaves those
 * of C1), ends of lines, changes of the writing direction, and characters without width.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A value as one line of JSON that is safe to show in a terminal: invisible characters are escaped
 * (RFC 8259 section 7), so a parser reads the same value.
 */
export function formatJsonLine(value: object): string {
  // All matches are inside strings, because JSON.stringify writes no white space between values.
  return `${JSON.stringify(value).replace(UNSEEN, escape)}\n`;
}

/** One escape for each 16-bit unit, so two for a character beyond U+FFFF. */
function escape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
