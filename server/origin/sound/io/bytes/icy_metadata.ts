/** The unit of a metadata block's length. */
const UNIT_BYTES = 16;

/**
 * Takes song titles out of a radio's sound. After every `interval` bytes of sound stand a byte and 16
 * times as many bytes of text as it says: `icy-metaint` of Shoutcast and Icecast, which some send unasked.
 */
export class IcyMetadataStripper {
  readonly #interval: number;
  #soundLeft: number;
  #textLeft = 0;

  constructor(interval: number) {
    this.#interval = interval;
    this.#soundLeft = interval;
  }

  /** @returns the chunk's sound. */
  push(chunk: Uint8Array): Uint8Array {
    const sound = new Uint8Array(chunk.length);
    let length = 0;
    for (let position = 0; position < chunk.length;) {
      if (this.#textLeft > 0) {
        const skipped = Math.min(this.#textLeft, chunk.length - position);
        this.#textLeft -= skipped;
        position += skipped;
      } else if (this.#soundLeft > 0) {
        const part = chunk.subarray(position, position + this.#soundLeft);
        sound.set(part, length);
        length += part.length;
        position += part.length;
        this.#soundLeft -= part.length;
      } else {
        this.#textLeft = chunk[position++]! * UNIT_BYTES;
        this.#soundLeft = this.#interval;
      }
    }
    return sound.subarray(0, length);
  }
}

/** The interval that `icy-metaint` names, in bytes; undefined when it names none. */
export function metadataInterval(headers: Headers): number | undefined {
  const text = headers.get("icy-metaint") ?? "";
  const interval = /^\d{1,9}$/.test(text.trim()) ? Number(text) : 0;
  return interval > 0 ? interval : undefined;
}
