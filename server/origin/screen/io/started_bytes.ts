import { concat } from "../../../../shared/core/bytes.ts";
import { type FileKind, KIND_BYTES, recognizeKind } from "../files/file_kind.ts";
import type { ByteSource } from "../../io/bytes/location.ts";

/** The bytes of a source, whose beginning may be looked at before they are read. */
export class StartedBytes {
  readonly #source: ByteSource;
  readonly #chunks: AsyncGenerator<Uint8Array | "restart">;
  /** Looked at and not yet read. */
  #waiting: Uint8Array[] = [];
  #start: Uint8Array = new Uint8Array(0);
  #isOver = false;
  #hasRestarted = false;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#chunks = source.chunks();
  }

  get isLive(): boolean {
    return this.#source.isLive;
  }

  get contentType(): string | undefined {
    return this.#source.contentType;
  }

  /** The first bytes, as many as were looked at. */
  get start(): Uint8Array {
    return this.#start;
  }

  /** Looks at the first bytes. @returns at least `count` bytes, unless the source has fewer. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#start.length < count) {
      const chunk = await this.#pull();
      if (chunk === undefined) break;
      this.#waiting.push(chunk);
      this.#start = concat(this.#start, chunk);
    }
    return this.#start;
  }

  async recognize(): Promise<FileKind | "other"> {
    for (let count = 1;;) {
      const start = await this.peek(count);
      const isWhole = start.length < count || start.length >= KIND_BYTES;
      const kind = recognizeKind(start, isWhole);
      if (kind !== undefined) return kind;
      count = start.length + 1;
    }
  }

  /** All bytes from the beginning; ends where the bytes begin anew. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    yield* this.#waiting.splice(0);
    for (let chunk = await this.#pull(); chunk; chunk = await this.#pull()) yield chunk;
  }

  /** @returns false when all bytes were read; else the next bytes have a beginning of their own. */
  beginAnew(): boolean {
    if (!this.#hasRestarted) return false;
    this.#hasRestarted = false;
    this.#waiting = [];
    this.#start = new Uint8Array(0);
    return true;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    // A generator that waits for a chunk returns only after it: closing the source ends that wait.
    const returned = this.#chunks.return(undefined);
    await this.#source.close();
    await returned.catch(() => {});
  }

  async #pull(): Promise<Uint8Array | undefined> {
    if (this.#isOver || this.#hasRestarted) return undefined;
    const { done, value } = await this.#chunks.next();
    if (done) this.#isOver = true;
    if (value === "restart") this.#hasRestarted = true;
    return done || value === "restart" ? undefined : value;
  }
}
