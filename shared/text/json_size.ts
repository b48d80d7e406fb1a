/** The most levels of a message of live data: those of its values, and more in fields that mean nothing here. */
const MAX_DEPTH = 64;
/** Arrays, objects and names of fields together; each takes a third of a microsecond or more to read. */
const MAX_PARTS = 200_000;
/** Elements and fields together; plain numbers are read fast. */
const MAX_COMMAS = 4_000_000;

/**
 * Why a JSON text from outside may not be parsed, as the end of a sentence; undefined when it may. A million
 * brackets are a short text, but take `JSON.parse` many seconds, in which nothing else runs.
 */
export function findJsonProblem(text: string): string | undefined {
  let [depth, parts, commas] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) commas += 1;
    else if (code === COLON) parts += 1;
    else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth -= 1;
    else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      depth += 1;
      parts += 1;
    } else continue;
    if (depth > MAX_DEPTH) return TOO_DEEP;
    if (parts > MAX_PARTS || commas > MAX_COMMAS) return TOO_MANY;
  }
}

const TOO_DEEP = `has arrays or objects nested in each other more than ${MAX_DEPTH} deep`;
const TOO_MANY = "has too many arrays, objects or elements in all";

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Pictures are long strings, so the end is searched and not walked to. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1;; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let escapes = at;
    while (text.charCodeAt(escapes - 1) === BACKSLASH) escapes--;
    if ((at - escapes) % 2 === 0) return at;
  }
}
