/** The most bytes of a packet's length (MQTT 3.1.1 section 2.2.3). */
const MAX_LENGTH_BYTES = 4;

/**
 * Leaves packets of MQTT out that are longer than `maxBytes`, before the client collects and joins them: it takes up
 * to 256 MB, and seconds in which nothing else runs. Never throws.
 */
export class MqttSizes {
  readonly #maxBytes: number;
  /** The beginning of a packet: type, and its length as far as it is there. */
  #header: number[] = [];
  /** Bytes of the packet under way that are still to come, and whether they are left out. */
  #left = 0;
  #isSkipping = false;
  #isBroken = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns what the client may read, and how many packets were left out. */
  push(chunk: Uint8Array): { readonly parts: readonly Uint8Array[]; readonly skipped: number } {
    const parts: Uint8Array[] = [];
    let skipped = 0;
    for (let at = 0; at < chunk.length;) {
      // What follows a wrong length is the client's to refuse.
      if (this.#isBroken) return { parts: [...parts, chunk.subarray(at)], skipped };
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        if (!this.#isSkipping) parts.push(chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        continue;
      }
      this.#header.push(chunk[at++]!);
      if (!this.#isHeaderWhole()) continue;
      this.#begin();
      if (this.#isSkipping) skipped += 1;
      else parts.push(Uint8Array.from(this.#header));
      this.#header = [];
    }
    return { parts, skipped };
  }

  #isHeaderWhole(): boolean {
    const { length } = this.#header;
    return length > 1 && (this.#header.at(-1)! < 0x80 || length > MAX_LENGTH_BYTES);
  }

  #begin(): void {
    const [, ...digits] = this.#header;
    this.#isBroken = digits.at(-1)! >= 0x80;
    this.#left = digits.reduce((sum, digit, place) => sum + (digit & 0x7f) * 128 ** place, 0);
    this.#isSkipping = !this.#isBroken && this.#left > this.#maxBytes;
  }
}
