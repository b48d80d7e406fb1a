import { type Chunk, type LeftOut, OutputQueue, type Worth } from "../driver/output_queue.ts";
import { settledWithin } from "./settled_within.ts";

/** Where text is written: `Deno.stdout`, `Deno.stderr`, a file. */
export interface TextStream {
  write(bytes: Uint8Array): Promise<number>;
}

export interface TextWriterOptions {
  /** The size of the queue for a slow reader. */
  readonly capacityBytes?: number;
  /** Called when the stream can't be written, and when text was left out. */
  readonly onNews?: (news: WriterNews) => void;
}

/** What the owner of a writer may report. */
export type WriterNews =
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "left-out"; readonly leftOut: LeftOut };

/** The result of a flush; `gone` when the reader closed its end. */
export type WriterEnd = "written" | "left-out" | "gone";

/** The longest line, a message of live data, has three quarters of it; that much is free while nobody is behind. */
const CAPACITY_BYTES = 4 << 20;
/** A pipe takes this much whole or not at all (PIPE_BUF on Linux), so that no line is cut. */
const WRITE_BYTES = 4096;
/** Texts that follow each other faster leave in one call: each call costs as much as making a line. */
const BETWEEN_WRITES_MILLIS = 5;
/** When to try a full, non-blocking stream again. */
const RETRY_MILLIS = 20;
/** In a flush: the longest time without any progress, and the longest in all. */
const PATIENCE_MILLIS = 1000;
const LONGEST_FLUSH_MILLIS = 5000;
/** Whoever can wait should do so above this fullness of the queue, until below that. */
const BEHIND = { above: 1 / 4, until: 1 / 16 };
/** EIO: the terminal was closed. */
const GONE = /os error 5\b/;

/**
 * Writes text to a stream that may block (a terminal after Ctrl-S, a pipe without a reader) or fail (a
 * full disk); {@linkcode write} itself never waits and never throws. The system's call blocks a thread of
 * Deno's pool, not the program's own, and later text waits in a bounded queue.
 */
export class TextWriter {
  readonly #stream: TextStream;
  readonly #onNews: (news: WriterNews) => void;
  readonly #queue: OutputQueue;
  #pumping: Promise<void> | undefined;
  #underWay: Chunk | undefined;
  /** The number of successful writes. */
  #progress = 0;
  /** By the runtime's clock, in milliseconds. */
  #nextWriteAt = -Infinity;
  /** How many flushes are under way: they wait for nothing but the reader. */
  #flushes = 0;
  #isGone = false;
  /** Whether the last write failed. */
  #isFailing = false;
  /** Whether a text was written in part; the next one then begins on a new line. */
  #isTorn = false;
  #hasLeftOut = false;
  /** Those who wait for the reader. */
  #waiting: (() => void)[] = [];

  constructor(stream: TextStream, options: TextWriterOptions = {}) {
    this.#stream = stream;
    this.#onNews = options.onNews ?? (() => {});
    this.#queue = new OutputQueue(options.capacityBytes ?? CAPACITY_BYTES);
  }

  /** Never waits and never throws. */
  write(text: string, worth: Worth = "news"): void {
    if (this.#isGone) return;
    this.#queue.push(text, worth);
    // Where nothing waits, as after an empty text, the pump would end before it is kept here, for ever.
    if (!this.#queue.isEmpty) this.#pumping ??= this.#pump();
  }

  /** Whether so much waits for the reader that those who can wait should: see {@linkcode catchUp}. */
  get isBehind(): boolean {
    return !this.#isGone && this.#queue.fullness > BEHIND.above;
  }

  /** Resolves when the reader has read most of what waits, or is gone. */
  async catchUp(): Promise<void> {
    if (this.isBehind) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Waits until everything is written, or until nothing has been read for a second, five at most.
   *
   * @param impatience when given, waits for the reader until this is aborted.
   */
  async flush(impatience?: AbortSignal): Promise<WriterEnd> {
    const end = performance.now() + LONGEST_FLUSH_MILLIS;
    this.#flushes++;
    for (let pumping = this.#pumping; pumping; pumping = this.#pumping) {
      const before = this.#progress;
      const isDone = await settledWithin(pumping, PATIENCE_MILLIS);
      const isStuck = this.#progress === before || performance.now() > end;
      if (!isDone && isStuck && (impatience?.aborted ?? true)) break;
    }
    this.#flushes--;
    if (this.#underWay) this.#queue.lose(this.#underWay);
    this.#queue.loseAll();
    this.#tellLeftOut();
    if (this.#isGone) return "gone";
    return this.#hasLeftOut ? "left-out" : "written";
  }

  async #pump(): Promise<void> {
    for (;;) {
      if (this.#canGather) await sleep(this.#nextWriteAt - performance.now());
      const chunk = this.#isGone ? undefined : this.#queue.take(WRITE_BYTES);
      this.#underWay = chunk;
      if (!chunk) break;
      const isWritten = await this.#writeWhole(chunk.bytes);
      if (!isWritten) this.#queue.lose(chunk);
      else this.#tellLeftOut();
      this.#wakeWaiting();
    }
    this.#wakeWaiting();
    this.#pumping = undefined;
  }

  /** Whether more may come before the next call: less waits than a call takes, and nobody waits for its end. */
  get #canGather(): boolean {
    const { isEmpty, bytes } = this.#queue;
    const isSoon = performance.now() < this.#nextWriteAt;
    return isSoon && this.#flushes === 0 && !isEmpty && bytes < WRITE_BYTES;
  }

  #wakeWaiting(): void {
    if (this.#queue.fullness > BEHIND.until) return;
    for (const wake of this.#waiting.splice(0)) wake();
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
        this.#nextWriteAt = performance.now() + BETWEEN_WRITES_MILLIS;
        return count;
      }
    } catch (error) {
      // Another process may have made the pipe or terminal non-blocking; this error means it is full.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    }
    await sleep(RETRY_MILLIS);
    return 0;
  }

  #onFailure(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    // The reader of a pipe (`| head`) or the terminal may be gone; then nobody can read a report.
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

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

function isGone(error: unknown, reason: string): boolean {
  const { BrokenPipe, BadResource, ConnectionReset } = Deno.errors;
  return [BrokenPipe, BadResource, ConnectionReset].some((kind) => error instanceof kind) ||
    GONE.test(reason);
}
