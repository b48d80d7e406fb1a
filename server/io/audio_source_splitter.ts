import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { parseMpegAudioHeader } from "../../shared/media/mpeg_audio.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusHead,
  parseOpusPacket,
} from "../../shared/media/opus_packet.ts";
import { Mp3Splitter } from "./mp3_splitter.ts";
import { OggOpusReader } from "./ogg_opus_reader.ts";

/** So much without a single frame, tags left out, is no sound we know. */
const HOPELESS_BYTES = 1 << 20;

/** How files begin that people take for MP3 or Opus: where, what, and the name to tell them. */
const FOREIGN: readonly (readonly [number, string, string])[] = [
  [8, "WAVE", "WAV"],
  [0, "fLaC", "FLAC"],
  [4, "ftyp", "MP4 (AAC)"],
  [0, "\x1aE\xdf\xa3", "WebM or Matroska"],
  [0, "\xff\xf1", "AAC"],
  [0, "\xff\xf9", "AAC"],
  [0, "#EXTM3U", "a playlist"],
  [0, "[playlist]", "a playlist"],
  [0, "<", "a web page"],
];

/** Finds out whether bytes are MP3 or Ogg Opus, and cuts them into frames. */
export class SoundSplitter {
  #mp3: Mp3Splitter | undefined = new Mp3Splitter();
  #ogg: OggOpusReader | undefined = new OggOpusReader();
  #start: Uint8Array = new Uint8Array(0);
  #format: AudioFormat | undefined;

  /** Known from the first frame on. */
  get format(): AudioFormat | undefined {
    return this.#format;
  }

  get isTruncated(): boolean {
    return (this.#format?.codec === "opus" ? this.#ogg : this.#mp3)?.isTruncated === true;
  }

  /** Whether to stop looking: it is something else. */
  get isHopeless(): boolean {
    if (this.#format !== undefined || this.#ogg?.head !== undefined) return false;
    return this.#ogg?.otherCodec !== undefined || (this.#mp3?.junkBytes ?? 0) > HOPELESS_BYTES;
  }

  /** Why there is no sound, and what to do: the end of a sentence. */
  get problem(): string {
    if (this.#ogg?.otherCodec !== undefined) {
      return `holds ${this.#ogg.otherCodec}; only mono or stereo Opus and MP3 can be sent, convert it: ` +
        `ffmpeg -i FILE -ac 2 -c:a libopus OUT.opus`;
    }
    if (this.#mp3?.isFreeFormat) {
      return "is a free-format MP3, which names no bitrate; encode it with one: lame -b 128 IN OUT";
    }
    if (this.#ogg?.head !== undefined) return "is an Ogg Opus stream without any sound";
    const foreign = nameForeign(this.#start);
    const what = foreign === undefined ? "has no MP3 or Opus sound in it" : `is ${foreign}`;
    return `${what}; give an MP3 or Ogg Opus file, or convert it: ffmpeg -i FILE OUT.mp3`;
  }

  push(chunk: Uint8Array): EncodedFrame[] {
    if (this.#format !== undefined) return (this.#ogg ?? this.#mp3)!.push(chunk);
    if (this.#start.length === 0) this.#start = chunk.slice(0, 16);
    return this.#settle("opus", this.#ogg!.push(chunk)) ??
      this.#settle("mp3", this.#isOgg ? [] : this.#mp3!.push(chunk)) ?? [];
  }

  /** The frames that waited for what follows them. */
  end(): EncodedFrame[] {
    if (this.#format?.codec === "opus" || this.#isOgg) return [];
    const frames = this.#mp3!.end();
    return this.#format === undefined ? this.#settle("mp3", frames) ?? [] : frames;
  }

  /** Whether pages of a known beginning were seen: then nothing in them is MP3. */
  get #isOgg(): boolean {
    return this.#ogg?.head !== undefined || this.#ogg?.otherCodec !== undefined;
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

function mp3Format(first: EncodedFrame): AudioFormat {
  const header = parseMpegAudioHeader(first.bytes)!;
  return { codec: "mp3", sampleRate: header.sampleRate, channelCount: header.channelCount };
}

function opusFormat(first: EncodedFrame, description: Uint8Array): AudioFormat {
  const channelCount = parseOpusHead(description)?.channelCount ??
    parseOpusPacket(first.bytes)!.channelCount;
  return { codec: "opus", sampleRate: OPUS_SAMPLE_RATE, channelCount, description };
}

function nameForeign(start: Uint8Array): string | undefined {
  const text = String.fromCharCode(...start);
  return FOREIGN.find(([position, magic]) => text.startsWith(magic, position))?.[2];
}
