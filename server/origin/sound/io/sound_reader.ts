import { linkedSignal } from "../../../../shared/core/linked_signal.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import { isOversizedOpus, MAX_PAYLOAD_BYTES, splitOpus } from "../../../../shared/media/payload.ts";
import { describeFileProblem, openBytes } from "../../io/bytes/open_bytes.ts";
import {
  audioError,
  type ByteSource,
  type ByteSourceContext,
  describeLocation,
  isAddress,
} from "../../io/bytes/location.ts";
import { SoundSplitter } from "./sound_splitter.ts";
import { convertCommand } from "./formats/sound_advice.ts";

export interface SoundContext extends ByteSourceContext {
  /** To notice bytes without sound by time; without a clock only their number is checked. */
  readonly clock?: Clock;
}

/**
 * How much Opus is checked for frames that are too large before sending starts, in media time. Of a
 * live source no more than the start waits for anyway; of a file as much as is read quickly.
 */
const LOOK_AHEAD_MILLIS = { live: 300, address: 10_000, file: 150_000 };
/**
 * The same remark is repeated only after this time; at most {@linkcode MAX_REMARKS} are remembered.
 */
const REMARK_INTERVAL_MILLIS: Millis = 10_000;
const MAX_REMARKS = 5;

/** One opened location whose first frames were found. */
export interface OpenedSound {
  readonly format: AudioFormat;
  readonly isLive: boolean;
  /** To be called once. */
  frames(): AsyncGenerator<EncodedFrame>;
  /** Closes the source; harmless after the end. */
  close(): Promise<void>;
}

/** @throws CommandError when the location can't be opened or holds no sound that can be sent. */
export async function openSound(location: string, context: SoundContext): Promise<OpenedSound> {
  const closing = new AbortController();
  const signal = linkedSignal(context.signal, closing.signal);
  const source = await openBytes(location, { ...context, signal });
  return await readSound(location, source, { ...context, closing });
}

export interface ReadingContext extends SoundContext {
  /** Aborted on close, so that the source stops waiting for bytes that may never come. */
  readonly closing: AbortController;
}

/** @throws CommandError when `source` holds no sound that can be sent; `source` is then closed. */
export async function readSound(
  location: string,
  source: ByteSource,
  context: ReadingContext,
): Promise<OpenedSound> {
  const reader = new SoundReader(location, source, context);
  try {
    await reader.findSound();
  } catch (error) {
    await reader.close();
    throw error;
  }
  return reader;
}

class SoundReader implements OpenedSound {
  readonly #location: string;
  readonly #source: ByteSource;
  readonly #context: ReadingContext;
  readonly #chunks: AsyncGenerator<Uint8Array | "restart">;
  #splitter = new SoundSplitter();
  #format: AudioFormat | undefined;
  #found: EncodedFrame[] = [];
  #hasEnded = false;
  readonly #silence: SilenceWatch;
  /** The chunk that was requested and has not come yet. */
  #coming: Promise<IteratorResult<Uint8Array | "restart">> | undefined;
  /** Remarks made within the interval, and when. */
  readonly #remarks = new Map<string, Millis>();

  constructor(location: string, source: ByteSource, context: ReadingContext) {
    this.#location = location;
    this.#source = source;
    this.#context = context;
    this.#chunks = source.chunks();
    // A file is read as fast as possible, so its bytes count, not the time that a busy disk takes.
    const isTimed = source.isLive || isAddress(location);
    this.#silence = new SilenceWatch(isTimed ? context.clock : undefined);
  }

  get format(): AudioFormat {
    return this.#format!;
  }

  get isLive(): boolean {
    return this.#source.isLive;
  }

  async findSound(): Promise<void> {
    while (this.#found.length === 0 && !this.#hasEnded && !this.#isUnsupported) {
      this.#found = await this.#readMore();
    }
    if (this.#splitter.format === undefined) {
      throw audioError(
        this.#location,
        this.#splitter.describeProblem(this.#location, this.#source.contentType),
      );
    }
    this.#format = this.#splitter.format;
    if (this.#format.codec === "opus") await this.#lookAhead();
  }

  async *frames(): AsyncGenerator<EncodedFrame> {
    yield* this.#found.splice(0);
    while (!this.#hasEnded) yield* await this.#readMore();
    if (this.#splitter.isTruncated && !this.#context.signal.aborted) {
      const name = describeLocation(this.#location);
      this.#context.onNotice(
        `${name} ends in the middle of a frame; all whole frames were played`,
      );
    }
  }

  async close(): Promise<void> {
    this.#context.closing.abort();
    this.#coming?.catch(() => {});
    await this.#chunks.return(undefined);
    await this.#source.close();
  }

  get #isUnsupported(): boolean {
    return this.#splitter.isUnsupported || this.#silence.isTooLong;
  }

  /** @throws CommandError when a frame is too large to be sent; found here, it stops the start. */
  async #lookAhead(): Promise<void> {
    const limit = LOOK_AHEAD_MILLIS[
      this.#source.isLive ? "live" : isAddress(this.#location) ? "address" : "file"
    ];
    let millis = 0;
    for (let next = 0;; next++) {
      while (next === this.#found.length && !this.#hasEnded) {
        this.#found.push(...await this.#readMore());
      }
      const frame = this.#found[next];
      if (frame === undefined || millis >= limit) return;
      millis += frame.sampleCount / frame.sampleRate * 1000;
      const oversized = splitOpus(frame).find(isOversizedOpus);
      if (oversized) throw this.#tooLarge(oversized);
    }
  }

  #tooLarge({ bytes }: EncodedFrame) {
    const command = convertCommand(this.#location, "-c:a libopus -b:a 192k", "opus");
    const problem = `has Opus frames of ${bytes.length} bytes, and a datagram holds ` +
      `${MAX_PAYLOAD_BYTES}; encode it with a lower bitrate: ${command}`;
    return audioError(this.#location, problem);
  }

  async #readMore(): Promise<EncodedFrame[]> {
    const next = await this.#nextChunk();
    if (next === "nothing") return this.#checked([]);
    if (next === undefined) {
      this.#hasEnded = true;
      return this.#splitter.end();
    }
    if (next !== "restart") return this.#checked(this.#splitter.push(next));
    const last = this.#splitter.end();
    this.#splitter = new SoundSplitter();
    this.#silence.note(true);
    return last;
  }

  #checked(frames: EncodedFrame[]): EncodedFrame[] {
    this.#silence.note(frames.length > 0 || this.#splitter.mayBeSound);
    for (const remark of this.#splitter.takeRemarks()) this.#remark(remark);
    if (this.#format === undefined) return frames;
    if (this.#isSomethingElse) return this.#endAsSomethingElse();
    if (this.#silence.takeReport()) this.#reportSilence();
    return frames;
  }

  /** After a reconnection the server may send another codec, or an error page. */
  get #isSomethingElse(): boolean {
    const codec = this.#splitter.format?.codec;
    return codec === undefined ? this.#isUnsupported : codec !== this.#format!.codec;
  }

  #endAsSomethingElse(): EncodedFrame[] {
    const { format, foreign } = this.#splitter;
    const name = format === undefined ? foreign?.name : nameCodec(format);
    const what = name === undefined ? "something else" : `something else (${name})`;
    this.#context.onNotice(
      `${describeLocation(this.#location)} now sends ${what}; its sound ends here`,
    );
    this.#hasEnded = true;
    return [];
  }

  #reportSilence(): void {
    const name = nameCodec(this.#format!);
    const what = this.#splitter.nameOfSilence;
    this.#remark(`sends ${what}, which is not ${name}; it is skipped until ${name} comes again`);
  }

  #remark(text: string): void {
    const now = this.#context.clock?.now() ?? 0;
    for (const [said, at] of this.#remarks) {
      if (now - at >= REMARK_INTERVAL_MILLIS) this.#remarks.delete(said);
    }
    if (this.#remarks.has(text) || this.#remarks.size >= MAX_REMARKS) return;
    if (this.#context.clock) this.#remarks.set(text, now);
    this.#context.onNotice(`${describeLocation(this.#location)} ${text}`);
  }

  /** @returns "nothing" when no chunk came before {@linkcode SilenceWatch} lost patience. */
  async #nextChunk(): Promise<Uint8Array | "restart" | "nothing" | undefined> {
    this.#coming ??= this.#chunks.next();
    try {
      const next = await this.#silence.within(this.#coming);
      if (next === undefined) return "nothing";
      this.#coming = undefined;
      return next.done ? undefined : next.value;
    } catch (error) {
      if (this.#format === undefined) {
        throw audioError(this.#location, describeFileProblem(error));
      }
      // A disk error during the match ends this file, not the match.
      this.#context.onNotice(`${describeLocation(this.#location)} ${describeFileProblem(error)}`);
      return undefined;
    }
  }
}

function nameCodec({ codec }: AudioFormat): string {
  return codec === "mp3" ? "MP3" : "Opus";
}

/** Bytes may come without sound for this long; with other delays the notice comes within 3 s. */
const PATIENCE_MILLIS: Millis = 2500;

/**
 * Measures how long a source has sent bytes without sound. Without a clock it is never too long.
 */
class SilenceWatch {
  readonly #clock: Clock | undefined;
  #since: Millis | undefined;
  #isReported = false;

  constructor(clock: Clock | undefined) {
    this.#clock = clock;
  }

  /** @param isSound whether the last bytes were sound, or may be the beginning of sound. */
  note(isSound: boolean): void {
    if (!isSound) {
      this.#since ??= this.#clock?.now();
      return;
    }
    this.#since = undefined;
    this.#isReported = false;
  }

  get isTooLong(): boolean {
    return this.#since !== undefined && this.#clock!.now() >= this.#since + PATIENCE_MILLIS;
  }

  /** Whether to report the silence now: true once each time it becomes too long. */
  takeReport(): boolean {
    const isNews = this.isTooLong && !this.#isReported;
    this.#isReported ||= isNews;
    return isNews;
  }

  /** @returns the value of `coming`; undefined when the silence becomes too long before. */
  async within<Value>(coming: Promise<Value>): Promise<Value | undefined> {
    if (this.#since === undefined || this.#isReported) return await coming;
    const waiting = new AbortController();
    const end = this.#clock!.sleepUntil(this.#since + PATIENCE_MILLIS, waiting.signal);
    try {
      return await Promise.race([coming, end.then(() => undefined)]);
    } finally {
      waiting.abort();
    }
  }
}
