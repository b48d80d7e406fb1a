import { CustomSource, ReadableStreamSource, type Source } from "mediabunny";
import { concat } from "../../../../shared/core/bytes.ts";
import { BOX_HEADER_BYTES, matroskaEnd, Mp4Layout } from "../files/file_layout.ts";
import type { StartedBytes } from "./started_bytes.ts";

/** How far a reader may go back in a stream. */
const STREAM_CACHE_BYTES = 16 << 20;
/** How far the sound may read ahead of the pictures, which would else be gone from the cache. */
const MAX_AHEAD_BYTES = 8 << 20;
/** A file in more boxes is not examined to its end. */
const MAX_BOXES = 10_000;

/** The bytes of an MP4 or Matroska file as mediabunny reads them. */
export interface ContainerBytes {
  readonly source: Source;
  /** Whether the bytes end before the file should; known when all were read. */
  readonly isCut: boolean;
  /** Runs a read of the pictures, which may always read on; null is their end. */
  forPictures<Value>(read: () => Promise<Value | null>): Promise<Value | null>;
  close(): Promise<void>;
}

/** A file on a disk, of which any part can be read. */
export async function openFileBytes(
  path: string,
  kind: "mp4" | "matroska",
): Promise<ContainerBytes> {
  // By path, because an open file inside the compiled binary has no `stat`.
  const { size } = await Deno.stat(path);
  const file = new PartReader(await Deno.open(path, { read: true }));
  const isCut = await isFileCut(file, kind, size);
  const source = new CustomSource({
    getSize: () => size,
    read: (start, end) => file.read(start, end),
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => {},
  });
  return { source, isCut, forPictures: (read) => read(), close: () => file.close() };
}

async function isFileCut(file: PartReader, kind: "mp4" | "matroska", size: number) {
  if (kind === "matroska") return size < (matroskaEnd(await file.upTo(0, 4096, size)) ?? 0);
  const layout = new Mp4Layout();
  for (let count = 0; layout.next < size; count++) {
    if (count === MAX_BOXES) return false;
    layout.read(await file.upTo(layout.next, BOX_HEADER_BYTES, size));
  }
  return layout.isCutAt(size);
}

/** Reads parts of a file, one after the other, since they share its position. */
class PartReader {
  readonly #file: Deno.FsFile;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  upTo(start: number, count: number, size: number): Promise<Uint8Array> {
    return this.read(start, Math.min(start + count, size));
  }

  /** @throws when the file has become shorter. */
  read(start: number, end: number): Promise<Uint8Array> {
    const reading = this.#last.then(() => this.#readNow(start, end));
    this.#last = reading.catch(() => {});
    return reading;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#last;
    this.#file.close();
  }

  async #readNow(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    await this.#file.seek(start, Deno.SeekMode.Start);
    for (let length = 0; length < bytes.length;) {
      const count = await this.#file.read(bytes.subarray(length));
      if (count === null) throw new Error("it has become shorter while it was read");
      length += count;
    }
    return bytes;
  }
}

/** A pipe or an http answer, which is read once from its beginning to its end. */
export function openStreamBytes(bytes: StartedBytes, kind: "mp4" | "matroska"): ContainerBytes {
  return new StreamBytes(bytes, kind);
}

class StreamBytes implements ContainerBytes {
  readonly source: Source;
  readonly #bytes: StartedBytes;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #kind: "mp4" | "matroska";
  readonly #layout = new Mp4Layout();
  /** The last bytes so far, in which a box may have begun. */
  #tail: Uint8Array = new Uint8Array(0);
  #length = 0;
  #isCut = false;
  /** How much had come when the pictures last read; Infinity when they read no more. */
  #mark = 0;
  #arePicturesReading = true;
  #change = Promise.withResolvers<void>();

  constructor(bytes: StartedBytes, kind: "mp4" | "matroska") {
    this.#bytes = bytes;
    this.#kind = kind;
    this.#chunks = bytes.chunks();
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#chunks.return(undefined).then(() => {}, () => {}),
    }, { highWaterMark: 0 });
    this.source = new ReadableStreamSource(stream, {
      maxCacheSize: STREAM_CACHE_BYTES,
      handleUnhandledError: () => {},
    });
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  async forPictures<Value>(read: () => Promise<Value | null>): Promise<Value | null> {
    this.#arePicturesReading = true;
    this.#tellChange();
    const value = await read().catch((error) => {
      this.#mark = Infinity;
      throw error;
    });
    this.#mark = value === null ? Infinity : this.#length;
    this.#arePicturesReading = false;
    return value;
  }

  async close(): Promise<void> {
    this.#mark = Infinity;
    this.#tellChange();
    await this.#bytes.close();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (!this.#arePicturesReading && this.#length - this.#mark > MAX_AHEAD_BYTES) {
      await this.#change.promise;
    }
    const { done, value } = await this.#chunks.next();
    if (!done) {
      this.#note(value);
      return controller.enqueue(value);
    }
    this.#noteEnd();
    controller.close();
  }

  #tellChange(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Follows the boxes of an MP4 file; a header may be in two chunks. */
  #note(chunk: Uint8Array): void {
    const known = concat(this.#tail, chunk);
    this.#length += chunk.length;
    const start = this.#length - known.length;
    const layout = this.#layout;
    while (this.#kind === "mp4" && layout.next + BOX_HEADER_BYTES <= this.#length) {
      layout.read(known.subarray(layout.next - start, layout.next - start + BOX_HEADER_BYTES));
    }
    this.#tail = known.slice(Math.max(0, known.length - BOX_HEADER_BYTES));
  }

  #noteEnd(): void {
    const layout = this.#layout;
    const start = this.#length - this.#tail.length;
    if (this.#kind === "matroska") {
      this.#isCut = this.#length < (matroskaEnd(this.#bytes.start) ?? 0);
      return;
    }
    if (layout.next < this.#length) layout.read(this.#tail.subarray(layout.next - start));
    this.#isCut = layout.isCutAt(this.#length);
  }
}
