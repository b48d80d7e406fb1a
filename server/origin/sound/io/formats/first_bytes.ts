import { concat } from "../../../../../shared/core/bytes.ts";
import { type Foreign, FOREIGN_START_BYTES, nameForeign } from "./foreign_bytes.ts";
import { tagLengthAt } from "./mp3_tags.ts";

/** The beginning of bytes, to be named by; tags are left out, since AAC and FLAC have them too. */
export class FirstBytes {
  #bytes: Uint8Array = new Uint8Array(0);
  /** Of a tag that goes on past what came. */
  #bytesToSkip = 0;
  #foreign: Foreign | undefined;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** What they are the beginning of, when it is known to be neither MP3 nor Ogg Opus. */
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
