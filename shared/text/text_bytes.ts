import { concat } from "../core/bytes.ts";

/** Says how a text is encoded, before its first character (Unicode 16.0, section 23.8). */
interface ByteOrderMark {
  readonly bytes: readonly number[];
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be";
}

const MARKS: readonly ByteOrderMark[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
];

/** What to say of a file of which {@linkcode decodeText} makes nothing. */
export const NOT_TEXT = "is not text that can be read: save it as UTF-8";

const encoder = new TextEncoder();

/**
 * Reads a whole text that a person wrote or made: UTF-8, with or without a byte order mark, or UTF-16
 * with one, which is what `>` writes in PowerShell.
 *
 * @returns the text without its mark; undefined when it is none in these encodings.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  return decode(bytes, { stream: false });
}

/** The same of the beginning of a text, which may end in the midst of a character. */
export function decodeTextStart(bytes: Uint8Array): string | undefined {
  return decode(bytes, { stream: true });
}

function decode(bytes: Uint8Array, options: TextDecodeOptions): string | undefined {
  const { encoding = "utf-8" } = MARKS.find((mark) => startsWith(bytes, mark)) ?? {};
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, options);
    // UTF-16 without a mark, or what is not text at all.
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Turns a stream in any of the encodings of {@linkcode decodeText} into UTF-8, as its bytes come in. */
export class Utf8Stream {
  /** Only of UTF-16; UTF-8 goes through as it is, whether or not it is well-formed. */
  #decoder: TextDecoder | undefined;
  /** The beginning, while it may be part of a mark; undefined once that is known. */
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

  /** What is left when the stream has ended. */
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
