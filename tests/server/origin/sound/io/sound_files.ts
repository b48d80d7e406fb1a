import { concat } from "../../../../../shared/core/bytes.ts";
import { OGG_MAX_SEGMENTS, serializeOggPage } from "../../../../../shared/media/ogg.ts";

export interface OggPageOptions {
  readonly serialNumber?: number;
  readonly firstSequence?: number;
  readonly isFirst?: boolean;
  readonly isLast?: boolean;
  /** Granule position of the page on which the packet ends. */
  readonly granulePosition?: number;
}

/** One packet on as many pages as it needs, as for large pictures in tags. */
export function oggPagesOf(packet: Uint8Array, options: OggPageOptions = {}): Uint8Array[] {
  const lengths = [
    ...new Array<number>(Math.floor(packet.length / 255)).fill(255),
    packet.length % 255,
  ];
  const pages: Uint8Array[] = [];
  for (let first = 0; first < lengths.length; first += OGG_MAX_SEGMENTS) {
    const isEnd = first + OGG_MAX_SEGMENTS >= lengths.length;
    pages.push(serializeOggPage({
      isContinued: first > 0,
      isFirst: first === 0 && options.isFirst === true,
      isLast: isEnd && options.isLast === true,
      granulePosition: isEnd ? options.granulePosition ?? 0 : -1,
      serialNumber: options.serialNumber ?? 7,
      sequenceNumber: (options.firstSequence ?? 0) + pages.length,
      segments: Uint8Array.from(lengths.slice(first, first + OGG_MAX_SEGMENTS)),
      body: packet.subarray(first * 255, (first + OGG_MAX_SEGMENTS) * 255),
    }));
  }
  return pages;
}

/** Sound with radio metadata: a block of text, mostly empty, after every `interval` bytes. */
export function withMetadata(
  sound: Uint8Array,
  interval: number,
  title = "StreamTitle='GOL!';",
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (let position = 0; position < sound.length; position += interval) {
    const part = sound.subarray(position, position + interval);
    parts.push(part);
    if (part.length < interval) break;
    const text = (position / interval) % 3 === 0 ? new TextEncoder().encode(title) : [];
    const units = Math.ceil(text.length / 16);
    const block = new Uint8Array(1 + units * 16);
    block[0] = units;
    block.set(text, 1);
    parts.push(block);
  }
  return concat(...parts);
}
