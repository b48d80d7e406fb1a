import type { OggPage } from "../../../../../shared/media/ogg.ts";

/** Far beyond any Opus packet (61 440 bytes, RFC 7845 section 6); what is longer is dropped. */
const MAX_PACKET_BYTES = 65_536;
const FULL_SEGMENT = 255;

/**
 * Puts the packets of one logical stream together from its pages (RFC 3533 section 5). A packet of
 * which a page is missing is left out.
 */
export class OggPackets {
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isOpen = false;
  /** The open packet is not wanted: too long, without its start, or to be skipped. */
  #isDropping = false;
  #packetsToSkip = 0;
  #nextSequence: number | undefined;

  /** Whether a packet is begun and not ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The next `count` packets are passed over without being held in memory. */
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

  /** After a gap: what is open has lost its end; a continued packet has lost its start. */
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
    // A copy: the page is a view of a buffer that does not stay.
    else this.#parts.push(part.slice());
  }

  #finish(): Uint8Array | undefined {
    const packet = this.#isDropping ? undefined : join(this.#parts, this.#partBytes);
    this.#packetsToSkip = Math.max(0, this.#packetsToSkip - 1);
    this.#resume(false);
    return packet;
  }
}

function join(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(byteLength);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
