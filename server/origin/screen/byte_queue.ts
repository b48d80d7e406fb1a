const FIRST_CAPACITY = 4096;

/**
 * Bytes that are appended at the end and dropped from the front. Appending many small parts takes time in
 * proportion to their bytes. The user sets the bound.
 */
export class ByteQueue {
  #buffer = new Uint8Array(FIRST_CAPACITY);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** A view; it holds until the next append. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  append(part: Uint8Array): void {
    if (this.#end + part.length > this.#buffer.length) this.#makeRoom(part.length);
    this.#buffer.set(part, this.#end);
    this.#end += part.length;
  }

  /** Drops bytes from the front, at most all. */
  drop(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end);
    if (this.#start === this.#end) this.clear();
  }

  /** Drops all bytes; a large buffer is given back. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > MAX_IDLE_CAPACITY) this.#buffer = new Uint8Array(FIRST_CAPACITY);
  }

  #makeRoom(partLength: number): void {
    const needed = this.length + partLength;
    // Half of the room is free after this, so that the same bytes are not moved each time.
    const isHalfFree = needed * 2 <= this.#buffer.length;
    const target = isHalfFree ? this.#buffer : new Uint8Array(needed * 2);
    target.set(this.bytes);
    this.#buffer = target;
    this.#end = this.length;
    this.#start = 0;
  }
}

const MAX_IDLE_CAPACITY = 1 << 20;
