import { concat } from "../../core/bytes.ts";
import { Counters } from "../../core/counters.ts";
import { junk, type Parsed, parsed } from "../../core/parsed.ts";
import type { RtpTicks } from "../../core/units.ts";
import { FrameCollector } from "./frame_collector.ts";
import {
  type FramePacket,
  markLast,
  MAX_FRAME_PACKETS,
  MAX_VIDEO_PAYLOAD_BYTES,
  type Unpacked,
  type VideoPayload,
} from "./video_payload.ts";
import { parseVp8Header } from "./vp8.ts";

/** The payload descriptor (RFC 7741 section 4.2). */
export interface Vp8Descriptor {
  /** Whether no other frame refers to this one. */
  readonly isNonReference: boolean;
  /** Whether a partition begins with this payload. */
  readonly startsPartition: boolean;
  /** 0 is the first partition, with which a frame begins. */
  readonly partition: number;
  /** 7 or 15 bits, wrapped. */
  readonly pictureId?: number;
  readonly temporalLevelZeroIndex?: number;
  readonly temporalLayer?: number;
  readonly keyIndex?: number;
  /** Bytes of the descriptor itself. */
  readonly byteLength: number;
}

const DESCRIPTOR_BYTES = 1;
/** X, N and S in the first byte, which ends with the partition's index. */
const EXTENDED_BIT = 0x80;
const NON_REFERENCE_BIT = 0x20;
const START_BIT = 0x10;
const PARTITION_BITS = 0x07;
/** I, L, T and K in the second byte. */
const PICTURE_ID_BIT = 0x80;
const LEVEL_ZERO_BIT = 0x40;
const LAYER_BIT = 0x20;
const KEY_INDEX_BIT = 0x10;
/** M in the picture id: it has 15 bits. */
const LONG_ID_BIT = 0x80;

/** @returns undefined when the payload ends with or within its descriptor. */
export function parseVp8Descriptor(payload: Uint8Array): Vp8Descriptor | undefined {
  const first = payload[0] ?? 0;
  let position = 1;
  const next = () => payload[position++] ?? 0;
  const extension = (first & EXTENDED_BIT) === 0 ? 0 : next();
  const pictureId = (extension & PICTURE_ID_BIT) === 0 ? undefined : readPictureId(next);
  const levelZero = (extension & LEVEL_ZERO_BIT) === 0 ? undefined : next();
  const layers = (extension & (LAYER_BIT | KEY_INDEX_BIT)) === 0 ? 0 : next();
  if (position >= payload.length) return undefined;
  return {
    isNonReference: (first & NON_REFERENCE_BIT) !== 0,
    startsPartition: (first & START_BIT) !== 0,
    partition: first & PARTITION_BITS,
    ...(pictureId === undefined ? {} : { pictureId }),
    ...(levelZero === undefined ? {} : { temporalLevelZeroIndex: levelZero }),
    ...((extension & LAYER_BIT) === 0 ? {} : { temporalLayer: layers >> 6 }),
    ...((extension & KEY_INDEX_BIT) === 0 ? {} : { keyIndex: layers & 0x1f }),
    byteLength: position,
  };
}

function readPictureId(next: () => number): number {
  const first = next();
  return (first & LONG_ID_BIT) === 0 ? first : (first & 0x7f) << 8 | next();
}

/**
 * Packs frames as RFC 7741 with the descriptor of one byte: S in the first packet alone, partition 0, because
 * a frame is cut by size and not between its partitions.
 */
export class Vp8Packer {
  /** Frames that are empty, or have more than {@linkcode MAX_FRAME_PACKETS} packets. */
  readonly leftOut = new Counters<"emptyFrame" | "oversizedFrame">();

  /** @returns the payloads of one frame, none when it is left out. */
  pack(frame: Uint8Array): VideoPayload[] {
    const room = MAX_VIDEO_PAYLOAD_BYTES - DESCRIPTOR_BYTES;
    if (frame.length === 0) this.leftOut.add("emptyFrame");
    if (frame.length > MAX_FRAME_PACKETS * room) {
      this.leftOut.add("oversizedFrame");
      return [];
    }
    const payloads: Uint8Array[] = [];
    for (let offset = 0; offset < frame.length; offset += room) {
      const descriptor = Uint8Array.of(offset === 0 ? START_BIT : 0);
      payloads.push(concat(descriptor, frame.subarray(offset, offset + room)));
    }
    return markLast(payloads);
  }
}

/** A frame as it came in. */
export interface ReceivedVp8 {
  readonly frameNumber: number;
  readonly ticks: RtpTicks;
  readonly bytes: Uint8Array;
  readonly isKey: boolean;
}

/** Unpacks RFC 7741. A frame is given out whole or not at all. */
export class Vp8Unpacker {
  readonly #collector = new FrameCollector(beginsVp8Frame);

  push(packet: FramePacket): Unpacked<ReceivedVp8> {
    const { frame, ...rest } = this.#collector.push(packet);
    if (frame === undefined) return rest;
    const bytes = readFrame(frame.payloads);
    const header = bytes.ok ? parseVp8Header(bytes.value) : undefined;
    if (!bytes.ok || header === undefined) {
      return { lost: rest.lost + 1, junk: "malformedPayload" };
    }
    const { frameNumber, ticks } = frame;
    return { ...rest, frame: { frameNumber, ticks, bytes: bytes.value, isKey: header.isKey } };
  }
}

/** Whether a payload begins the first partition, and so its frame (RFC 7741 section 4.2). */
export function beginsVp8Frame(payload: Uint8Array): boolean {
  const descriptor = parseVp8Descriptor(payload);
  return descriptor !== undefined && descriptor.startsPartition && descriptor.partition === 0;
}

function readFrame(payloads: readonly Uint8Array[]): Parsed<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const [index, payload] of payloads.entries()) {
    const descriptor = parseVp8Descriptor(payload);
    if (descriptor === undefined || beginsVp8Frame(payload) !== (index === 0)) {
      return junk("malformedPayload");
    }
    parts.push(payload.subarray(descriptor.byteLength));
  }
  return parsed(concat(...parts));
}
