import { type Chunk, type LeftOut, OutputQueue, type Worth } from "../driver/output_queue.ts";
import { settledWithin } from "./settled_within.ts";

/** Where text goes in the end: `Deno.stdout`, `Deno.stderr`, a file. */
export interface TextStream {
  write(bytes: Uint8Array): Promise<number>;
}

export interface TextWriterOptions {
  /** What may wait for a slow reader. */
  readonly capacityBytes?: number;
  /** Told of a stream that can't be written, and of what its reader did not get. */
  readonly onNews?: (news: WriterNews) => void;
}

/** What whoever looks after a writer may want to say. */
export type WriterNews =
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "left-out"; readonly leftOut: LeftOut };

/** How well it went, in the end: `gone` when the reader closed its end. */
export type WriterEnd = "written" | "left-out" | "gone";

const CAPACITY_BYTES = 1 << 20;
/** A pipe takes so much whole or not at all (POSIX PIPE_BUF on Linux), so that no line is cut at the end. */
const WRITE_BYTES = 4096;
/** How soon a stream that is full and does not block is tried again. */
const RETRY_MILLIS = 20;
/** At the end: how long it may take for something to be read, and for all of it. */
const PATIENCE_MILLIS = 1000;
const LONGEST_FLUSH_MILLIS = 5000;
/** EIO: the terminal was closed. */
const GONE = /os error 5\b/;

/**
 * Writes text to a stream that may block (a terminal after Ctrl-S, a pipe that nobody reads) or fail (a
 * full disk), while whoever writes never waits and is never failed. The system's call blocks a thread of
 * Deno's pool, not the program's own; what comes meanwhile waits in a bounded queue.
 */
export class TextWriter {
  readonly #stream: TextStream;
  readonly #onNews: (news: WriterNews) => void;
  readonly #queue: OutputQueue;
  #pumping: Promise<void> | undefined;
  #underWay: Chunk | undefined;
  /** Grows with everything that is written. */
  #progress = 0;
  #isGone = false;
  /** Whether the last write failed. */
  #isFailing = false;
  /** Whether a text was written in part: the next begins on a line of its own. */
  #isTorn = false;
  #hasLeftOut = false;

  constructor(stream: TextStream, options: TextWriterOptions = {}) {
    this.#stream = stream;
    this.#onNews = options.onNews ?? (() => {});
    this.#queue = new OutputQueue(options.capacityBytes ?? CAPACITY_BYTES);
  }

  /** Never waits and never throws. */
  write(text: string, worth: Worth = "news"): void {
    if (this.#isGone) return;
    this.#queue.push(text, worth);
    this.#pumping ??= this.#pump();
  }

  /**
   * Waits until everything is written, or until nothing has been read for a second, five at most.
   *
   * @param impatience waits for the reader until this is aborted, however long that takes.
   */
  async flush(impatience?: AbortSignal): Promise<WriterEnd> {
    const end = performance.now() + LONGEST_FLUSH_MILLIS;
    for (let pumping = this.#pumping; pumping; pumping = this.#pumping) {
      const before = this.#progress;
      const isDone = await settledWithin(pumping, PATIENCE_MILLIS);
      const isStuck = this.#progress === before || performance.now() > end;
      if (!isDone && isStuck && (impatience?.aborted ?? true)) break;
    }
    if (this.#underWay) this.#queue.lose(this.#underWay);
    this.#queue.loseAll();
    this.#tellLeftOut();
    if (this.#isGone) return "gone";
    return this.#hasLeftOut ? "left-out" : "written";
  }

  async #pump(): Promise<void> {
    for (;;) {
      const chunk = this.#isGone ? undefined : this.#queue.take(WRITE_BYTES);
      this.#underWay = chunk;
      if (!chunk) break;
      const isWritten = await this.#writeWhole(chunk.bytes);
      if (!isWritten) this.#queue.lose(chunk);
      else this.#tellLeftOut();
    }
    this.#pumping = undefined;
  }

  /** @returns whether it could be written. */
  async #writeWhole(bytes: Uint8Array): Promise<boolean> {
    let rest = this.#isTorn ? Uint8Array.of(0x0a, ...bytes) : bytes;
    const { length } = rest;
    try {
      while (rest.length > 0) rest = rest.subarray(await this.#writeSome(rest));
      this.#isTorn = false;
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (rest.length < length) this.#isTorn = true;
      this.#onFailure(error);
      return false;
    }
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    try {
      const count = await this.#stream.write(bytes);
      if (count > 0) {
        this.#progress++;
        return count;
      }
    } catch (error) {
      // A pipe or terminal that somebody else made non-blocking says so when it is full.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLIS));
    return 0;
  }

  #onFailure(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    // The reader of a pipe may go (`| head`), or the terminal: there is nobody to be told of it.
    this.#isGone = isGone(error, reason);
    if (this.#isGone) return this.#queue.loseAll();
    if (!this.#isFailing) this.#onNews({ kind: "failed", reason });
    this.#isFailing = true;
  }

  #tellLeftOut(): void {
    const leftOut = this.#queue.takeLeftOut();
    if (this.#isGone || leftOut.news + leftOut.status === 0) return;
    this.#hasLeftOut = true;
    this.#onNews({ kind: "left-out", leftOut });
  }
}

function isGone(error: unknown, reason: string): boolean {
  const { BrokenPipe, BadResource, ConnectionReset } = Deno.errors;
  return [BrokenPipe, BadResource, ConnectionReset].some((kind) => error instanceof kind) ||
    GONE.test(reason);
}
