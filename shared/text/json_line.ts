/**
 * Control characters, also those of C1 that JSON.stringify leaves, and whatever a terminal does not show
 * but obeys: what turns the direction of writing, ends a line, or takes no room.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A value as JSON in one line that may be shown in a terminal: characters that are not seen are escaped
 * (RFC 8259, section 7), so that a parser reads the same value.
 */
export function formatJsonLine(value: object): string {
  // Outside of strings JSON has none of them, as it is written without white space.
  return `${JSON.stringify(value).replace(UNSEEN, escape)}\n`;
}

/** One escape for each 16 bits: two for a character beyond them. */
function escape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
