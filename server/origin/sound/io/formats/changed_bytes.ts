/** Fewer may be the beginning of anything. */
const MIN_BYTES = 1024;
/** In sound about half of the bytes are 128 or more, each of which becomes one of these characters. */
const LEAST_SHARE = 0.25;
/** Text has few of these, sound has all. */
const LEAST_CONTROLS = 8;

/**
 * Whether bytes are those of a pipe between two programs in Windows PowerShell, or in PowerShell before 7.4. It reads
 * them as text and writes that text again: in ASCII, with a question mark for every other character, or in UTF-8
 * (PowerShell's about_Character_Encoding). What was sound is text by its bytes, but of no kind that anybody writes.
 */
export function areChangedByPipe(bytes: Uint8Array): boolean {
  const text = bytes.length < MIN_BYTES ? undefined : decodeUtf8(bytes);
  if (text === undefined) return false;
  const controls = new Set<string>();
  let replaced = 0;
  for (const character of text) {
    if (character === "?" || character > "\x7f") replaced++;
    else if (/(?!\s)\p{Cc}/u.test(character)) controls.add(character);
  }
  return controls.size >= LEAST_CONTROLS && replaced >= LEAST_SHARE * text.length;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
