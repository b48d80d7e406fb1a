/*
 * Formats: cuts bytes into the frames of MP3 or the packets of Ogg Opus, and names other formats.
 *
 * In: chunks of bytes of any size, with tags, pictures and damage between the frames.
 * Out: `EncodedFrame`s bit for bit, with their duration in samples. Or, when the bytes are
 * something else, the name of the format (`foreign_bytes.ts`) and what to do (`sound_advice.ts`).
 *
 * Read this file for MP3, with `mp3_tags.ts`. For Ogg Opus read `ogg_opus_reader.ts`, then
 * `ogg_link.ts` (which streams begin together) and `ogg_packets.ts` (packets of one stream).
 * `../sound_splitter.ts` decides which of the two it is.
 */

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

/** Outside a run of frames, sound is recognized after this many matching headers in a row. */
const CONFIRMING_HEADERS = 3;

type Step = "again" | "needs more" | EncodedFrame;
type Verdict = "sound" | "no sound" | "needs more";

/**
 * Cuts a stream of bytes, given in chunks of any size, into its MP3 frames.
 *
 * Every Layer III frame is returned bit for bit, except the Xing, Info or VBRI header frame, which
 * holds no sound. Tags (ID3v1, ID3v2, APE) are skipped by their length and never held in memory;
 * other junk is skipped byte by byte. A frame is accepted when it follows another frame, or when
 * {@linkcode CONFIRMING_HEADERS} headers in a row match. So a stream may start in the middle of a
 * frame.
 *
 * Not mediabunny 1.61: it accepts the first match for a header within 4 KiB (so it may refuse a
 * stream that starts in the middle of a frame, and takes pictures at the end of a file for sound),
 * returns VBRI frames as sound, and keeps every frame in memory, which grows without end for a live
 * stream.
 */
export class Mp3Splitter {
  #buffer = new Uint8Array(0);
  #position = 0;
  /** The rest of a tag that continues after the buffer. */
  #bytesToSkip = 0;
  #isEnd = false;
  /** The header of the last frame while frames follow each other without junk; else undefined. */
  #synchronized: MpegAudioHeader | undefined;
  #junkBytes = 0;
  #isTruncated = false;
  #isFreeFormat = false;

  /** Number of skipped bytes that were neither sound nor a tag. */
  get junkBytes(): number {
    return this.#junkBytes;
  }

  /** Whether a frame was incomplete: the stream ended, or other data followed. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  /** Whether the stream begins with a free-format header, which names no bitrate. */
  get isFreeFormat(): boolean {
    return this.#isFreeFormat;
  }

  push(chunk: Uint8Array): EncodedFrame[] {
    this.#buffer = concat(this.#buffer.subarray(this.#position), chunk);
    this.#position = 0;
    return this.#drain();
  }

  /** The stream has ended. @returns the frames that were waiting for the frame after them. */
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
    this.#synchronized = undefined;
    this.#position++;
    this.#junkBytes++;
    return "again";
  }

  #headerAt(position: number): MpegAudioHeader | undefined {
    const header = parseMpegAudioHeader(this.#buffer, position);
    return header?.layer === 3 ? header : undefined;
  }

  #isExpected(header: MpegAudioHeader): boolean {
    return this.#synchronized !== undefined && areOfOneStream(this.#synchronized, header);
  }

  /**
   * Whether sound starts at `start`: the next headers match, or the stream or a tag follows the
   * frame.
   */
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
      // The stream ends within this frame, but the frame before was complete.
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
    this.#synchronized = header;
    if (next !== undefined) {
      this.#isTruncated = true;
      return "again";
    }
    const bytes = this.#buffer.slice(start, end);
    if (isInfoFrame(bytes, header)) return "again";
    return { bytes, sampleCount: header.sampleCount, sampleRate: header.sampleRate };
  }

  /**
   * Where new sound or a tag begins before the end of a frame; undefined when the frame is
   * complete. Without this, half of one frame and half of another would be returned as one frame.
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
/** The position of VBRI does not depend on the number of channels. */
const VBRI_POSITION = MPEG_HEADER_BYTES + 32;

/**
 * Whether a frame is the Xing, Info (LAME) or VBRI (Fraunhofer) header frame. It holds the number
 * of frames and a table for seeking, and no sound.
 */
function isInfoFrame(frame: Uint8Array, header: MpegAudioHeader): boolean {
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

/** In a header frame the side information is all zero; in a frame with sound it is not. */
function isZeroUpTo(frame: Uint8Array, end: number): boolean {
  const hasChecksum = (frame[1]! & 1) === 0;
  const start = MPEG_HEADER_BYTES + (hasChecksum ? CHECKSUM_BYTES : 0);
  return frame.subarray(start, end).every((value) => value === 0);
}

function textAt(bytes: Uint8Array, position: number): string {
  return String.fromCharCode(...bytes.subarray(position, position + 4));
}
