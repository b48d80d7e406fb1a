/** A line longer than this is passed over without being held in memory. */
export const MAX_LINE_BYTES = 64 * 1024;

/** One line, without its end; `undefined` bytes stand for one that was too long to keep. */
export interface Line {
  /** The first line is 1. */
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Cuts a stream of bytes into lines (LF or CRLF), holding at most {@linkcode MAX_LINE_BYTES}. */
export class LineSplitter {
  readonly #held = new Uint8Array(MAX_LINE_BYTES);
  #heldLength = 0;
  #isTooLong = false;
  #number = 1;

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

  /** The last line, if the stream did not end with a newline. */
  end(): Line | undefined {
    return this.#heldLength > 0 || this.#isTooLong ? this.#release() : undefined;
  }

  #hold(part: Uint8Array): void {
    if (this.#heldLength + part.length > MAX_LINE_BYTES) this.#isTooLong = true;
    if (this.#isTooLong) return;
    this.#held.set(part, this.#heldLength);
    this.#heldLength += part.length;
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
