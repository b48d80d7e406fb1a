/** A longer line is skipped without being held in memory. */
export const MAX_LINE_BYTES = 64 * 1024;

/** One line without its line end; `bytes` is undefined for a line that was too long. */
export interface Line {
  /** The first line is 1. */
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** The room for a line grows from this, because most lines are short. */
const FIRST_ROOM_BYTES = 4096;

/** Cuts a stream of bytes into lines (LF or CRLF), holding at most one line of the longest length. */
export class LineSplitter {
  readonly #maxBytes: number;
  #held = new Uint8Array(FIRST_ROOM_BYTES);
  #heldLength = 0;
  #isTooLong = false;
  #number = 1;

  /** @param maxBytes the longest line. */
  constructor(maxBytes = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes. */
  *push(chunk: Uint8Array): Generator<Line> {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      this.#hold(rest.subarray(0, end));
      yield this.#release();
      rest = rest.subarray(end + 1);
    }
    this.#hold(rest);
  }

  /** The last line, if the stream ended without a newline. */
  end(): Line | undefined {
    return this.#heldLength > 0 || this.#isTooLong ? this.#release() : undefined;
  }

  #hold(part: Uint8Array): void {
    const length = this.#heldLength + part.length;
    if (length > this.#maxBytes) this.#isTooLong = true;
    if (this.#isTooLong) return;
    if (length > this.#held.length) this.#grow(length);
    this.#held.set(part, this.#heldLength);
    this.#heldLength = length;
  }

  #grow(length: number): void {
    const held = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, 2 * this.#held.length)));
    held.set(this.#held.subarray(0, this.#heldLength));
    this.#held = held;
  }

  #release(): Line {
    const hasReturn = this.#held[this.#heldLength - 1] === CARRIAGE_RETURN;
    const length = this.#heldLength - (hasReturn ? 1 : 0);
    const bytes = this.#isTooLong ? undefined : this.#held.slice(0, length);
    this.#heldLength = 0;
    this.#isTooLong = false;
    return { number: this.#number++, bytes };
  }
}
