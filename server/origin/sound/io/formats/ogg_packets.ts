import { concat } from "../../../../../shared/core/bytes.ts";
import type { OggPage } from "../../../../../shared/media/ogg.ts";

/** Longer packets are dropped; an Opus packet has at most 61 440 bytes (RFC 7845 section 6). */
const MAX_PACKET_BYTES = 65_536;
const FULL_SEGMENT = 255;

/**
 * Assembles the packets of one logical stream from its pages (RFC 3533 section 5). A packet with a
 * missing page is dropped.
 */
export class OggPackets {
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isOpen = false;
  /** Whether the open packet is dropped: too long, without its start, or to be skipped. */
  #isDropping = false;
  #packetsToSkip = 0;
  #nextSequence: number | undefined;

  /** Whether a packet has begun and not ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Skips the next `count` packets without holding them in memory. */
  skipPackets(count: number): void {
    this.#packetsToSkip = count;
  }

  /** The packets that end in this page, copied. */
  push(page: OggPage): Uint8Array[] {
    const isGap = this.#nextSequence !== undefined && page.sequenceNumber !== this.#nextSequence;
    this.#nextSequence = (page.sequenceNumber + 1) >>> 0;
    if (isGap || page.isContinued !== this.#isOpen) this.#resume(page.isContinued);
    const packets: Uint8Array[] = [];
    let position = 0;
    for (const segment of page.segments) {
      this.#append(page.body.subarray(position, position + segment));
      position += segment;
      if (segment === FULL_SEGMENT) continue;
      const packet = this.#finish();
      if (packet !== undefined) packets.push(packet);
    }
    return packets;
  }

  /** After a gap: the open packet has lost its end, and a continued packet has lost its start. */
  #resume(isContinued: boolean): void {
    this.#parts = [];
    this.#partBytes = 0;
    this.#isOpen = isContinued;
    this.#isDropping = isContinued;
  }

  #append(part: Uint8Array): void {
    if (!this.#isOpen) this.#isDropping = this.#packetsToSkip > 0;
    this.#isOpen = true;
    this.#partBytes += part.length;
    if (this.#partBytes > MAX_PACKET_BYTES) this.#isDropping = true;
    if (this.#isDropping) this.#parts = [];
    // A copy, because the page is a view of a buffer that is reused.
    else this.#parts.push(part.slice());
  }

  #finish(): Uint8Array | undefined {
    const packet = this.#isDropping ? undefined : concat(...this.#parts);
    this.#packetsToSkip = Math.max(0, this.#packetsToSkip - 1);
    this.#resume(false);
    return packet;
  }
}
