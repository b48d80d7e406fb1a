/*
 * Plays and records sound, and records the screen.
 *
 * In: the format of sound or screen and its frames, in order. Out: bytes for a player or a file.
 *
 * `AudioStreamWriter` (this file) turns frames of sound into a byte stream; `screen/` does so with those of the
 * screen. `audio_format.ts` reads the format that the host announces. `io/player.ts` starts an installed player
 * and feeds it. `io/recording_file.ts` opens a file for a recording without overwriting anything,
 * `io/queued_recorder.ts` writes it in the background, and `io/recorder.ts` says how for sound and screen.
 * Read next: `io/player.ts`.
 */

import { concat } from "../../shared/core/bytes.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { OGG_MAX_SEGMENTS, serializeOggPage } from "../../shared/media/ogg.ts";
import { serializeOpusHead } from "../../shared/media/opus_packet.ts";

/** Turns frames into bytes that any player can open: MP3 unchanged, Opus in Ogg pages. */
export interface AudioStreamWriter {
  /** `audio/mpeg` or `audio/ogg; codecs=opus`. */
  readonly mimeType: string;
  /** The bytes before the first frame; empty for MP3. */
  header(): Uint8Array<ArrayBuffer>;
  /** The frames as bytes. With Ogg, the last frame is kept until the next call of `write` or `end`. */
  write(frames: readonly EncodedFrame[]): Uint8Array<ArrayBuffer>;
  /** The bytes after the last frame; empty for MP3. */
  end(): Uint8Array<ArrayBuffer>;
}

export function createAudioStreamWriter(format: AudioFormat): AudioStreamWriter {
  return format.codec === "mp3" ? new MpegAudioStreamWriter() : new OggOpusStreamWriter(format);
}

class MpegAudioStreamWriter implements AudioStreamWriter {
  readonly mimeType = "audio/mpeg";

  header(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(0);
  }

  write(frames: readonly EncodedFrame[]): Uint8Array<ArrayBuffer> {
    return concat(...frames.map((frame) => frame.bytes));
  }

  end(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(0);
  }
}

/** In samples, when the host gives no pre-skip: a decoder converges in 80 ms (RFC 7845 section 4.6). */
const JOINED_PRE_SKIP = 3840;
const VENDOR = "Streamer";

/** Streams that follow each other in one byte stream need different numbers (RFC 3533 section 4). */
let lastSerialNumber = 0;

/**
 * Live Ogg Opus (RFC 7845). Each `write` ends its page, which costs 28 bytes, so that sound is delayed by
 * one frame at most. That frame is kept for the last page: a last page without a packet is allowed (RFC
 * 3533 section 6), but some readers fail on it.
 *
 * mediabunny's Ogg output does not fit: it fills pages to 8 KiB, two seconds of speech, and is asynchronous.
 */
class OggOpusStreamWriter implements AudioStreamWriter {
  readonly mimeType = "audio/ogg; codecs=opus";
  readonly #serialNumber = ++lastSerialNumber;
  readonly #head: Uint8Array;
  #held: EncodedFrame | undefined;
  #sequenceNumber = 0;
  /** Samples written so far, the pre-skip included (RFC 7845 section 4.3). */
  #granulePosition = 0;

  constructor({ description, channelCount }: AudioFormat) {
    this.#head = description ?? serializeOpusHead(channelCount, JOINED_PRE_SKIP);
  }

  header(): Uint8Array<ArrayBuffer> {
    return concat(
      this.#page([this.#head], { isFirst: true }),
      this.#page([serializeOpusTags(VENDOR)]),
    );
  }

  write(frames: readonly EncodedFrame[]): Uint8Array<ArrayBuffer> {
    const ready = this.#held === undefined ? [...frames] : [this.#held, ...frames];
    this.#held = ready.pop();
    const pages: Uint8Array[] = [];
    for (let first = 0; first < ready.length;) {
      const end = endOfPage(ready, first);
      pages.push(this.#soundPage(ready.slice(first, end)));
      first = end;
    }
    return concat(...pages);
  }

  end(): Uint8Array<ArrayBuffer> {
    const last = this.#held === undefined ? [] : [this.#held];
    this.#held = undefined;
    return this.#soundPage(last, { isLast: true });
  }

  #soundPage(frames: readonly EncodedFrame[], flags = {}): Uint8Array<ArrayBuffer> {
    this.#granulePosition += frames.reduce((sum, frame) => sum + frame.sampleCount, 0);
    return this.#page(frames.map((frame) => frame.bytes), flags);
  }

  #page(packets: readonly Uint8Array[], flags: { isFirst?: boolean; isLast?: boolean } = {}) {
    return serializeOggPage({
      isContinued: false,
      isFirst: flags.isFirst ?? false,
      isLast: flags.isLast ?? false,
      granulePosition: packets.length === 0 ? -1 : this.#granulePosition,
      serialNumber: this.#serialNumber,
      sequenceNumber: this.#sequenceNumber++,
      segments: Uint8Array.from(packets.flatMap((packet) => segmentLengths(packet.length))),
      body: concat(...packets),
    });
  }
}

function endOfPage(frames: readonly EncodedFrame[], first: number): number {
  let segments = 0;
  let end = first;
  while (end < frames.length) {
    segments += segmentLengths(frames[end]!.bytes.length).length;
    if (segments > OGG_MAX_SEGMENTS) break;
    end++;
  }
  return Math.max(end, first + 1);
}

/** A packet ends with a segment of less than 255 bytes, which may be empty (RFC 3533 section 5). */
function segmentLengths(packetBytes: number): number[] {
  return [...new Array<number>(Math.floor(packetBytes / 255)).fill(255), packetBytes % 255];
}

/** The tags header without comments (RFC 7845 section 5.2). */
function serializeOpusTags(vendor: string): Uint8Array {
  const name = new TextEncoder().encode(vendor);
  const bytes = new Uint8Array(8 + 4 + name.length + 4);
  bytes.set(new TextEncoder().encode("OpusTags"));
  new DataView(bytes.buffer).setUint32(8, name.length, true);
  bytes.set(name, 12);
  return bytes;
}
