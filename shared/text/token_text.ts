/** A decoder writes this character for bytes that are not text (Unicode 16.0, section 3.9). */
const REPLACEMENT = "\ufffd";

/** The message for a token that {@linkcode isGarbled}. */
export const GARBLED =
  "The token is garbled, as from a file in UTF-16: let --token-file read that file, whatever its encoding";

/** Removes the white space and line end that a shell may leave around a token. */
export function tidyToken(text: string): string {
  return text.trim();
}

/** Whether the token was decoded from bytes that are not text, so it can't be the intended one. */
export function isGarbled(token: string): boolean {
  return token.includes(REPLACEMENT);
}
