import { concat } from "../core/bytes.ts";

/** Marks the encoding at the beginning of a text (Unicode 16.0, section 23.8). */
interface ByteOrderMark {
  readonly bytes: readonly number[];
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be";
}

const MARKS: readonly ByteOrderMark[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
];

/** The message for a file that {@linkcode decodeText} can't read. */
export const NOT_TEXT = "is not text that can be read: save it as UTF-8";

const encoder = new TextEncoder();

/**
 * Decodes a whole text file: UTF-8 with or without a byte order mark, or UTF-16 with one, which `>` in
 * PowerShell writes.
 *
 * @returns the text without its mark; undefined when the bytes are not text in these encodings.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  return decode(bytes, { stream: false });
}

/** Decodes the beginning of a text file, which may end in the middle of a character. */
export function decodeTextStart(bytes: Uint8Array): string | undefined {
  return decode(bytes, { stream: true });
}

function decode(bytes: Uint8Array, options: TextDecodeOptions): string | undefined {
  const { encoding = "utf-8" } = MARKS.find((mark) => startsWith(bytes, mark)) ?? {};
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, options);
    // A zero character means UTF-16 without a mark, or no text at all.
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Converts a stream in any of the encodings of {@linkcode decodeText} to UTF-8, chunk by chunk. */
export class Utf8Stream {
  /** For UTF-16 only; UTF-8 is passed on unchanged, well-formed or not. */
  #decoder: TextDecoder | undefined;
  /** The first bytes, while they may be part of a mark; undefined once that is decided. */
  #beginning: Uint8Array | undefined = new Uint8Array();

  push(chunk: Uint8Array): Uint8Array {
    if (this.#beginning === undefined) return this.#convert(chunk);
    const bytes = concat(this.#beginning, chunk);
    const isUndecided = MARKS.some(({ bytes: mark }) =>
      bytes.length < mark.length && bytes.every((byte, index) => byte === mark[index])
    );
    this.#beginning = isUndecided ? bytes : undefined;
    return isUndecided ? new Uint8Array() : this.#begin(bytes);
  }

  /** The remaining bytes, when the stream has ended. */
  end(): Uint8Array {
    const beginning = this.#beginning ?? new Uint8Array();
    return this.#decoder ? encoder.encode(this.#decoder.decode()) : beginning;
  }

  #begin(bytes: Uint8Array): Uint8Array {
    const mark = MARKS.find((mark) => startsWith(bytes, mark));
    if (mark && mark.encoding !== "utf-8") this.#decoder = new TextDecoder(mark.encoding);
    return this.#convert(bytes.subarray(mark?.bytes.length ?? 0));
  }

  #convert(bytes: Uint8Array): Uint8Array {
    return this.#decoder ? encoder.encode(this.#decoder.decode(bytes, { stream: true })) : bytes;
  }
}

function startsWith(bytes: Uint8Array, { bytes: mark }: ByteOrderMark): boolean {
  return mark.every((byte, index) => byte === bytes[index]);
}
