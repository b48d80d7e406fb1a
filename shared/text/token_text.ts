/** What stands where bytes were no text (Unicode 16.0, section 3.9). */
const REPLACEMENT = "\ufffd";

/** What to say of a token that {@linkcode isGarbled}. */
export const GARBLED =
  "The token is garbled, as from a file in UTF-16: let --token-file read that file, whatever its encoding";

/** A token without what a shell leaves of the line that it stood in. */
export function tidyToken(text: string): string {
  return text.trim();
}

/** Whether it came as bytes that are no text: no such token can have been meant. */
export function isGarbled(token: string): boolean {
  return token.includes(REPLACEMENT);
}
