import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { describeFileProblem, openBytes } from "./audio_source_bytes.ts";
import {
  audioError,
  type ByteSource,
  type ByteSourceContext,
  describeLocation,
} from "./audio_source_location.ts";
import { SoundSplitter } from "./audio_source_splitter.ts";

export type SoundContext = ByteSourceContext;

/** One location, opened, its first frames found. */
export interface Sound {
  readonly format: AudioFormat;
  readonly isLive: boolean;
  /** Call it once. */
  frames(): AsyncGenerator<EncodedFrame>;
  /** Lets go of what is open; harmless after the end. */
  close(): Promise<void>;
}

/** @throws CommandError when it can't be opened or holds no sound that can be sent. */
export async function openSound(location: string, context: SoundContext): Promise<Sound> {
  const source = await openBytes(location, context);
  const reader = new SoundReader(location, source, context);
  try {
    await reader.findSound();
  } catch (error) {
    await reader.close();
    throw error;
  }
  return reader;
}

class SoundReader implements Sound {
  readonly #location: string;
  readonly #source: ByteSource;
  readonly #context: SoundContext;
  readonly #chunks: AsyncGenerator<Uint8Array | "restart">;
  #splitter = new SoundSplitter();
  #format: AudioFormat | undefined;
  #found: EncodedFrame[] = [];
  #hasEnded = false;

  constructor(location: string, source: ByteSource, context: SoundContext) {
    this.#location = location;
    this.#source = source;
    this.#context = context;
    this.#chunks = source.chunks();
  }

  get format(): AudioFormat {
    return this.#format!;
  }

  get isLive(): boolean {
    return this.#source.isLive;
  }

  async findSound(): Promise<void> {
    while (this.#found.length === 0 && !this.#hasEnded && !this.#splitter.isHopeless) {
      this.#found = await this.#readMore();
    }
    if (this.#splitter.format === undefined) {
      throw audioError(this.#location, this.#splitter.problem);
    }
    this.#format = this.#splitter.format;
  }

  async *frames(): AsyncGenerator<EncodedFrame> {
    yield* this.#found.splice(0);
    while (!this.#hasEnded) yield* await this.#readMore();
    if (this.#splitter.isTruncated && !this.#context.signal.aborted) {
      const name = describeLocation(this.#location);
      this.#context.onNotice(
        `${name} breaks off in the middle of a frame; what is whole was played`,
      );
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
    await this.#source.close();
  }

  async #readMore(): Promise<EncodedFrame[]> {
    const next = await this.#nextChunk();
    if (next === undefined) {
      this.#hasEnded = true;
      return this.#splitter.end();
    }
    if (next !== "restart") return this.#checked(this.#splitter.push(next));
    const last = this.#splitter.end();
    this.#splitter = new SoundSplitter();
    return last;
  }

  /** After a reconnection anything may come: another codec, or an error page. */
  #checked(frames: EncodedFrame[]): EncodedFrame[] {
    const codec = this.#splitter.format?.codec;
    if (this.#format === undefined) return frames;
    if (!this.#splitter.isHopeless && (codec === undefined || codec === this.#format.codec)) {
      return frames;
    }
    this.#context.onNotice(`${describeLocation(this.#location)} sends something else now; it ends`);
    this.#hasEnded = true;
    return [];
  }

  async #nextChunk(): Promise<Uint8Array | "restart" | undefined> {
    try {
      const next = await this.#chunks.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      if (this.#format === undefined) {
        throw audioError(this.#location, describeFileProblem(error));
      }
      // A disk that fails in the midst of a match ends this file, not the match.
      this.#context.onNotice(`${describeLocation(this.#location)} ${describeFileProblem(error)}`);
      return undefined;
    }
  }
}
