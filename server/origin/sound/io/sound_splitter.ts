import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import { parseMpegAudioHeader } from "../../../../shared/media/mpeg_audio.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusHead,
  parseOpusPacket,
} from "../../../../shared/media/opus_packet.ts";
import { FirstBytes, type Foreign, nameSendable } from "./formats/foreign_bytes.ts";
import { Mp3Splitter } from "./formats/mp3_splitter.ts";
import { OggOpusReader } from "./formats/ogg_opus_reader.ts";
import { adviceFor, convertCommand, nameMediaType } from "./formats/sound_advice.ts";

/**
 * After this many bytes without a frame, tags not counted, the bytes are taken for no MP3 and no
 * Opus.
 */
const MAX_BYTES_WITHOUT_FRAME = 1 << 20;
/** Enough to recognize a frame header or the start of an Ogg page. */
const START_BYTES = 4;

/** Detects whether bytes are MP3 or Ogg Opus, and cuts them into frames. */
export class SoundSplitter {
  #mp3: Mp3Splitter | undefined = new Mp3Splitter();
  #ogg: OggOpusReader | undefined = new OggOpusReader();
  /** The first bytes of the stream; after a frame, the first bytes after the last frame. */
  #first = new FirstBytes();
  #format: AudioFormat | undefined;
  #junkAtLastFrame = 0;

  /** Known from the first frame on. */
  get format(): AudioFormat | undefined {
    return this.#format;
  }

  get isTruncated(): boolean {
    return (this.#format?.codec === "opus" ? this.#ogg : this.#mp3)?.isTruncated === true;
  }

  /** Whether the bytes are certainly neither MP3 nor Opus. */
  get isUnsupported(): boolean {
    if (this.#format !== undefined || this.#ogg?.head !== undefined) return false;
    return this.#ogg?.isUnsupported === true || this.#first.foreign?.isSure === true ||
      (this.#mp3?.junkBytes ?? 0) > MAX_BYTES_WITHOUT_FRAME;
  }

  /** Whether all bytes since the last frame may be an incomplete frame, or a tag. */
  get mayBeSound(): boolean {
    if (this.#format !== undefined) return this.#junkBytes === this.#junkAtLastFrame;
    if (this.#ogg!.mayBeSound) return true;
    return !this.#ogg!.isOgg && this.#mp3!.junkBytes === 0 && maySoundBegin(this.#first.bytes);
  }

  /** The format of the bytes since the last frame, when they are known to be something else. */
  get foreign(): Foreign | undefined {
    return this.#first.foreign;
  }

  /** Names the format that the source now sends instead of the sound before. */
  get nameOfSilence(): string {
    const { bytes, foreign } = this.#first;
    return nameSendable(bytes) ?? foreign?.name ?? "something";
  }

  /**
   * Why no sound was found, and what to do, as the end of a sentence.
   *
   * @param mediaType the server's Content-Type; used when the bytes are not recognized.
   */
  describeProblem(location: string, mediaType?: string): string {
    const otherCodec = this.#ogg?.otherCodec;
    if (otherCodec !== undefined) {
      return `holds ${otherCodec}; only mono or stereo Opus and MP3 can be sent, convert it: ` +
        convertCommand(location, "-ac 2 -c:a libopus", "opus");
    }
    if (this.#mp3?.isFreeFormat) {
      return "is a free-format MP3, which names no bitrate; encode it with one: lame -b 128 IN OUT";
    }
    if (this.#ogg?.head !== undefined) return "is an Ogg Opus stream without any sound";
    const foreign = this.#first.foreign ?? nameMediaType(mediaType);
    const what = foreign === undefined ? "has no MP3 or Opus sound in it" : `is ${foreign.name}`;
    return `${what}; ${adviceFor(foreign ?? { kind: "sound" }, location)}`;
  }

  /** New remarks for the host, each the end of a sentence that begins with the location. */
  takeRemarks(): string[] {
    return this.#ogg?.takeRemarks() ?? [];
  }

  push(chunk: Uint8Array): EncodedFrame[] {
    const frames = this.#split(chunk);
    if (frames.length === 0) {
      this.#first.push(chunk);
    } else {
      this.#first = new FirstBytes();
      this.#junkAtLastFrame = this.#junkBytes;
    }
    return frames;
  }

  /** The stream has ended. @returns the frames that were waiting for the frame after them. */
  end(): EncodedFrame[] {
    if (this.#format?.codec === "opus" || this.#ogg?.isOgg) return [];
    const frames = this.#mp3!.end();
    return this.#format === undefined ? this.#settle("mp3", frames) ?? [] : frames;
  }

  get #junkBytes(): number {
    return (this.#format?.codec === "opus" ? this.#ogg : this.#mp3)?.junkBytes ?? 0;
  }

  /** Once an Ogg page that begins a stream was seen, nothing is taken for MP3. */
  #split(chunk: Uint8Array): EncodedFrame[] {
    if (this.#format !== undefined) return (this.#ogg ?? this.#mp3)!.push(chunk);
    return this.#settle("opus", this.#ogg!.push(chunk)) ??
      this.#settle("mp3", this.#ogg!.isOgg ? [] : this.#mp3!.push(chunk)) ?? [];
  }

  #settle(codec: "mp3" | "opus", frames: EncodedFrame[]): EncodedFrame[] | undefined {
    const first = frames[0];
    if (first === undefined) return undefined;
    this.#format = codec === "mp3" ? mp3Format(first) : opusFormat(first, this.#ogg!.head!);
    if (codec === "mp3") this.#ogg = undefined;
    else this.#mp3 = undefined;
    return frames;
  }
}

/** Whether MP3, a tag or Ogg may begin with these bytes. */
function maySoundBegin(start: Uint8Array): boolean {
  if (start.length < START_BYTES) return true;
  const text = String.fromCharCode(...start.subarray(0, START_BYTES));
  return text === "OggS" || text.startsWith("ID3") || parseMpegAudioHeader(start)?.layer === 3;
}

function mp3Format(first: EncodedFrame): AudioFormat {
  const header = parseMpegAudioHeader(first.bytes)!;
  return { codec: "mp3", sampleRate: header.sampleRate, channelCount: header.channelCount };
}

function opusFormat(first: EncodedFrame, description: Uint8Array): AudioFormat {
  const channelCount = parseOpusHead(description)?.channelCount ??
    parseOpusPacket(first.bytes)!.channelCount;
  return { codec: "opus", sampleRate: OPUS_SAMPLE_RATE, channelCount, description };
}
