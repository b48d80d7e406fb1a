import { settledWithin } from "../../../shared/system/settled_within.ts";
import type { RecordingFile } from "./recording_file.ts";

/** Gives the bytes of a file from the items that it is made of. */
export interface ItemWriter<Item> {
  /** The bytes before the first item. */
  header(): Uint8Array;
  /** The bytes that can be appended now. May throw, which ends the recording. */
  write(item: Item): Uint8Array | Promise<Uint8Array>;
  /** The bytes after the last item. */
  end(): Uint8Array | Promise<Uint8Array>;
}

export interface QueueOptions<Item> {
  /** The flag that asked for the recording, for notices. */
  readonly flag: string;
  /** What is missing when a pipe is read too slowly: `sound`. */
  readonly what: string;
  /** The most that waits for a slow disk. */
  readonly maxQueuedBytes: number;
  readonly sizeOf: (item: Item) => number;
  /** Whether an item can follow after others were left out. */
  readonly canBegin: (item: Item) => boolean;
  /** Whether an item without room is left out; without it, a disk that is too slow ends the recording. */
  readonly leavesOut?: boolean;
  /** Told once when the disk fails or is too slow. */
  readonly onNotice?: (text: string) => void;
}

/** After this time without progress, writing the rest is given up. */
const CLOSING_MILLIS = 2000;

/**
 * Writes items to a file in the background. It never waits and never throws: problems of the disk must not
 * disturb listening. It owns the file, and closes it.
 */
export class QueuedRecorder<Item> {
  readonly #file: RecordingFile;
  readonly #writer: ItemWriter<Item>;
  readonly #options: QueueOptions<Item>;
  readonly #queue: Item[] = [];
  #queuedBytes = 0;
  #writtenBytes = 0;
  /** Up to the end of the last whole item. */
  #wholeBytes = 0;
  #isOpen = false;
  #hasHeader = false;
  /** Items were left out, and none has come since that can follow. */
  #isWaitingForBeginning = false;
  #hasDropped = false;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** The end is written when the queue is empty. */
  #isEnding = false;
  #isOver = false;

  constructor(file: RecordingFile, writer: ItemWriter<Item>, options: QueueOptions<Item>) {
    this.#file = file;
    this.#writer = writer;
    this.#options = options;
    this.#writing = this.#writeAll();
  }

  /** Whether nothing more is written: it was closed, or the disk failed. */
  get isOver(): boolean {
    return this.#isOver || this.#isEnding;
  }

  /** @returns whether it will be written. */
  push(item: Item): boolean {
    if (this.isOver) return false;
    if (this.#isWaitingForBeginning && !this.#options.canBegin(item)) return false;
    const { maxQueuedBytes, leavesOut, sizeOf } = this.#options;
    const isFull = this.#queuedBytes + sizeOf(item) > maxQueuedBytes;
    if (isFull && leavesOut) return false;
    this.#isWaitingForBeginning = false;
    this.#queue.push(item);
    this.#queuedBytes += sizeOf(item);
    if (isFull && this.#file.kind !== "pipe") this.#giveUp("the disk can't keep up");
    else if (isFull) this.#dropOldest();
    if (!this.#isOver) this.#writing ??= this.#writeAll();
    return !this.#isOver;
  }

  /** Resolves when everything is written and the file is closed. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#isEnding = true;
    if (!this.#isOver) this.#writing ??= this.#writeAll();
    // There is no waiting for a program that has not opened the pipe by now.
    if (this.#isOpen || this.#file.kind !== "pipe") await this.#finishWriting();
    this.#isOver = true;
    this.#file.close();
  }

  /** A program that opens the pipe late gets the header and the newest items. */
  #dropOldest(): void {
    const { maxQueuedBytes, what } = this.#options;
    while (this.#queue.length > 0 && (this.#queuedBytes > maxQueuedBytes || !this.#begins())) {
      this.#queuedBytes -= this.#options.sizeOf(this.#queue.shift()!);
    }
    this.#isWaitingForBeginning = this.#queue.length === 0;
    if (this.#hasDropped) return;
    this.#hasDropped = true;
    this.#notice(`is not read fast enough: some ${what} is missing in the recording`);
  }

  #begins(): boolean {
    return this.#options.canBegin(this.#queue[0]!);
  }

  async #writeAll(): Promise<void> {
    try {
      const file = await this.#file.opened;
      this.#isOpen = true;
      if (!this.#hasHeader) await this.#writeWhole(file, this.#writer.header());
      this.#hasHeader = true;
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        await this.#writeWhole(file, await this.#writer.write(next));
        this.#queuedBytes -= this.#options.sizeOf(next);
      }
      if (this.#isEnding && !this.#isOver) await this.#writeWhole(file, await this.#writer.end());
    } catch (error) {
      this.#giveUp(describeProblem(error));
      await this.#cutToWholeItems();
    }
    this.#writing = undefined;
  }

  /** A part of an item is of no use to whoever reads the file. */
  async #cutToWholeItems(): Promise<void> {
    if (this.#file.kind !== "file") return;
    await this.#file.opened.then((file) => file.truncate(this.#wholeBytes)).catch(() => {});
  }

  async #writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const count = await file.write(rest);
      this.#writtenBytes += count;
      rest = rest.subarray(count);
    }
    this.#wholeBytes = this.#writtenBytes;
  }

  /** Waits as long as a slow disk makes progress. */
  async #finishWriting(): Promise<void> {
    let before = -1;
    while (this.#writing && before < this.#writtenBytes) {
      before = this.#writtenBytes;
      await settledWithin(this.#writing, CLOSING_MILLIS);
    }
    if (this.#writing) this.#notice("accepts no more data: the end of the recording is missing");
  }

  #giveUp(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue.length = 0;
    const rest = "the recording ends here, listening continues";
    this.#notice(`can't be written (${reason}); ${rest}`);
  }

  #notice(text: string): void {
    this.#options.onNotice?.(`${this.#options.flag} "${this.#file.path}" ${text}`);
  }
}

function describeProblem(error: unknown): string {
  if (error instanceof Deno.errors.BrokenPipe) return "no program reads the pipe any more";
  return error instanceof Error ? error.message : String(error);
}
