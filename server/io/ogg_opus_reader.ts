import { concat } from "../../shared/core/bytes.ts";
import type { EncodedFrame } from "../../shared/media/channel.ts";
import { type OggPage, parseOggPage } from "../../shared/media/ogg.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusHead,
  parseOpusPacket,
  serializeOpusHead,
} from "../../shared/media/opus_packet.ts";
import { OggPackets } from "./ogg_packets.ts";

/** Pages in a row whose positions must agree before a stream without its head is taken for Opus. */
const CONFIRMING_PAGES = 2;
/** What a decoder needs to converge when it joins in the middle (RFC 7845 section 4.6): 80 ms. */
const JOINED_PRE_SKIP = 3840;

/** Codecs that come in Ogg, by how their first packet starts. */
const OTHER_CODECS: readonly (readonly [string, string])[] = [
  ["\x01vorbis", "Vorbis"],
  ["\x7fFLAC", "FLAC"],
  ["Speex   ", "Speex"],
  ["\x80theora", "Theora video"],
];

/** A stream whose beginning we missed, while its pages are watched. */
interface Candidate {
  readonly serialNumber: number;
  readonly packets: OggPackets;
  granulePosition: number;
  agreeing: number;
}

/**
 * Cuts Ogg, given in chunks of any size, into its Opus packets, bit for bit: one stream after the
 * other where several are chained, and a stream joined in the middle. Tags are passed over without
 * being held, whatever pictures they carry. Damaged pages (their checksum tells) are left out.
 *
 * Our own, because mediabunny 1.61 reads the first logical stream alone: of two chained ones the
 * second is left out, and a stream joined in the middle is refused.
 */
export class OggOpusReader {
  #buffer = new Uint8Array(0);
  #position = 0;
  #head: Uint8Array | undefined;
  #serialNumber: number | undefined;
  #packets = new OggPackets();
  #candidate: Candidate | undefined;
  #packetsToHeader = 0;
  #junkBytes = 0;
  #otherCodec: string | undefined;
  #unsupportedLayout: string | undefined;

  /** The OpusHead of the stream that plays; made up when its beginning was missed. */
  get head(): Uint8Array | undefined {
    return this.#head;
  }

  get junkBytes(): number {
    return this.#junkBytes;
  }

  /** Whether the last packet or page has no end. */
  get isTruncated(): boolean {
    return this.#packets.isOpen || this.#position < this.#buffer.length;
  }

  /** What else was found where Opus was wanted. */
  get otherCodec(): string | undefined {
    return this.#unsupportedLayout ?? this.#otherCodec;
  }

  push(chunk: Uint8Array): EncodedFrame[] {
    this.#buffer = concat(this.#buffer.subarray(this.#position), chunk);
    this.#position = 0;
    return this.#drain();
  }

  #drain(): EncodedFrame[] {
    const frames: EncodedFrame[] = [];
    while (this.#position < this.#buffer.length) {
      const found = parseOggPage(this.#buffer, this.#position);
      if (found === "needs more") break;
      if (found === undefined) {
        this.#skipToNextPage();
        continue;
      }
      this.#position += found.length;
      frames.push(...this.#readPage(found.page));
    }
    return frames;
  }

  #skipToNextPage(): void {
    const next = this.#buffer.indexOf(0x4f, this.#position + 1);
    const end = next < 0 ? this.#buffer.length : next;
    this.#junkBytes += end - this.#position;
    this.#position = end;
  }

  #readPage(page: OggPage): EncodedFrame[] {
    if (page.isFirst) return this.#startStream(page);
    if (page.serialNumber === this.#serialNumber) return this.#readSound(page);
    return this.#serialNumber === undefined ? this.#watch(page) : [];
  }

  #startStream(page: OggPage): EncodedFrame[] {
    const head = parseOpusHead(page.body);
    if (head === undefined) {
      this.#otherCodec ??= nameCodec(page.body);
    } else if (head.streamCount !== 1) {
      this.#unsupportedLayout ??=
        `Opus of ${head.channelCount} channels in ${head.streamCount} streams`;
    } else {
      this.#head = page.body.slice();
      this.#serialNumber = page.serialNumber;
      this.#packets = new OggPackets();
      this.#packets.skipPackets(1);
    }
    return [];
  }

  #readSound(page: OggPage): EncodedFrame[] {
    return this.#packets.push(page).flatMap(toFrame);
  }

  /** A page of a stream whose beginning was missed: is it Opus? Its positions tell. */
  #watch(page: OggPage): EncodedFrame[] {
    const candidate = this.#candidate;
    if (candidate?.serialNumber !== page.serialNumber) {
      this.#candidate = startCandidate(page);
      return [];
    }
    const frames = candidate.packets.push(page).flatMap(toFrame);
    const samples = frames.reduce((sum, frame) => sum + frame.sampleCount, 0);
    const agrees = samples > 0 && page.granulePosition === candidate.granulePosition + samples;
    candidate.agreeing = agrees ? candidate.agreeing + 1 : 0;
    if (page.granulePosition >= 0) candidate.granulePosition = page.granulePosition;
    if (candidate.agreeing < CONFIRMING_PAGES) return [];
    this.#adopt(candidate, frames);
    return frames;
  }

  #adopt(candidate: Candidate, frames: readonly EncodedFrame[]): void {
    this.#serialNumber = candidate.serialNumber;
    this.#packets = candidate.packets;
    this.#head = serializeOpusHead(
      parseOpusPacket(frames[0]!.bytes)?.channelCount ?? 2,
      JOINED_PRE_SKIP,
    );
  }
}

function startCandidate(page: OggPage): Candidate {
  const packets = new OggPackets();
  packets.push(page);
  const { serialNumber, granulePosition } = page;
  return { serialNumber, packets, granulePosition, agreeing: 0 };
}

function toFrame(bytes: Uint8Array): EncodedFrame[] {
  const info = parseOpusPacket(bytes);
  if (info === undefined) return [];
  return [{ bytes, sampleCount: info.sampleCount, sampleRate: OPUS_SAMPLE_RATE }];
}

function nameCodec(firstPacket: Uint8Array): string {
  const start = String.fromCharCode(...firstPacket.subarray(0, 8));
  return OTHER_CODECS.find(([magic]) => start.startsWith(magic))?.[1] ?? "an unknown codec";
}
