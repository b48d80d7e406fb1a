import type { RtpTicks } from "../../../../shared/core/units.ts";
import type { Counters } from "../../../../shared/core/counters.ts";
import { describeLocation } from "../../io/bytes/location.ts";
import { AnnexBSplitter } from "../annex_b_splitter.ts";
import type { FileKind } from "../files/file_kind.ts";
import { IvfReader } from "../ivf_reader.ts";
import { MpegTsSplitter, type TransportSound } from "../mpeg_ts/mpeg_ts_splitter.ts";
import type { EncodedPicture, PictureFault, ScreenFormat } from "../picture.ts";
import { PictureReading } from "./picture_reading.ts";
import { codecError, CUT_OFF, screenError, soundAdvice, UNWANTED_SOUND } from "./screen_advice.ts";
import type { ScreenTurn, TurnContext, TurnSound } from "./screen_turn.ts";
import type { StartedBytes } from "./started_bytes.ts";
import { TransportSoundReader } from "./transport_sound.ts";

/** Waiting pictures and waiting sound: more of either is not read ahead of the other. */
const MAX_WAITING_BYTES = 8 << 20;
/** Sound that a file promises but does not give within its first seconds is not waited for. */
const MAX_WAIT_FOR_SOUND: RtpTicks = 2 * 90_000;
/** A live program whose tables name no video for so many bytes has none. */
const MAX_BYTES_WITHOUT_TABLES = 4 << 20;

type SplitKind = Exclude<FileKind, "mp4" | "matroska">;

export interface SplitFile {
  readonly location: string;
  readonly kind: SplitKind;
  readonly bytes: StartedBytes;
  readonly next: () => Promise<ScreenTurn | undefined>;
}

/** What one of the splitters gives for a chunk. */
interface Split {
  readonly pictures: readonly EncodedPicture[];
  readonly sounds?: readonly TransportSound[];
}

/** The splitters, each of its own form, in one. */
interface Splitter {
  readonly codec: ScreenFormat["codec"];
  push(chunk: Uint8Array): Split;
  end(): Split;
  readonly faults: Counters<PictureFault | "unsendableUnit">;
  /** Why no pictures can be expected; undefined while they can. */
  readonly problem: "nothing" | { readonly codec: string } | undefined;
  readonly isCut: boolean;
}

/** @throws CommandError when there are no pictures that can be sent. */
export async function openSplit(file: SplitFile, context: TurnContext): Promise<ScreenTurn> {
  const turn = new SplitterTurn(file, context);
  await turn.open();
  return turn;
}

class SplitterTurn implements ScreenTurn {
  readonly isLive: boolean;
  readonly next: () => Promise<ScreenTurn | undefined>;
  sound?: TurnSound;
  readonly #location: string;
  readonly #bytes: StartedBytes;
  readonly #context: TurnContext;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #splitter: Splitter;
  readonly #reading: PictureReading;
  readonly #pictures = new Waiting<EncodedPicture>();
  readonly #sounds = new Waiting<TransportSound>();
  #format: ScreenFormat;
  #bytesRead = 0;
  #hasEnded = false;
  #isSoundWanted: boolean;
  #isOpening = true;
  #coming: Promise<void> | undefined;
  /** Resolved when pictures were taken, for the sound that waits for it. */
  #taken = Promise.withResolvers<void>();

  constructor({ location, kind, bytes, next }: SplitFile, context: TurnContext) {
    this.isLive = bytes.isLive;
    this.next = next;
    this.#location = location;
    this.#bytes = bytes;
    this.#context = context;
    this.#isSoundWanted = context.wantsSound;
    this.#chunks = bytes.chunks();
    this.#splitter = makeSplitter(kind, context.rate);
    this.#format = { codec: this.#splitter.codec };
    this.#reading = new PictureReading(
      location,
      context.onNotice,
      this.isLive ? context.onWaiting : undefined,
    );
  }

  get format(): ScreenFormat {
    return this.#format;
  }

  get firstTicks(): RtpTicks {
    return this.#reading.firstTicks;
  }

  /** @throws CommandError when there are no pictures that can be sent. */
  async open(): Promise<void> {
    const hasKey = await this.#reading.findKey(() => this.#takePictures());
    if (!hasKey) throw this.#nothingFound();
    if (this.#splitter instanceof ByteStream) this.#context.onNoTimes(this.#splitter.hasRate);
    this.#format = this.#reading.format(this.#splitter.codec);
    if (!(this.#splitter instanceof TransportStream)) return;
    if (!this.#isSoundWanted) return this.#tellUnwantedSound(this.#splitter);
    const reader = new TransportSoundReader(() => this.#takeSound());
    const { sound, otherSound } = this.#splitter.streams;
    if (sound !== undefined) this.sound = await reader.open();
    this.#isSoundWanted = this.sound !== undefined;
    this.#isOpening = false;
    if (this.sound !== undefined) return;
    const codec = otherSound ?? (sound && "MPEG audio of another layer");
    if (codec === undefined) return;
    const name = describeLocation(this.#location);
    this.#context.onNotice(`${name}: ${soundAdvice(this.#location, codec)}`);
  }

  #tellUnwantedSound({ streams: { sound, otherSound } }: TransportStream): void {
    if (sound === undefined && otherSound === undefined) return;
    this.#context.onNotice(`${describeLocation(this.#location)}: ${UNWANTED_SOUND}`);
  }

  async *pictures(): AsyncGenerator<EncodedPicture> {
    yield* this.#reading.all(() => this.#takePictures());
    if (!this.#splitter.isCut || this.#context.signal.aborted) return;
    const name = describeLocation(this.#location);
    this.#context.onNotice(`${name} is cut off within a picture; all whole pictures were sent`);
  }

  async close(): Promise<void> {
    this.#hasEnded = true;
    this.#taken.resolve();
    await this.#bytes.close();
  }

  #nothingFound() {
    const { problem } = this.#splitter;
    if (problem === undefined) {
      return screenError(this.#location, this.#splitter.isCut ? CUT_OFF : "has no key frame in it");
    }
    return codecError(this.#location, problem === "nothing" ? undefined : problem.codec);
  }

  async #takePictures(): Promise<EncodedPicture[] | undefined> {
    while (this.#pictures.isEmpty && !this.#hasEnded) await this.#read();
    const pictures = this.#pictures.take();
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
    return pictures;
  }

  /** Sound reads no further than some pictures can wait. */
  async #takeSound(): Promise<TransportSound[] | undefined> {
    while (this.#sounds.isEmpty && !this.#hasEnded) {
      // Nobody takes pictures before the opening is over.
      if (this.#isOpening && this.#waitingTicks > MAX_WAIT_FOR_SOUND) return undefined;
      if (this.#pictures.bytes > MAX_WAITING_BYTES) await this.#taken.promise;
      else await this.#read();
    }
    return this.#sounds.take();
  }

  get #waitingTicks(): RtpTicks {
    const { last } = this.#pictures;
    return last === undefined ? 0 : last.ticks - this.firstTicks;
  }

  /** Reads one chunk for both. */
  #read(): Promise<void> {
    this.#coming ??= this.#readChunk().finally(() => this.#coming = undefined);
    return this.#coming;
  }

  async #readChunk(): Promise<void> {
    const { done, value } = await this.#nextChunk();
    if (done) this.#hasEnded = true;
    const { pictures, sounds = [] } = done ? this.#splitter.end() : this.#splitter.push(value);
    for (const picture of pictures) this.#pictures.push(picture, bytesOfPicture(picture));
    if (this.#isSoundWanted) {
      for (const sound of sounds) this.#sounds.push(sound, bytesOfSound(sound), MAX_WAITING_BYTES);
    }
    this.#bytesRead += value?.length ?? 0;
    this.#tellFaults();
    const isUseless = this.#splitter.problem !== undefined &&
      (this.#splitter.problem !== "nothing" || this.#bytesRead > MAX_BYTES_WITHOUT_TABLES);
    if (isUseless) this.#hasEnded = true;
  }

  /** A disk that fails ends the pictures. */
  async #nextChunk(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      return await this.#chunks.next();
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      const name = describeLocation(this.#location);
      this.#context.onNotice(`${name} can't be read on (${message}); its pictures end here`);
      return { done: true, value: undefined };
    }
  }

  #tellFaults(): void {
    for (const [fault, count] of Object.entries(this.#splitter.faults.snapshot())) {
      if (fault !== "unsendableUnit" && count > 0) this.#reading.tell(fault as PictureFault);
    }
  }
}

/** What was read and not yet taken. */
class Waiting<Part> {
  #parts: { readonly part: Part; readonly bytes: number }[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  get last(): Part | undefined {
    return this.#parts.at(-1)?.part;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Drops the oldest beyond `limit`. */
  push(part: Part, bytes: number, limit = Infinity): void {
    this.#parts.push({ part, bytes });
    this.#bytes += bytes;
    while (this.#bytes > limit && this.#parts.length > 1) this.#bytes -= this.#parts.shift()!.bytes;
  }

  /** @returns undefined when there are none. */
  take(): Part[] | undefined {
    const parts = this.#parts.map(({ part }) => part);
    this.#parts = [];
    this.#bytes = 0;
    return parts.length === 0 ? undefined : parts;
  }
}

function bytesOfPicture(picture: EncodedPicture): number {
  return "nalUnits" in picture
    ? picture.nalUnits.reduce((sum, { length }) => sum + length, 0)
    : picture.bytes.length;
}

function bytesOfSound({ parts }: TransportSound): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function makeSplitter(kind: SplitKind, rate?: number): Splitter {
  switch (kind) {
    case "annex-b":
      return new ByteStream(rate);
    case "ivf":
      return new Ivf();
    case "mpeg-ts":
      return new TransportStream();
  }
}

class ByteStream implements Splitter {
  readonly codec = "h264";
  readonly problem = undefined;
  readonly isCut = false;
  readonly #splitter: AnnexBSplitter;

  constructor(rate?: number) {
    this.#splitter = new AnnexBSplitter(rate);
  }

  get hasRate(): boolean {
    return this.#splitter.hasRate;
  }

  get faults() {
    return this.#splitter.faults;
  }

  push(chunk: Uint8Array): Split {
    return { pictures: this.#splitter.push(chunk) };
  }

  end(): Split {
    return { pictures: this.#splitter.end() };
  }
}

class Ivf implements Splitter {
  readonly codec = "vp8";
  readonly #reader = new IvfReader();
  #hasEnded = false;

  get faults() {
    return this.#reader.faults;
  }

  get problem(): Splitter["problem"] {
    const { problem } = this.#reader;
    if (problem?.kind !== "codec") return problem && "nothing";
    return { codec: IVF_CODECS[problem.codec] ?? `"${problem.codec.replace(/\W/g, "?")}"` };
  }

  get isCut(): boolean {
    return this.#hasEnded && this.problem === undefined && this.#reader.isTruncated;
  }

  push(chunk: Uint8Array): Split {
    return { pictures: this.#reader.push(chunk) };
  }

  end(): Split {
    this.#hasEnded = true;
    return { pictures: [] };
  }
}

const IVF_CODECS: Readonly<Record<string, string>> = { VP90: "VP9", AV01: "AV1", H264: "H.264" };

class TransportStream implements Splitter {
  readonly codec = "h264";
  readonly isCut = false;
  readonly #splitter = new MpegTsSplitter();

  get faults() {
    return this.#splitter.faults;
  }

  get streams() {
    return this.#splitter.streams;
  }

  get problem(): Splitter["problem"] {
    const { video, otherVideo } = this.#splitter.streams;
    if (video !== undefined) return undefined;
    return otherVideo === undefined ? "nothing" : { codec: otherVideo };
  }

  push(chunk: Uint8Array): Split {
    return this.#splitter.push(chunk);
  }

  end(): Split {
    return this.#splitter.end();
  }
}
