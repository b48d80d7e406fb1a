/** One reader may be so far behind the other, which waits for it. */
const MAX_APART_BYTES = 16 << 20;
/** What is kept for a reader that has not begun to read. */
const MAX_KEPT_BYTES = 64 << 20;

/** One of the two readers. */
interface Reader {
  /** Read by the other and not yet by this one. */
  waiting: Uint8Array[];
  bytes: number;
  /** Whether the other waits for this one. */
  hasBegun: boolean;
  isClosed: boolean;
}

/**
 * Lets two readers read a stream that comes once, each from its beginning: the pictures and the sound of a file in a
 * pipe. The one that is ahead waits for the other, which has the bytes kept for it.
 */
export class SharedBytes {
  /** For the pictures. */
  readonly first: ReadableStream<Uint8Array>;
  /** For the sound; nobody waits for it before {@linkcode beginSecond}. */
  readonly second: ReadableStream<Uint8Array>;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #readers: readonly [Reader, Reader];
  #hasEnded = false;
  #coming: Promise<void> | undefined;
  #change = Promise.withResolvers<void>();

  constructor(chunks: AsyncGenerator<Uint8Array>, hasSecond: boolean) {
    this.#chunks = chunks;
    this.#readers = [reader(true, false), reader(false, !hasSecond)];
    const [first, second] = this.#readers;
    this.first = this.#stream(first, second);
    this.second = this.#stream(second, first);
  }

  /** The second reader reads from now on, and the first waits for it. */
  beginSecond(): void {
    this.#readers[1].hasBegun = true;
  }

  /** The second reader reads no more. */
  endSecond(): void {
    this.#close(this.#readers[1]);
  }

  #stream(own: Reader, other: Reader): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller, own, other),
      cancel: () => this.#close(own),
    }, { highWaterMark: 0 });
  }

  async #pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
    own: Reader,
    other: Reader,
  ): Promise<void> {
    while (own.waiting.length === 0 && !own.isClosed && !this.#hasEnded) {
      if (other.hasBegun && other.bytes > MAX_APART_BYTES) await this.#change.promise;
      else await this.#read();
    }
    const chunk = own.waiting.shift();
    if (chunk === undefined) return controller.close();
    own.bytes -= chunk.length;
    this.#tellChange();
    controller.enqueue(chunk);
  }

  /** Reads one chunk for both. */
  #read(): Promise<void> {
    this.#coming ??= this.#readChunk().finally(() => this.#coming = undefined);
    return this.#coming;
  }

  async #readChunk(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done) {
      this.#hasEnded = true;
      return this.#tellChange();
    }
    for (const each of this.#readers.filter(({ isClosed }) => !isClosed)) {
      each.waiting.push(value);
      each.bytes += value.length;
      // Nobody reads it: it ends here rather than fill the memory.
      if (each.bytes > MAX_KEPT_BYTES && !each.hasBegun) this.#close(each);
    }
  }

  #close(own: Reader): void {
    own.isClosed = true;
    own.waiting = [];
    own.bytes = 0;
    this.#tellChange();
  }

  #tellChange(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

function reader(hasBegun: boolean, isClosed: boolean): Reader {
  return { waiting: [], bytes: 0, hasBegun, isClosed };
}
