/** Control characters, ends of lines and paragraphs, and what turns the direction of writing. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** Text from the network for a terminal or a log: it must not move the cursor or begin a line. */
export function plainText(text: string): string {
  return text.replace(UNSAFE, " ");
}
