/** What Deno says of a file that it opens only for a program that may do everything. */
const LOCKED =
  /Requires all access to "[^"]*", (?:run again with|specify the required permissions during compilation using) .*?(?:--allow-all flag|--allow-all`)/g;

/**
 * Puts in our own words why the compiled program does not open a file of the system, such as /dev/tty. The pipes of
 * `<(…)` are opened.
 */
export function explainLockedFiles(text: string): string {
  return text.replaceAll(LOCKED, "the compiled program opens no devices; use - or another file");
}
