import {
  EncodedPacketSink,
  Input,
  type InputAudioTrack,
  InputDisposedError,
  type InputTrack,
  type InputVideoTrack,
  Logging,
  MATROSKA,
  MP4,
  QTFF,
  WEBM,
} from "mediabunny";
import type { EncodedPacket, Source } from "mediabunny";
import {
  type AudioFormat,
  type EncodedFrame,
  SCREEN_CLOCK_RATE,
} from "../../../../shared/media/channel.ts";
import { parseMpegAudioHeader } from "../../../../shared/media/mpeg_audio.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusHead,
  parseOpusPacket,
} from "../../../../shared/media/opus_packet.ts";
import { parseAvcDescription } from "../../../../shared/media/video/avc_description.ts";
import type { RtpTicks } from "../../../../shared/core/units.ts";
import { describeLocation, isAddress } from "../../io/bytes/location.ts";
import { BOX_HEADER_BYTES, Mp4Layout } from "../files/file_layout.ts";
import type { EncodedPicture, ScreenFormat } from "../picture.ts";
import {
  type ContainerBytes,
  DAMAGED_INDEX,
  openFileBytes,
  openStreamBytes,
} from "./container_bytes.ts";
import { PictureReading } from "./picture_reading.ts";
import {
  codecError,
  CUT_OFF,
  rewriteCommand,
  screenError,
  soundAdvice,
  UNWANTED_SOUND,
} from "./screen_advice.ts";
import type { ScreenTurn, TimedFrame, TurnContext, TurnSound } from "./screen_turn.ts";
import type { StartedBytes } from "./started_bytes.ts";

/** Boxes before the index and the data of an MP4 file are small. */
const MAX_HEAD_BYTES = 1 << 20;

// It writes to the console by itself otherwise; what people need to know is said here.
Logging.level = 0;

export interface Container {
  readonly location: string;
  readonly kind: "mp4" | "matroska";
  readonly bytes: StartedBytes;
  /** Whether any part of it can be read at any time. */
  readonly isFile: boolean;
  readonly next: () => Promise<ScreenTurn | undefined>;
}

/** @throws CommandError when the file has no pictures that can be sent. */
export async function openContainer(
  container: Container,
  context: TurnContext,
): Promise<ScreenTurn> {
  const { location, kind, bytes, isFile, next } = container;
  const { isLive } = bytes;
  if (isFile) await bytes.close();
  else if (kind === "mp4") await checkIndexFirst(location, bytes);
  const opened = isFile
    ? await openFileBytes(location, kind)
    : openStreamBytes(bytes, kind, context.wantsSound);
  const turn = new ContainerTurn({ location, isLive, next }, opened, context);
  try {
    await turn.open();
  } catch (error) {
    await turn.close();
    throw error;
  }
  return turn;
}

/** @throws CommandError when the data comes before the index, without which it can't be read as it comes. */
async function checkIndexFirst(location: string, bytes: StartedBytes): Promise<void> {
  const layout = new Mp4Layout();
  while (!layout.hasIndex && !layout.isDataFirst && layout.next < MAX_HEAD_BYTES) {
    const { next } = layout;
    const start = await bytes.peek(next + BOX_HEADER_BYTES);
    if (start.length <= next) return;
    layout.read(start.subarray(next, next + BOX_HEADER_BYTES));
  }
  if (!layout.isDataFirst) return;
  const where = isAddress(location) ? "an address" : "a pipe";
  const problem =
    `is an MP4 with its index (moov) at the end, which ${where} can't be searched for; ` +
    `write it in order: ${rewriteCommand(location)}`;
  throw screenError(location, problem);
}

class ContainerTurn implements ScreenTurn {
  readonly isLive: boolean;
  readonly next: () => Promise<ScreenTurn | undefined>;
  sound?: TurnSound;
  readonly #location: string;
  readonly #bytes: ContainerBytes;
  readonly #context: TurnContext;
  readonly #input: Input;
  readonly #soundInput: Input;
  readonly #pictures: PictureReading;
  #format: ScreenFormat = { codec: "h264" };
  #lengthBytes: 1 | 2 | 4 = 4;
  #parameterSets: readonly Uint8Array[] | undefined;
  #sink: EncodedPacketSink | undefined;
  #last: EncodedPacket | undefined;

  constructor(
    { location, isLive, next }: Pick<Container, "location" | "next"> & { isLive: boolean },
    bytes: ContainerBytes,
    context: TurnContext,
  ) {
    this.isLive = isLive;
    this.next = next;
    this.#location = location;
    this.#bytes = bytes;
    this.#context = context;
    this.#input = inputOf(bytes.source);
    this.#soundInput = bytes.soundSource ? inputOf(bytes.soundSource) : this.#input;
    this.#pictures = new PictureReading(
      location,
      context.onNotice,
      isLive ? context.onWaiting : undefined,
    );
  }

  get format(): ScreenFormat {
    return this.#format;
  }

  get firstTicks(): RtpTicks {
    return this.#pictures.firstTicks;
  }

  /** @throws CommandError when there are no pictures that can be sent. */
  async open(): Promise<void> {
    if (this.#bytes.isDamaged) throw this.#unreadable(DAMAGED_INDEX);
    const track = await this.#findVideo();
    await this.#readDescription(track);
    this.#sink = new EncodedPacketSink(track);
    const hasKey = await this.#reading(() => this.#pictures.findKey(() => this.#readPictures()));
    if (!hasKey) throw screenError(this.#location, this.#nothingProblem("has no key frame in it"));
    this.#format = this.#pictures.format(this.#format.codec, this.#parameterSets);
    if (this.#context.wantsSound) this.sound = await this.#reading(() => this.#findSound());
    else await this.#reading(() => this.#tellUnwantedSound());
  }

  async *pictures(): AsyncGenerator<EncodedPicture> {
    try {
      yield* this.#pictures.all(() => this.#readPictures());
    } catch (error) {
      this.#tellEnd(error);
      return;
    }
    if (this.#bytes.isCut && !this.#context.signal.aborted) {
      const name = describeLocation(this.#location);
      this.#context.onNotice(`${name} is cut off before its end; all whole pictures were sent`);
    }
  }

  async close(): Promise<void> {
    this.#input.dispose();
    if (this.#soundInput !== this.#input) this.#soundInput.dispose();
    await this.#bytes.close();
  }

  /** Read errors of the opening, in the words of the house. */
  async #reading<Value>(read: () => Promise<Value>): Promise<Value> {
    try {
      return await read();
    } catch (error) {
      throw this.#unreadable(messageOf(error));
    }
  }

  #unreadable(message: string) {
    return screenError(this.#location, this.#nothingProblem(`can't be read (${message})`));
  }

  #nothingProblem(problem: string): string {
    return this.#bytes.isCut ? CUT_OFF : problem;
  }

  /** A problem after the beginning ends this source, not the broadcast. */
  #tellEnd(error: unknown): void {
    if (error instanceof InputDisposedError || this.#context.signal.aborted) return;
    const name = describeLocation(this.#location);
    const message = messageOf(error);
    this.#context.onNotice(`${name} can't be read on (${message}); its pictures end here`);
  }

  async #findVideo(): Promise<InputVideoTrack> {
    const tracks = await this.#reading(() => this.#input.getVideoTracks());
    let other: string | undefined;
    for (const track of tracks) {
      const codec = await track.getCodec();
      if (codec === "avc" || codec === "vp8") {
        this.#format = { codec: codec === "avc" ? "h264" : "vp8" };
        return track;
      }
      other ??= await nameCodec(track);
    }
    if (tracks.length === 0 && this.#bytes.isCut) {
      throw screenError(this.#location, this.#nothingProblem(""));
    }
    throw codecError(this.#location, other);
  }

  async #readDescription(track: InputVideoTrack): Promise<void> {
    if (this.#format.codec !== "h264") return;
    const config = await this.#reading(() => track.getDecoderConfig());
    const description = config?.description;
    if (description === undefined) return;
    const parsed = parseAvcDescription(bytesOf(description));
    if (!parsed.ok) {
      throw screenError(this.#location, "has a description of its H.264 that can't be read");
    }
    this.#lengthBytes = parsed.value.lengthBytes;
    this.#parameterSets = parsed.value.parameterSets;
  }

  /** @returns undefined at the end. */
  async #readPictures(): Promise<EncodedPicture[] | undefined> {
    const [sink, last] = [this.#sink!, this.#last];
    const packet = last === undefined
      ? await sink.getFirstPacket()
      : await sink.getNextPacket(last);
    if (packet === null) return undefined;
    this.#last = packet;
    return this.#pictures.toPictures(packet.data, {
      codec: this.#format.codec,
      ticks: ticksOf(packet),
      // Without a description the frames are byte streams (annex B).
      lengthBytes: this.#parameterSets === undefined ? undefined : this.#lengthBytes,
    });
  }

  async #tellUnwantedSound(): Promise<void> {
    const tracks = await this.#input.getAudioTracks();
    const name = describeLocation(this.#location);
    if (tracks.length > 0) this.#context.onNotice(`${name}: ${UNWANTED_SOUND}`);
  }

  async #findSound(): Promise<TurnSound | undefined> {
    const tracks = await this.#soundInput.getAudioTracks();
    const names: string[] = [];
    for (const track of tracks) {
      const format = await soundFormat(track);
      if (typeof format !== "string") return new ContainerSound(track, format, this.#bytes);
      names.push(format);
    }
    this.#bytes.endSound();
    if (names[0] !== undefined) {
      const name = describeLocation(this.#location);
      this.#context.onNotice(`${name}: ${soundAdvice(this.#location, names[0])}`);
    }
    return undefined;
  }
}

class ContainerSound implements TurnSound {
  readonly format: AudioFormat;
  readonly #track: InputAudioTrack;
  readonly #bytes: ContainerBytes;

  constructor(track: InputAudioTrack, format: AudioFormat, bytes: ContainerBytes) {
    this.#track = track;
    this.format = format;
    this.#bytes = bytes;
  }

  async *frames(): AsyncGenerator<TimedFrame> {
    const sink = new EncodedPacketSink(this.#track);
    this.#bytes.beginSound();
    try {
      let packet = await sink.getFirstPacket();
      while (packet !== null) {
        for (const frame of toFrames(packet.data, this.format)) {
          yield { frame, ticks: ticksOf(packet) };
        }
        packet = await sink.getNextPacket(packet);
      }
    } catch {
      // The pictures meet the same error, and tell it.
    } finally {
      this.#bytes.endSound();
    }
  }
}

function inputOf(source: Source): Input {
  return new Input({ source, formats: [MP4, QTFF, MATROSKA, WEBM] });
}

/** @returns the format, or the name of a codec that can't be sent. */
async function soundFormat(track: InputAudioTrack): Promise<AudioFormat | string> {
  const codec = await track.getCodec();
  const config = await track.getDecoderConfig();
  if (codec === "mp3" && config) {
    const { sampleRate, numberOfChannels } = config;
    return { codec, sampleRate, channelCount: numberOfChannels };
  }
  if (codec !== "opus" || !config) return await nameCodec(track);
  const description = config.description && bytesOf(config.description);
  const head = description && parseOpusHead(description);
  const channelCount = head?.channelCount ?? config.numberOfChannels;
  if (channelCount > 2) return `Opus with ${channelCount} channels`;
  return { codec, sampleRate: OPUS_SAMPLE_RATE, channelCount, ...(head && { description }) };
}

/** A packet is one frame, but some programs put several MP3 frames into one. */
function toFrames(bytes: Uint8Array, { codec }: AudioFormat): EncodedFrame[] {
  if (codec === "opus") {
    const sampleCount = parseOpusPacket(bytes)?.sampleCount;
    return sampleCount ? [{ bytes, sampleCount, sampleRate: OPUS_SAMPLE_RATE }] : [];
  }
  const frames: EncodedFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = parseMpegAudioHeader(bytes, at);
    const end = at + (header?.frameBytes ?? Infinity);
    if (header?.layer !== 3 || end > bytes.length) break;
    const { sampleCount, sampleRate } = header;
    frames.push({ bytes: bytes.subarray(at, end), sampleCount, sampleRate });
    at = end;
  }
  return frames;
}

const CODEC_NAMES: Readonly<Record<string, string>> = {
  hevc: "H.265 (HEVC)",
  vp9: "VP9",
  av1: "AV1",
  prores: "ProRes",
  aac: "AAC",
  vorbis: "Vorbis",
  flac: "FLAC",
  ac3: "Dolby Digital (AC-3)",
  eac3: "Dolby Digital Plus (E-AC-3)",
};

async function nameCodec(track: InputTrack): Promise<string> {
  const codec = await track.getCodec();
  if (codec !== null) return CODEC_NAMES[codec] ?? codec.toUpperCase();
  const id = await track.getInternalCodecId();
  return typeof id === "string" ? `"${id.slice(0, 30)}"` : "a codec that is not known here";
}

/** Of what a library says in several sentences, the first tells the problem. */
function messageOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return message.split(/[.\n]\s/)[0]!.replace(/\.$/, "");
}

function ticksOf({ timestamp }: EncodedPacket): RtpTicks {
  return Math.round(timestamp * SCREEN_CLOCK_RATE);
}

function bytesOf(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
