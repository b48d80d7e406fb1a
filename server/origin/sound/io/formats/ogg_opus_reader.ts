import { concat } from "../../../../../shared/core/bytes.ts";
import type { EncodedFrame } from "../../../../../shared/media/channel.ts";
import { OGG_HEADER_BYTES, type OggPage, parseOggPage } from "../../../../../shared/media/ogg.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusPacket,
  serializeOpusHead,
} from "../../../../../shared/media/opus_packet.ts";
import { OggLink } from "./ogg_link.ts";
import { OggPackets } from "./ogg_packets.ts";

/**
 * A stream without its head is taken for Opus after this many pages in a row with matching
 * positions.
 */
const CONFIRMING_PAGES = 2;
/**
 * A decoder that joins in the middle needs 80 ms to converge (RFC 7845 section 4.6); 48 kHz
 * samples.
 */
const JOINED_PRE_SKIP = 3840;

/** Remarks that wait to be taken; further ones are dropped. */
const MAX_REMARKS = 10;

/** A stream whose beginning was missed and that may be Opus. */
interface Candidate {
  readonly serialNumber: number;
  readonly packets: OggPackets;
  granulePosition: number;
  agreeing: number;
  /** Whether one of its pages was not Opus. */
  hasDisagreed: boolean;
}

/**
 * Cuts Ogg, given in chunks of any size, into its Opus packets, bit for bit. Chained streams are
 * read one after the other, and a stream may be joined in the middle. Of several parallel Opus
 * tracks the first is read. Tags are skipped without being held in memory. Pages with a wrong
 * checksum are dropped.
 *
 * Not mediabunny 1.61: it reads only the first of several chained streams, and refuses a stream
 * joined in the middle.
 */
export class OggOpusReader {
  #buffer = new Uint8Array(0);
  #position = 0;
  #head: Uint8Array | undefined;
  #serialNumber: number | undefined;
  #packets = new OggPackets();
  #candidate: Candidate | undefined;
  #junkBytes = 0;
  #link: OggLink | undefined;
  readonly #remarks: string[] = [];

  /** The OpusHead of the current stream; a made one when the beginning was missed. */
  get head(): Uint8Array | undefined {
    return this.#head ?? this.#link?.opus?.head;
  }

  /** Number of bytes outside pages, and in pages of unknown streams without Opus. */
  get junkBytes(): number {
    return this.#junkBytes;
  }

  /** Whether the bytes are Ogg: the first page of a stream was seen. */
  get isOgg(): boolean {
    return this.#link !== undefined || this.#head !== undefined;
  }

  /** Whether the bytes so far may be Opus that is not recognized yet. */
  get mayBeSound(): boolean {
    if (this.head !== undefined) return true;
    if (this.#link !== undefined || this.#candidate?.hasDisagreed) return false;
    return this.#candidate !== undefined || this.#isWithinPage;
  }

  /** Whether the buffer holds an incomplete page. */
  get #isWithinPage(): boolean {
    return this.#junkBytes === 0 && this.#buffer.length - this.#position >= OGG_HEADER_BYTES &&
      parseOggPage(this.#buffer, this.#position) === "needs more";
  }

  /** Whether all streams are known and none of them is Opus. */
  get isUnsupported(): boolean {
    return this.head === undefined && this.#link?.isComplete === true;
  }

  /** Whether the last packet or page is incomplete. */
  get isTruncated(): boolean {
    return this.#packets.isOpen || this.#position < this.#buffer.length;
  }

  /** The codecs of the streams, when none of them is Opus. */
  get otherCodec(): string | undefined {
    return this.head === undefined ? this.#link?.otherCodecs : undefined;
  }

  /** New remarks for the host, each the end of a sentence that begins with the location. */
  takeRemarks(): string[] {
    return this.#remarks.splice(0);
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
    if (page.isFirst) return this.#announce(page);
    const link = this.#link;
    if (link?.isComplete === false) this.#begin(link);
    if (page.serialNumber === this.#serialNumber) return this.#readSound(page);
    return link?.has(page.serialNumber) ? [] : this.#watch(page);
  }

  /**
   * Streams that begin together are one link of a chain; the first page of sound completes the
   * link.
   */
  #announce(page: OggPage): EncodedFrame[] {
    if (this.#link === undefined || this.#link.isComplete) this.#link = new OggLink();
    this.#link.add(page);
    return [];
  }

  #begin(link: OggLink): void {
    link.isComplete = true;
    this.#candidate = undefined;
    const { opus, opusTrackCount } = link;
    if (opus === undefined) return this.#leaveOut(link);
    if (opusTrackCount > 1) this.#remark(`has ${opusTrackCount} Opus tracks; the first is sent`);
    this.#head = opus.head;
    this.#serialNumber = opus.serialNumber;
    this.#packets = new OggPackets();
    this.#packets.skipPackets(1);
  }

  /**
   * A link without Opus. The stream before may continue beside it, unless its serial number is
   * reused.
   */
  #leaveOut(link: OggLink): void {
    if (this.#serialNumber !== undefined && link.has(this.#serialNumber)) {
      this.#serialNumber = undefined;
      this.#packets = new OggPackets();
    }
    if (this.#head === undefined) return;
    this.#remark(
      `goes on with ${link.otherCodecs}, which can't be sent; it is skipped until Opus comes again`,
    );
  }

  #remark(text: string): void {
    if (this.#remarks.length < MAX_REMARKS) this.#remarks.push(text);
  }

  #readSound(page: OggPage): EncodedFrame[] {
    return this.#packets.push(page).flatMap(toFrame);
  }

  /** A page of a stream whose beginning was missed. Granule positions show whether it is Opus. */
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
    candidate.hasDisagreed ||= !agrees && page.granulePosition >= 0;
    if (candidate.hasDisagreed && !agrees) this.#junkBytes += page.body.length;
    if (page.granulePosition >= 0) candidate.granulePosition = page.granulePosition;
    if (candidate.agreeing < CONFIRMING_PAGES) return [];
    this.#adopt(candidate, frames);
    return frames;
  }

  #adopt(candidate: Candidate, frames: readonly EncodedFrame[]): void {
    this.#candidate = undefined;
    this.#serialNumber = candidate.serialNumber;
    this.#packets = candidate.packets;
    this.#head ??= serializeOpusHead(
      parseOpusPacket(frames[0]!.bytes)?.channelCount ?? 2,
      JOINED_PRE_SKIP,
    );
  }
}

function startCandidate(page: OggPage): Candidate {
  const packets = new OggPackets();
  packets.push(page);
  const { serialNumber, granulePosition } = page;
  return { serialNumber, packets, granulePosition, agreeing: 0, hasDisagreed: false };
}

function toFrame(bytes: Uint8Array): EncodedFrame[] {
  const info = parseOpusPacket(bytes);
  if (info === undefined) return [];
  return [{ bytes, sampleCount: info.sampleCount, sampleRate: OPUS_SAMPLE_RATE }];
}
