import { concat } from "../../../../../shared/core/bytes.ts";
import type { EncodedFrame } from "../../../../../shared/media/channel.ts";
import {
  areOfOneStream,
  isFreeFormatMp3,
  MPEG_HEADER_BYTES,
  type MpegAudioHeader,
  parseMpegAudioHeader,
} from "../../../../../shared/media/mpeg_audio.ts";
import { TAG_LOOKAHEAD_BYTES, tagLengthAt } from "./mp3_tags.ts";

/** So many headers must agree before sound is believed where none was expected. */
const CONFIRMING_HEADERS = 3;

type Step = "again" | "needs more" | EncodedFrame;
type Verdict = "sound" | "no sound" | "needs more";

/**
 * Cuts a stream of bytes, given in chunks of any size, into its MP3 frames.
 *
 * Every Layer III frame comes out bit for bit except the Xing, Info and VBRI header frame, which
 * holds no sound. Tags (ID3v1, ID3v2, APE) are skipped by their length and never held in memory;
 * other junk is skipped byte by byte. A frame counts when it follows another one, or when the next
 * {@linkcode CONFIRMING_HEADERS} headers agree: so a stream may start in the middle of a frame.
 *
 * Our own, because mediabunny 1.61 believes the first thing that looks like a header within 4 KiB
 * (it may refuse a stream that starts mid-frame, and lets pictures appended to a file pass as sound),
 * sends VBRI frames as sound, and remembers every frame it saw, which a stream without end
 * can't afford.
 */
export class Mp3Splitter {
  #buffer = new Uint8Array(0);
  #position = 0;
  /** Of a tag that goes on past the buffer. */
  #bytesToSkip = 0;
  #isEnd = false;
  /** The stream's last header while each frame is followed by the next; else undefined. */
  #synchronised: MpegAudioHeader | undefined;
  #junkBytes = 0;
  #isTruncated = false;
  #isFreeFormat = false;

  /** Bytes skipped that were neither sound nor a tag. */
  get junkBytes(): number {
    return this.#junkBytes;
  }

  /** Whether a frame was cut short by the end. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  /** Whether it begins with a header of free-format bitrate. */
  get isFreeFormat(): boolean {
    return this.#isFreeFormat;
  }

  push(chunk: Uint8Array): EncodedFrame[] {
    this.#buffer = concat(this.#buffer.subarray(this.#position), chunk);
    this.#position = 0;
    return this.#drain();
  }

  /** The frames that waited for what follows them; nothing will. */
  end(): EncodedFrame[] {
    this.#isEnd = true;
    return this.#drain();
  }

  #drain(): EncodedFrame[] {
    const frames: EncodedFrame[] = [];
    for (;;) {
      const step = this.#step();
      if (step === "needs more") return frames;
      if (step !== "again") frames.push(step);
    }
  }

  #step(): Step {
    if (this.#bytesToSkip > 0) return this.#skip();
    if (this.#available < TAG_LOOKAHEAD_BYTES && !this.#isEnd) return "needs more";
    if (this.#available < MPEG_HEADER_BYTES) return this.#skipTail();
    const tagLength = tagLengthAt(this.#buffer, this.#position);
    if (tagLength > 0) {
      this.#bytesToSkip = tagLength;
      return "again";
    }
    const header = this.#headerAt(this.#position);
    if (header === undefined) return this.#skipByte();
    const verdict = this.#isExpected(header) ? "sound" : this.#judge(this.#position, header);
    if (verdict === "needs more") return verdict;
    return verdict === "sound" ? this.#takeFrame(header) : this.#skipByte();
  }

  get #available(): number {
    return this.#buffer.length - this.#position;
  }

  #skip(): Step {
    const skipped = Math.min(this.#bytesToSkip, this.#available);
    this.#position += skipped;
    this.#bytesToSkip -= skipped;
    return this.#bytesToSkip === 0 ? "again" : "needs more";
  }

  #skipTail(): Step {
    this.#junkBytes += this.#available;
    this.#position = this.#buffer.length;
    return "needs more";
  }

  #skipByte(): Step {
    if (this.#junkBytes === 0) this.#isFreeFormat = isFreeFormatMp3(this.#buffer, this.#position);
    this.#synchronised = undefined;
    this.#position++;
    this.#junkBytes++;
    return "again";
  }

  #headerAt(position: number): MpegAudioHeader | undefined {
    const header = parseMpegAudioHeader(this.#buffer, position);
    return header?.layer === 3 ? header : undefined;
  }

  #isExpected(header: MpegAudioHeader): boolean {
    return this.#synchronised !== undefined && areOfOneStream(this.#synchronised, header);
  }

  /** Whether sound starts at `start`: the frames that follow agree, or the input or a tag ends them. */
  #judge(start: number, first: MpegAudioHeader): Verdict {
    let position = start + first.frameBytes;
    for (let confirmed = 1; confirmed < CONFIRMING_HEADERS; confirmed++) {
      if (position + TAG_LOOKAHEAD_BYTES > this.#buffer.length) {
        if (!this.#isEnd) return "needs more";
        if (position === this.#buffer.length) return "sound";
      }
      if (tagLengthAt(this.#buffer, position) > 0) return "sound";
      const header = this.#headerAt(position);
      if (header === undefined || !areOfOneStream(first, header)) return "no sound";
      position += header.frameBytes;
      // The end cuts this one short, but the one before it was whole.
      if (this.#isEnd && position > this.#buffer.length) return "sound";
    }
    return "sound";
  }

  #takeFrame(header: MpegAudioHeader): Step {
    const start = this.#position;
    const end = start + header.frameBytes;
    if (end + TAG_LOOKAHEAD_BYTES > this.#buffer.length && !this.#isEnd) return "needs more";
    if (end > this.#buffer.length) {
      this.#isTruncated = true;
      this.#position = this.#buffer.length;
      return "needs more";
    }
    const next = this.#startOfNextWithin(header, start, end);
    if (next === "needs more") return next;
    this.#position = next ?? end;
    this.#synchronised = header;
    if (next !== undefined) {
      this.#isTruncated = true;
      return "again";
    }
    const bytes = this.#buffer.slice(start, end);
    if (isInfoFrame(bytes, header)) return "again";
    return { bytes, sampleCount: header.sampleCount, sampleRate: header.sampleRate };
  }

  /**
   * Where a frame that something broke off is followed by new sound or a tag before its end:
   * otherwise half of it and half of another frame would pass as one.
   */
  #startOfNextWithin(
    header: MpegAudioHeader,
    start: number,
    end: number,
  ): number | "needs more" | undefined {
    if (this.#isFollowed(header, end)) return undefined;
    for (let position = start + MPEG_HEADER_BYTES; position < end; position++) {
      if (tagLengthAt(this.#buffer, position) > 0) return position;
      const candidate = this.#headerAt(position);
      if (candidate === undefined) continue;
      const verdict = this.#judge(position, candidate);
      if (verdict === "needs more") return verdict;
      if (verdict === "sound") return position;
    }
    return undefined;
  }

  #isFollowed(header: MpegAudioHeader, end: number): boolean {
    if (end === this.#buffer.length || tagLengthAt(this.#buffer, end) > 0) return true;
    const next = this.#headerAt(end);
    return next !== undefined && areOfOneStream(header, next);
  }
}

const CHECKSUM_BYTES = 2;
/** VBRI stands here whatever the number of channels. */
const VBRI_POSITION = MPEG_HEADER_BYTES + 32;

/**
 * Whether a frame is the Xing, Info (LAME) or VBRI (Fraunhofer) header frame: it tells a player the
 * number of frames and where to seek to, and holds no sound.
 */
export function isInfoFrame(frame: Uint8Array, header: MpegAudioHeader): boolean {
  const xingPosition = MPEG_HEADER_BYTES + sideInformationBytes(header);
  const name = textAt(frame, xingPosition);
  if (name === "Xing" || name === "Info") return isZeroUpTo(frame, xingPosition);
  return textAt(frame, VBRI_POSITION) === "VBRI" && isZeroUpTo(frame, VBRI_POSITION);
}

/** ISO 11172-3 section 2.4.1.7, ISO 13818-3 section 2.4.1.7. */
function sideInformationBytes({ version, channelCount }: MpegAudioHeader): number {
  if (version === 1) return channelCount === 1 ? 17 : 32;
  return channelCount === 1 ? 9 : 17;
}

/** Real sound has side information; only a frame without any can be the header frame. */
function isZeroUpTo(frame: Uint8Array, end: number): boolean {
  const hasChecksum = (frame[1]! & 1) === 0;
  const start = MPEG_HEADER_BYTES + (hasChecksum ? CHECKSUM_BYTES : 0);
  return frame.subarray(start, end).every((value) => value === 0);
}

function textAt(bytes: Uint8Array, position: number): string {
  return String.fromCharCode(...bytes.subarray(position, position + 4));
}
