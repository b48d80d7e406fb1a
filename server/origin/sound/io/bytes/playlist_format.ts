import { decodeText, decodeTextStart } from "../../../../../shared/text/text_bytes.ts";

/** What a playlist's text says. */
export type Playlist =
  | {
    readonly kind: "entries";
    /** Addresses and paths as they are written. */
    readonly entries: readonly string[];
    /** Whether they are URIs, in which a space is `%20`, rather than paths as a person types them. */
    readonly areUris: boolean;
  }
  /** HTTP Live Streaming (RFC 8216): the same beginning as M3U, but a stream cut into files. */
  | { readonly kind: "hls" };

const NAMES = /\.(m3u8?|pls|xspf|ram)$/i;
const TYPES = /mpegurl|scpls|xspf|pls\+xml|x-pn-realaudio\b/i;
/** A comment ends at its first end: were that left open, many of them would take for ever to tell. */
const BEGINNINGS =
  /^\s*(#EXTM3U|#EXTINF:|\[playlist\]|(<\?xml[^>]*>\s*)?(<!--(?:(?!-->).)*-->\s*)*<playlist\b)/is;

/** Whether a name, or an address's path, ends as those of playlists do. */
export function hasPlaylistName(path: string): boolean {
  return NAMES.test(path);
}

export function isPlaylistType(contentType: string): boolean {
  return TYPES.test(contentType);
}

/** Whether it begins as a text does. */
export function beginsText(start: Uint8Array): boolean {
  return decodeStart(start) !== undefined;
}

function decodeStart(start: Uint8Array): string | undefined {
  return decodeTextStart(start) ?? decodeOld(start);
}

/** Whether a text begins as playlists do that say so. */
export function beginsPlaylist(start: Uint8Array): boolean {
  return BEGINNINGS.test(decodeStart(start) ?? "");
}

/** Reads M3U, M3U8, PLS, XSPF and RAM; undefined when it is none of them: no text, or a web page. */
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

/** As old players write M3U; undefined for what holds zeros, as every kind of sound does and no text. */
function decodeOld(bytes: Uint8Array): string | undefined {
  const isText = !bytes.includes(0) && bytes[0] !== 0xff;
  return isText ? new TextDecoder("windows-1252").decode(bytes) : undefined;
}

function linesOf(text: string): string[] {
  return text.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== "");
}

/** `File1=…`, in the order of their numbers. */
function readPls(text: string): string[] {
  return linesOf(text)
    .map((line) => /^File(\d{1,6})\s*=\s*(.+)$/i.exec(line))
    .filter((match) => match !== null)
    .map(([, number, entry]) => ({ number: Number(number), entry: entry! }))
    .sort((one, other) => one.number - other.number)
    .map(({ entry }) => entry);
}

/** The first `location` of each `track`; the others are the same track elsewhere. */
function readXspf(text: string): string[] {
  // Cut rather than matched as a whole, which would take quadratic time where tags are left open.
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
