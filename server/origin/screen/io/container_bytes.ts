import { CustomSource, ReadableStreamSource, type Source } from "mediabunny";
import { concat } from "../../../../shared/core/bytes.ts";
import { BOX_HEADER_BYTES, matroskaEnd, Mp4Layout } from "../files/file_layout.ts";
import { SharedBytes } from "./shared_bytes.ts";
import type { StartedBytes } from "./started_bytes.ts";

/** How far a reader of a stream may go back: a cluster of Matroska is read as a whole. */
const STREAM_CACHE_BYTES = 16 << 20;
/** A file in more boxes is not examined to its end. */
const MAX_BOXES = 10_000;

/** The bytes of an MP4 or Matroska file as mediabunny reads them. */
export interface ContainerBytes {
  readonly source: Source;
  /** The same bytes for the sound, from where they come only once. */
  readonly soundSource?: Source;
  /** Whether the bytes end before the file should; known when all were read. */
  readonly isCut: boolean;
  /** The sound is read from now on. */
  beginSound(): void;
  /** The sound is read no more. */
  endSound(): void;
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
  return { source, isCut, beginSound: () => {}, endSound: () => {}, close: () => file.close() };
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
export function openStreamBytes(
  bytes: StartedBytes,
  kind: "mp4" | "matroska",
  wantsSound: boolean,
): ContainerBytes {
  return new StreamBytes(bytes, kind, wantsSound);
}

class StreamBytes implements ContainerBytes {
  readonly source: Source;
  readonly soundSource?: Source;
  readonly #bytes: StartedBytes;
  readonly #kind: "mp4" | "matroska";
  readonly #shared: SharedBytes;
  readonly #layout = new Mp4Layout();
  /** The last bytes so far, in which a box may have begun. */
  #tail: Uint8Array = new Uint8Array(0);
  #length = 0;
  #isCut = false;

  constructor(bytes: StartedBytes, kind: "mp4" | "matroska", wantsSound: boolean) {
    this.#bytes = bytes;
    this.#kind = kind;
    this.#shared = new SharedBytes(this.#chunks(), wantsSound);
    this.source = streamSource(this.#shared.first);
    if (wantsSound) this.soundSource = streamSource(this.#shared.second);
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  beginSound(): void {
    this.#shared.beginSecond();
  }

  endSound(): void {
    this.#shared.endSecond();
  }

  async close(): Promise<void> {
    await this.#bytes.close();
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#bytes.chunks()) {
      this.#note(chunk);
      yield chunk;
    }
    this.#noteEnd();
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

function streamSource(stream: ReadableStream<Uint8Array>): Source {
  return new ReadableStreamSource(stream, {
    maxCacheSize: STREAM_CACHE_BYTES,
    handleUnhandledError: () => {},
  });
}
