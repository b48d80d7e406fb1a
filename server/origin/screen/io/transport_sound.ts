import type { RtpTicks } from "../../../../shared/core/units.ts";
import {
  type AudioFormat,
  type EncodedFrame,
  SCREEN_CLOCK_RATE,
} from "../../../../shared/media/channel.ts";
import { parseMpegAudioHeader } from "../../../../shared/media/mpeg_audio.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusPacket,
  serializeOpusHead,
} from "../../../../shared/media/opus_packet.ts";
import type { TransportSound } from "../mpeg_ts/mpeg_ts_splitter.ts";
import { Mp3Splitter } from "../../sound/io/formats/mp3_splitter.ts";
import type { TimedFrame, TurnSound } from "./screen_turn.ts";

/** MPEG-TS names no number of samples to drop at the start. */
const PRE_SKIP = 0;
/** Sound without a frame in so many parts is of a layer that can't be sent. */
const MAX_PARTS_WITHOUT_FRAME = 50;

/** More parts than this without a frame in them are damage. */
const MAX_MARKS = 64;

/** Reads more sound; undefined at the end. */
type Read = () => Promise<TransportSound[] | undefined>;

/** Makes frames of the sound of an MPEG-TS, which has times only for its parts. */
export class TransportSoundReader {
  readonly #read: Read;
  readonly #mp3 = new TimedMp3();
  #found: TimedFrame[] = [];

  constructor(read: Read) {
    this.#read = read;
  }

  /** @returns undefined when it has no frame that can be sent. */
  async open(): Promise<TurnSound | undefined> {
    let parts = 0;
    let codec: TransportSound["codec"] = "mpeg-audio";
    while (this.#found.length === 0 && parts < MAX_PARTS_WITHOUT_FRAME) {
      const sounds = await this.#read();
      if (sounds === undefined) break;
      parts += sounds.length;
      codec = sounds[0]?.codec ?? codec;
      this.#found = sounds.flatMap((sound) => this.#toFrames(sound));
    }
    if (this.#found.length === 0) this.#found = this.#mp3.end();
    const [first] = this.#found;
    return first && { format: formatOf(codec, first.frame), frames: () => this.#frames() };
  }

  async *#frames(): AsyncGenerator<TimedFrame> {
    yield* this.#found.splice(0);
    for (let sounds = await this.#read(); sounds; sounds = await this.#read()) {
      for (const sound of sounds) yield* this.#toFrames(sound);
    }
    yield* this.#mp3.end();
  }

  #toFrames(sound: TransportSound): TimedFrame[] {
    if (sound.codec === "mpeg-audio") return this.#mp3.push(sound);
    let { ticks } = sound;
    return sound.parts.flatMap((bytes) => {
      const sampleCount = parseOpusPacket(bytes)?.sampleCount;
      if (!sampleCount) return [];
      const timed = { frame: { bytes, sampleCount, sampleRate: OPUS_SAMPLE_RATE }, ticks };
      ticks += ticksIn(timed.frame);
      return [timed];
    });
  }
}

/** Cuts MP3 into frames; the time of a part is that of the first frame that begins in it. */
class TimedMp3 {
  readonly #splitter = new Mp3Splitter();
  /** Where parts begin, in bytes since the beginning, and their times. */
  #marks: { readonly position: number; readonly ticks: RtpTicks }[] = [];
  #pushed = 0;
  #taken = 0;
  #ticks: RtpTicks = 0;

  push({ parts, ticks }: TransportSound): TimedFrame[] {
    this.#marks.push({ position: this.#pushed, ticks });
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
    return parts.flatMap((part) => {
      this.#pushed += part.length;
      return this.#time(this.#splitter.push(part));
    });
  }

  end(): TimedFrame[] {
    return this.#time(this.#splitter.end());
  }

  #time(frames: readonly EncodedFrame[]): TimedFrame[] {
    return frames.map((frame) => {
      const start = this.#taken + this.#splitter.junkBytes;
      while (this.#marks.length > 0 && this.#marks[0]!.position <= start) {
        this.#ticks = this.#marks.shift()!.ticks;
      }
      const timed = { frame, ticks: this.#ticks };
      this.#ticks += ticksIn(frame);
      this.#taken += frame.bytes.length;
      return timed;
    });
  }
}

function formatOf(
  codec: TransportSound["codec"],
  { bytes, sampleRate }: EncodedFrame,
): AudioFormat {
  if (codec === "mpeg-audio") {
    return { codec: "mp3", sampleRate, channelCount: parseMpegAudioHeader(bytes)!.channelCount };
  }
  const { channelCount } = parseOpusPacket(bytes)!;
  const description = serializeOpusHead(channelCount, PRE_SKIP);
  return { codec, sampleRate, channelCount, description };
}

function ticksIn({ sampleCount, sampleRate }: EncodedFrame): RtpTicks {
  return Math.round(sampleCount * SCREEN_CLOCK_RATE / sampleRate);
}
