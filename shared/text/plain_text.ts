/*
 * Reading and writing of text, without I/O; each file stands alone.
 *
 * In, from people: text_bytes.ts decodes files, token_text.ts cleans tokens, duration.ts reads `1m30s`.
 * Out, to people and programs: this file and json_line.ts make text from outside safe to print,
 * hide_secrets.ts and file_names.ts keep secrets out of messages. base64.ts is for links.
 *
 * What a stranger sent must go through this file or json_line.ts before it reaches a terminal or a log.
 * Read next: json_line.ts.
 */

/** Control characters, ends of lines and paragraphs, and changes of the writing direction. */
// deno-lint-ignore no-control-regex -- these characters are searched for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** Makes text from the network safe for a terminal or a log: it can't move the cursor or begin a line. */
export function plainText(text: string): string {
  return text.replace(UNSAFE, " ");
}
