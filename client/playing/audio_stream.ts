import { concat } from "../../shared/core/bytes.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import { OGG_MAX_SEGMENTS, serializeOggPage } from "../../shared/media/ogg.ts";
import { serializeOpusHead } from "../../shared/media/opus_packet.ts";

/** Turns frames into bytes that any player opens: MP3 as it is, Opus in Ogg pages. */
export interface AudioStreamWriter {
  /** What the bytes are: `audio/mpeg` or `audio/ogg`. */
  readonly mimeType: string;
  /** What must come first; empty for MP3. */
  header(): Uint8Array<ArrayBuffer>;
  /** The frames as bytes; Ogg holds the last frame back until the next write, or the end. */
  write(frames: readonly EncodedFrame[]): Uint8Array<ArrayBuffer>;
  /** What must come last; empty for MP3. */
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

/** Where the server names no pre-skip: the 80 ms in which a decoder converges (RFC 7845 section 4.6). */
const JOINED_PRE_SKIP = 3840;
const VENDOR = "Streamer";

/** Streams in one byte stream, one after the other, may not share a number (RFC 3533 section 4). */
let lastSerialNumber = 0;

/**
 * Ogg Opus (RFC 7845), live: each `write` ends its page, so that sound waits for one frame at most;
 * that costs 28 bytes a write. The one frame is what the last page needs: an end without a packet
 * is allowed (RFC 3533 section 6), but readers stumble over it.
 *
 * Our own, because mediabunny's Ogg output fills pages to 8 KiB (two seconds of speech) and answers
 * asynchronously.
 */
class OggOpusStreamWriter implements AudioStreamWriter {
  readonly mimeType = "audio/ogg; codecs=opus";
  readonly #serialNumber = ++lastSerialNumber;
  readonly #head: Uint8Array;
  #held: EncodedFrame | undefined;
  #sequenceNumber = 0;
  /** Samples given out so far; the pre-skip is part of them (RFC 7845 section 4.3). */
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

/** A packet ends with a segment below 255 bytes, if need be an empty one (RFC 3533 section 5). */
function segmentLengths(packetBytes: number): number[] {
  return [...new Array<number>(Math.floor(packetBytes / 255)).fill(255), packetBytes % 255];
}

/** RFC 7845 section 5.2, without comments. */
function serializeOpusTags(vendor: string): Uint8Array {
  const name = new TextEncoder().encode(vendor);
  const bytes = new Uint8Array(8 + 4 + name.length + 4);
  bytes.set(new TextEncoder().encode("OpusTags"));
  new DataView(bytes.buffer).setUint32(8, name.length, true);
  bytes.set(name, 12);
  return bytes;
}
