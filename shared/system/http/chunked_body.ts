import { Buffer } from "node:buffer";

/** The longest line with a chunk's length or a trailer field, and the most bytes of all trailer fields. */
const MAX_LINE_BYTES = 256;
const MAX_TRAILER_BYTES = 4096;
const CHUNK_HEAD = /^([0-9a-f]{1,8})[ \t]*(;[\t\x20-\x7e]*)?$/i;
const FIELD = /^[!#$%&'*+.^`|~\w-]+:[\t\x20-\x7e\x80-\xff]*$/;

/** Takes the chunked coding off a body (RFC 9112 section 7.1). Extensions and trailer fields are left out. */
export class ChunkedBody {
  readonly #max: number;
  /** One piece, since each piece of a body in chunks of a byte would take a hundred times its size. */
  #kept = Buffer.alloc(0);
  /** What comes next: the line before a chunk, a chunk's bytes, the line after it, or the trailer. */
  #next: "length" | "bytes" | "end of chunk" | "trailer" = "length";
  #line = "";
  /** Bytes of the current chunk that have not come. */
  #missing = 0;
  #trailerBytes = 0;
  #length = 0;

  /** @param max a longer body is counted, and not kept */
  constructor(max: number) {
    this.#max = max;
  }

  /** The body's bytes so far, in number. */
  get length(): number {
    return this.#length;
  }

  /** What was kept: the whole body unless it is longer than `max`. */
  get bytes(): Buffer {
    return this.#kept.subarray(0, this.#length);
  }

  /** @returns whether the body is whole, wrong, or goes on. Later bytes are ignored. */
  take(received: Buffer): "whole" | "wrong" | "more" {
    for (let at = 0; at < received.length;) {
      if (this.#next === "bytes") {
        at += this.#takeBytes(received.subarray(at));
        continue;
      }
      const end = received.indexOf("\n", at);
      const upTo = end < 0 ? received.length : end + 1;
      this.#line += received.toString("latin1", at, Math.min(upTo, at + MAX_LINE_BYTES + 1));
      if (this.#line.length > MAX_LINE_BYTES) return "wrong";
      at = upTo;
      const state = end < 0 ? "more" : this.#takeLine();
      if (state !== "more") return state;
    }
    return "more";
  }

  #takeBytes(received: Buffer): number {
    const taken = received.subarray(0, this.#missing);
    if (this.#length + taken.length <= this.#max) {
      if (this.#kept.length === 0) this.#kept = Buffer.alloc(this.#max);
      this.#kept.set(taken, this.#length);
    }
    this.#missing -= taken.length;
    this.#length += taken.length;
    if (this.#missing === 0) this.#next = "end of chunk";
    return taken.length;
  }

  #takeLine(): "whole" | "wrong" | "more" {
    const line = this.#line;
    this.#line = "";
    if (!line.endsWith("\r\n")) return "wrong";
    return this.#takeText(line.slice(0, -2));
  }

  #takeText(text: string): "whole" | "wrong" | "more" {
    if (this.#next === "end of chunk") {
      this.#next = "length";
      return text === "" ? "more" : "wrong";
    }
    if (this.#next === "length") return this.#beginChunk(text);
    if (text === "") return "whole";
    this.#trailerBytes += text.length;
    return FIELD.test(text) && this.#trailerBytes <= MAX_TRAILER_BYTES ? "more" : "wrong";
  }

  #beginChunk(text: string): "wrong" | "more" {
    const [, length] = CHUNK_HEAD.exec(text) ?? [];
    if (length === undefined) return "wrong";
    this.#missing = parseInt(length, 16);
    this.#next = this.#missing === 0 ? "trailer" : "bytes";
    return "more";
  }
}
