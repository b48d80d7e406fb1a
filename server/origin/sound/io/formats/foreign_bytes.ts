import { decodeTextStart } from "../../../../../shared/text/text_bytes.ts";
import { parseMpegAudioHeader } from "../../../../../shared/media/mpeg_audio.ts";
import { concat } from "../../../../../shared/core/bytes.ts";
import { areChangedByPipe } from "./changed_bytes.ts";
import { tagLengthAt } from "./mp3_tags.ts";

/** A format that is neither MP3 nor Ogg Opus. */
export interface Foreign {
  /** With an article where English needs one: `AAC`, `a web page`. */
  readonly name: string;
  /**
   * Decides the advice to the host: convert sound, unpack an archive, give an address from a page, use another pipe.
   */
  readonly kind: "sound" | "archive" | "page" | "playlist" | "pipe" | "other";
  /** Whether no MP3 can follow any more, so that reading on is useless. */
  readonly isSure: boolean;
}

/** How much of the beginning, tags not counted, is examined. */
export const FOREIGN_START_BYTES = 8192;
/** A stream is recognized after this many matching headers in a row. */
const CONFIRMING_HEADERS = 3;
/** In a stream joined anywhere, the first header is at most this far away. */
const LONGEST_FRAME_BYTES = 4096;
const TRANSPORT_PACKET_BYTES = 188;
const CONFIRMING_TRANSPORT_PACKETS = 4;
/** Fewer bytes of text may be the beginning of any format. */
const MIN_TEXT_BYTES = 4;
const WAVE_FORMAT_MP3 = 0x55;

type Row = readonly [position: number, magic: string, name: string, kind?: Foreign["kind"]];

/** Beginnings that identify a format for certain; the kind is sound unless given. */
const SURE: readonly Row[] = [
  [0, "fLaC", "FLAC"],
  [0, "#!AMR", "AMR"],
  [0, ".snd", "AU (Sun audio)"],
  [0, "caff", "CAF"],
  [0, "wvpk", "WavPack"],
  [0, "MAC ", "Monkey's Audio"],
  [0, "MPCK", "Musepack"],
  [0, "TTA1", "TTA"],
  [0, "DSD ", "DSD"],
  [0, "ADIF", "AAC (ADIF)"],
  [0, "MThd", "MIDI"],
  [0, "RF64", "WAV (RF64)"],
  [0, "riff\x2e\x91\xcf\x11", "WAV (Wave64)"],
  [0, "FORM", "AIFF"],
  [0, ".RMF", "RealAudio"],
  [0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA (Windows Media)"],
  [0, "\x7f\xfe\x80\x01", "DTS"],
  [0, "FLV\x01", "Flash video"],
  [0, "\0\0\0\x01\x67", "H.264 video", "other"],
  [0, "\0\0\x01\xb3", "MPEG video", "other"],
  [0, "DKIF", "IVF video", "other"],
  [0, "\x1f\x8b\x08", "packed by gzip", "archive"],
  [0, "PK\x03\x04", "a zip archive", "archive"],
  [0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "archive"],
  [0, "Rar!\x1a\x07", "a rar archive", "archive"],
  [0, "BZh", "packed by bzip2", "archive"],
  [0, "\xfd7zXZ\0", "packed by xz", "archive"],
  [0, "\x28\xb5\x2f\xfd", "packed by zstd", "archive"],
  [257, "ustar", "a tar archive", "archive"],
  [0, "%PDF-", "a PDF", "other"],
  [0, "%!PS", "PostScript", "other"],
  [0, "{\\rtf", "a text document (RTF)", "other"],
  [0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document", "other"],
  [0, "\x89PNG\r\n\x1a\n", "a picture (PNG)", "other"],
  [0, "\xff\xd8\xff", "a picture (JPEG)", "other"],
  [0, "GIF8", "a picture (GIF)", "other"],
  [0, "II*\0", "a picture (TIFF)", "other"],
  [0, "MM\0*", "a picture (TIFF)", "other"],
  [0, "\x7fELF", "a program", "other"],
  [0, "#EXTM3U", "a playlist", "playlist"],
];

/** Beginnings after which MP3 may follow all the same, so the search for MP3 goes on. */
const UNSURE: readonly Row[] = [
  [0, "\0\0\x01\xba", "MPEG program stream"],
  [0, "\x0b\x77", "Dolby Digital (AC-3)"],
  [0, "MP+", "Musepack"],
  [0, "BM", "a picture (BMP)", "other"],
  [0, "MZ", "a program", "other"],
  [0, "OggS", "Ogg without Opus"],
];

/**
 * Formats of text, by how the text begins without leading spaces. All examined bytes must be text.
 */
const TEXTS: readonly (readonly [RegExp, string, Foreign["kind"], boolean])[] = [
  [/^(\[playlist\]|\[reference\])/i, "a playlist", "playlist", true],
  [
    /^<asx\b|^<(\?xml|smil|playlist)[^]*<(playlist|smil|asx|trackList)\b/i,
    "a playlist",
    "playlist",
    true,
  ],
  [/^(<!--[^]*?-->\s*)?<(!doctype html|html|head|body|title)\b/i, "a web page", "page", true],
  [/^<\?xml[^]*<(rss|feed)\b/i, "a news feed (RSS)", "page", true],
  [/^#EXTINF|^https?:\/\/\S+\s*$/im, "a playlist", "playlist", false],
  [/^<\w|^<\?/, "a web page", "page", false],
  [/^/, "text", "other", false],
];

/**
 * Names the format of bytes that begin with `start`; {@linkcode FOREIGN_START_BYTES} of it are
 * used.
 *
 * @returns undefined when the format is unknown, or may be MP3.
 */
export function nameForeign(start: Uint8Array): Foreign | undefined {
  const bytes = start.subarray(0, FOREIGN_START_BYTES);
  const text = latin(bytes);
  return findRow(SURE, text, true) ?? nameContainer(bytes, text) ?? nameStream(bytes) ??
    nameChanged(bytes) ?? findRow(UNSURE, text, false) ?? nameText(bytes);
}

/**
 * Names the format when it is the other one that can be sent, which a running broadcast can't
 * change to.
 */
export function nameSendable(start: Uint8Array): "MP3" | "Ogg Opus" | undefined {
  const bytes = start.subarray(0, FOREIGN_START_BYTES);
  if (latin(bytes).includes("OpusHead")) return "Ogg Opus";
  return hasChain(bytes, layer3Frame) ? "MP3" : undefined;
}

function findRow(rows: readonly Row[], text: string, isSure: boolean): Foreign | undefined {
  const row = rows.find(([position, magic]) => text.startsWith(magic, position));
  return row && { name: row[2], kind: row[3] ?? "sound", isSure };
}

function nameContainer(bytes: Uint8Array, text: string): Foreign | undefined {
  if (text.startsWith("\x1aE\xdf\xa3")) {
    const name = text.includes("webm")
      ? "WebM"
      : text.includes("matroska")
      ? "Matroska"
      : "WebM or Matroska";
    return { name, kind: "sound", isSure: true };
  }
  if (text.startsWith("ftyp", 4)) return nameMp4(text.slice(8, 12));
  return text.startsWith("RIFF") ? nameRiff(bytes, text) : undefined;
}

/** MP4 may hold MP3 frames in a row, so the search for MP3 goes on. */
function nameMp4(brand: string): Foreign {
  if (/^(heic|heix|mif1|avif)/.test(brand)) {
    return { name: "a picture (HEIF)", kind: "other", isSure: true };
  }
  const name = brand === "qt  " ? "QuickTime" : /^3g/.test(brand) ? "3GP" : "MP4 (AAC)";
  return { name, kind: "sound", isSure: false };
}

/** WAV and AVI may hold MP3. */
function nameRiff(bytes: Uint8Array, text: string): Foreign | undefined {
  const type = text.slice(8, 12);
  if (type === "WEBP") return { name: "a picture (WebP)", kind: "other", isSure: true };
  if (type === "AVI ") return { name: "AVI", kind: "sound", isSure: false };
  if (type !== "WAVE") return undefined;
  const format = text.indexOf("fmt ", 12) + 8;
  const isKnown = format > 8 && format + 2 <= bytes.length;
  const isMp3 = isKnown && (bytes[format]! | bytes[format + 1]! << 8) === WAVE_FORMAT_MP3;
  return { name: "WAV", kind: "sound", isSure: isKnown && !isMp3 };
}

/** Streams that can be joined anywhere: recognized by several headers in a row. */
function nameStream(bytes: Uint8Array): Foreign | undefined {
  const name = hasChain(bytes, adtsFrame)
    ? "AAC"
    : hasChain(bytes, latmFrame)
    ? "AAC (LATM)"
    : hasChain(bytes, otherLayerFrame)
    ? "MP2 (MPEG audio layer I or II)"
    : isTransportStream(bytes)
    ? "MPEG-TS"
    : undefined;
  return name === undefined ? undefined : { name, kind: "sound", isSure: true };
}

/** The length of a frame in bytes, and the part of its header that all frames of a stream share. */
interface Frame {
  readonly length: number;
  readonly likeness: string;
}

function hasChain(
  bytes: Uint8Array,
  frameAt: (bytes: Uint8Array, position: number) => Frame | undefined,
): boolean {
  const end = Math.min(bytes.length, LONGEST_FRAME_BYTES);
  for (let start = 0; start < end; start++) {
    const first = frameAt(bytes, start);
    let position = start + (first?.length ?? 0);
    for (let confirmed = 1; first !== undefined; confirmed++) {
      if (confirmed === CONFIRMING_HEADERS) return true;
      const next = frameAt(bytes, position);
      if (next?.likeness !== first.likeness) break;
      position += next.length;
    }
  }
  return false;
}

/** ISO 13818-7 section 6.2: ADTS. */
function adtsFrame(bytes: Uint8Array, position: number): Frame | undefined {
  if (position + 7 > bytes.length || bytes[position] !== 0xff) return undefined;
  const [second, third, fourth, fifth, sixth] = bytes.subarray(position + 1, position + 6);
  if ((second! & 0xf6) !== 0xf0 || (third! >> 2 & 15) > 12) return undefined;
  const length = (fourth! & 3) << 11 | fifth! << 3 | sixth! >> 5;
  return length < 8 ? undefined : { length, likeness: `${second} ${third! & 0xfc}` };
}

/** ISO 14496-3 section 1.7.2: LOAS, in which LATM is broadcast. */
function latmFrame(bytes: Uint8Array, position: number): Frame | undefined {
  if (position + 3 > bytes.length || bytes[position] !== 0x56) return undefined;
  const second = bytes[position + 1]!;
  const length = (second & 0x1f) << 8 | bytes[position + 2]!;
  return (second & 0xe0) !== 0xe0 || length < 8 ? undefined : { length: length + 3, likeness: "" };
}

function otherLayerFrame(bytes: Uint8Array, position: number): Frame | undefined {
  const frame = mpegFrame(bytes, position);
  return frame?.likeness.includes("layer 3") ? undefined : frame;
}

function layer3Frame(bytes: Uint8Array, position: number): Frame | undefined {
  const frame = mpegFrame(bytes, position);
  return frame?.likeness.includes("layer 3") ? frame : undefined;
}

/** Within one stream only bitrate, padding and stereo mode may change. */
function mpegFrame(bytes: Uint8Array, position: number): Frame | undefined {
  const header = parseMpegAudioHeader(bytes, position);
  if (header === undefined) return undefined;
  const { version, layer, sampleRate, channelCount, frameBytes } = header;
  const likeness = `${version} layer ${layer} ${sampleRate} ${channelCount}`;
  return { length: frameBytes, likeness };
}

/** ISO 13818-1 section 2.4.3.2: a packet of 188 bytes begins with 0x47. */
function isTransportStream(bytes: Uint8Array): boolean {
  for (let start = 0; start < TRANSPORT_PACKET_BYTES; start++) {
    let count = 0;
    while (bytes[start + count * TRANSPORT_PACKET_BYTES] === 0x47) {
      if (++count === CONFIRMING_TRANSPORT_PACKETS) return true;
    }
  }
  return false;
}

// deno-lint-ignore no-control-regex -- they are what is looked for
const CONTROL = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

function nameChanged(bytes: Uint8Array): Foreign | undefined {
  if (!areChangedByPipe(bytes)) return undefined;
  return {
    name: "sound that a pipe of Windows PowerShell has changed",
    kind: "pipe",
    isSure: true,
  };
}

function nameText(bytes: Uint8Array): Foreign | undefined {
  if (bytes.length < MIN_TEXT_BYTES) return undefined;
  const text = decodeTextStart(bytes)?.trimStart();
  if (text === undefined || CONTROL.test(text)) return undefined;
  const found = TEXTS.find(([pattern]) => pattern.test(text))!;
  return { name: found[1], kind: found[2], isSure: found[3] };
}

function latin(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * Collects the first bytes of a stream and names their format. Tags are skipped: AAC and FLAC have
 * them too.
 */
export class FirstBytes {
  #bytes: Uint8Array = new Uint8Array(0);
  /** The rest of a tag whose end has not come yet. */
  #bytesToSkip = 0;
  #foreign: Foreign | undefined;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Their format, when it is known to be neither MP3 nor Ogg Opus. */
  get foreign(): Foreign | undefined {
    return this.#foreign;
  }

  push(chunk: Uint8Array): void {
    if (this.#bytes.length >= FOREIGN_START_BYTES) return;
    const skipped = Math.min(this.#bytesToSkip, chunk.length);
    this.#bytesToSkip -= skipped;
    this.#bytes = concat(this.#bytes, chunk.subarray(skipped));
    for (let length = this.#tagLength(); length > 0; length = this.#tagLength()) {
      this.#bytesToSkip = Math.max(0, length - this.#bytes.length);
      this.#bytes = this.#bytes.subarray(length);
    }
    this.#foreign = nameForeign(this.#bytes);
  }

  #tagLength(): number {
    return tagLengthAt(this.#bytes, 0);
  }
}
