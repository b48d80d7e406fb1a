import { CustomSource, ReadableStreamSource, type Source } from "mediabunny";
import { concat } from "../../../../shared/core/bytes.ts";
import { BOX_HEADER_BYTES, matroskaEnd, Mp4Layout } from "../files/file_layout.ts";
import { areTablesSound, hasTables, MAX_TABLE_BYTES } from "../files/mp4_tables.ts";
import { SharedBytes } from "./shared_bytes.ts";
import type { StartedBytes } from "./started_bytes.ts";

/** How far a reader of a stream may go back: a cluster of Matroska is read as a whole. */
const STREAM_CACHE_BYTES = 16 << 20;
/** A file in more boxes is not examined to its end. */
const MAX_BOXES = 10_000;
/** Of a stream, an index with more bytes is examined only so far. */
const MAX_TABLE_BYTES_IN_STREAM = 8 << 20;
/** What is wrong with an index whose numbers can't be true. */
export const DAMAGED_INDEX = "its index is damaged";

/** The bytes of an MP4 or Matroska file as mediabunny reads them. */
export interface ContainerBytes {
  readonly source: Source;
  /** The same bytes for the sound, from where they come only once. */
  readonly soundSource?: Source;
  /** Whether the bytes end before the file should; known when all were read. */
  readonly isCut: boolean;
  /** Whether its index has numbers that can't be true, so that it is not to be read. Reading a stream fails then. */
  readonly isDamaged: boolean;
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
  const { isCut, isDamaged } = await examine(file, kind, size);
  const source = new CustomSource({
    getSize: () => size,
    read: (start, end) => file.read(start, end),
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => {},
  });
  const close = () => file.close();
  return { source, isCut, isDamaged, beginSound: () => {}, endSound: () => {}, close };
}

async function examine(file: PartReader, kind: "mp4" | "matroska", size: number) {
  if (kind === "matroska") {
    const end = matroskaEnd(await file.upTo(0, 4096, size)) ?? 0;
    return { isCut: size < end, isDamaged: false };
  }
  const layout = new Mp4Layout();
  let isDamaged = false;
  for (let count = 0; layout.next < size; count++) {
    if (count === MAX_BOXES) return { isCut: false, isDamaged };
    const start = layout.next;
    const name = layout.read(await file.upTo(start, BOX_HEADER_BYTES, size));
    if (!hasTables(name)) continue;
    const length = Math.min(layout.next - start, MAX_TABLE_BYTES);
    isDamaged ||= !areTablesSound(await file.upTo(start, length, size));
  }
  return { isCut: layout.isCutAt(size), isDamaged };
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
  /** A damaged one fails to be read instead. */
  readonly isDamaged = false;
  readonly #bytes: StartedBytes;
  readonly #kind: "mp4" | "matroska";
  readonly #shared: SharedBytes;
  readonly #layout = new Mp4Layout();
  /** The last bytes so far, in which a box may have begun. */
  #tail: Uint8Array = new Uint8Array(0);
  #length = 0;
  /** The index or fragment that is coming in, in bytes from the beginning. */
  #tables: { readonly at: number; readonly end: number } | undefined;
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

  /** Follows the boxes of an MP4 file; a header, and tables all the more, may be in several chunks. */
  #note(chunk: Uint8Array): void {
    const known = concat(this.#tail, chunk);
    this.#length += chunk.length;
    const start = this.#length - known.length;
    const layout = this.#layout;
    this.#checkTables(known, start);
    while (this.#kind === "mp4" && layout.next + BOX_HEADER_BYTES <= this.#length) {
      const at = layout.next;
      const name = layout.read(known.subarray(at - start, at - start + BOX_HEADER_BYTES));
      const end = Math.min(layout.next, at + MAX_TABLE_BYTES_IN_STREAM);
      if (hasTables(name)) this.#tables = { at, end };
      this.#checkTables(known, start);
    }
    const tail = Math.min(known.length - BOX_HEADER_BYTES, (this.#tables?.at ?? Infinity) - start);
    this.#tail = known.slice(Math.max(0, tail));
  }

  /** @throws when they are damaged. The reader gets the end of them only after this. */
  #checkTables(known: Uint8Array, start: number): void {
    const tables = this.#tables;
    if (tables === undefined || tables.end > this.#length) return;
    this.#tables = undefined;
    const isSound = areTablesSound(known.subarray(tables.at - start, tables.end - start));
    if (!isSound) throw new Error(DAMAGED_INDEX);
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
