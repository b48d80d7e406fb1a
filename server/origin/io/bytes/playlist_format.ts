import { decodeText, decodeTextStart } from "../../../../shared/text/text_bytes.ts";

/** A parsed playlist. */
export type Playlist =
  | {
    readonly kind: "entries";
    /** Addresses and paths as they stand in the playlist. */
    readonly entries: readonly string[];
    /** Whether the entries are URIs (a space is `%20`) rather than plain paths. */
    readonly areUris: boolean;
  }
  /** HTTP Live Streaming (RFC 8216): begins like M3U, but lists the segments of one stream. */
  | { readonly kind: "hls" };

const NAMES = /\.(m3u8?|pls|xspf|ram)$/i;
const TYPES = /mpegurl|scpls|xspf|pls\+xml|x-pn-realaudio\b/i;
/** A comment ends at the first `-->`: a pattern that could go past it would take very long on many comments. */
const BEGINNINGS =
  /^\s*(#EXTM3U|#EXTINF:|\[playlist\]|(<\?xml[^>]*>\s*)?(<!--(?:(?!-->).)*-->\s*)*<playlist\b)/is;

/** Whether a file name, or the path of an address, has the extension of a playlist. */
export function hasPlaylistName(path: string): boolean {
  return NAMES.test(path);
}

export function isPlaylistType(contentType: string): boolean {
  return TYPES.test(contentType);
}

/** Whether the bytes begin as a text does. */
export function beginsText(start: Uint8Array): boolean {
  return decodeStart(start) !== undefined;
}

function decodeStart(start: Uint8Array): string | undefined {
  return decodeTextStart(start) ?? decodeOld(start);
}

/** Whether the bytes begin with the mark of a playlist format. */
export function beginsPlaylist(start: Uint8Array): boolean {
  return BEGINNINGS.test(decodeStart(start) ?? "");
}

/** Parses M3U, M3U8, PLS, XSPF and RAM; undefined for anything else: no text, or a web page. */
export function parsePlaylist(bytes: Uint8Array): Playlist | undefined {
  const text = (decodeText(bytes) ?? decodeOld(bytes))?.trim();
  if (text === undefined) return undefined;
  if (/^\[playlist\]/i.test(text)) return asPaths(readPls(text));
  if (text.startsWith("<")) {
    if (!/<playlist\b/i.test(text)) return undefined;
    return { kind: "entries", entries: readXspf(text), areUris: true };
  }
  if (/^#EXT-X-/m.test(text)) return { kind: "hls" };
  return asPaths(linesOf(text).filter((line) => !line.startsWith("#")));
}

function asPaths(entries: readonly string[]): Playlist {
  return { kind: "entries", entries, areUris: false };
}

/** Decodes as old players write M3U; undefined for sound, which has zero bytes in every format. */
function decodeOld(bytes: Uint8Array): string | undefined {
  const isText = !bytes.includes(0) && bytes[0] !== 0xff;
  return isText ? new TextDecoder("windows-1252").decode(bytes) : undefined;
}

function linesOf(text: string): string[] {
  return text.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== "");
}

/** The `File1=…` lines, in the order of their numbers. */
function readPls(text: string): string[] {
  return linesOf(text)
    .map((line) => /^File(\d{1,6})\s*=\s*(.+)$/i.exec(line))
    .filter((match) => match !== null)
    .map(([, number, entry]) => ({ number: Number(number), entry: entry! }))
    .sort((one, other) => one.number - other.number)
    .map(({ entry }) => entry);
}

/** The first `location` of each `track`; further ones are copies of the same track. */
function readXspf(text: string): string[] {
  // Split, because one pattern for the whole would take quadratic time with unclosed tags.
  return text.split(/<(?:\w{1,16}:)?track(?=[\s>])/i).slice(1).flatMap((track) => {
    const [, after] = track.split(/<(?:\w{1,16}:)?location>/i, 2);
    const entry = after === undefined ? "" : readXmlText(after);
    return entry === "" ? [] : [entry];
  });
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** The text before the next tag. */
function readXmlText(xml: string): string {
  const data = /^\s*<!\[CDATA\[(.*?)\]\]>/s.exec(xml)?.[1];
  if (data !== undefined) return data.trim();
  const text = xml.slice(0, Math.max(0, xml.indexOf("<")));
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,4}));/gi,
    (all, decimal, hex, name) => {
      if (name !== undefined) return XML_ENTITIES[name] ?? all;
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  ).trim();
}
