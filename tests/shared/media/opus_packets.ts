import type { EncodedFrame } from "../../../shared/media/channel.ts";
import { opusSamples } from "./frames.ts";

export interface PacketShape {
  readonly code: 0 | 1 | 2 | 3;
  /** Of its frames, in bytes; each frame is filled with its place, from 1. */
  readonly sizes: readonly number[];
  /** Code 3 with a size for each frame. */
  readonly vbr?: boolean;
  /** Bytes of padding, those that tell its length left out; code 3 alone. */
  readonly padding?: number;
}

/**
 * An Opus packet, written by what RFC 6716 section 3.2 says and not by the product's own writer.
 *
 * @param toc the first byte; its code is replaced.
 */
export function codedPacket(toc: number, shape: PacketShape): EncodedFrame {
  const { code, sizes, vbr = false, padding = 0 } = shape;
  const sound = sizes.flatMap((size, index) => new Array<number>(size).fill(index + 1));
  const head = code < 2 ? [] : code === 2 ? lengthBytes(sizes[0]!) : [
    (vbr ? 0x80 : 0) | (padding > 0 ? 0x40 : 0) | sizes.length,
    ...(padding > 0 ? paddingBytes(padding) : []),
    ...(vbr ? sizes.slice(0, -1).flatMap(lengthBytes) : []),
  ];
  const end = new Array<number>(padding).fill(0);
  return {
    bytes: Uint8Array.from([toc & 0xfc | code, ...head, ...sound, ...end]),
    sampleCount: sizes.length * opusSamples(toc >> 3),
    sampleRate: 48_000,
  };
}

/** RFC 6716 section 3.2.1: up to 251 in one byte; else 252 to 255, and a quarter of the rest. */
function lengthBytes(size: number): number[] {
  if (size < 252) return [size];
  const first = 252 + (size - 252) % 4;
  return [first, (size - first) / 4];
}

/** RFC 6716 section 3.2.5: 255 stands for 254 and says that more follows. */
function paddingBytes(padding: number): number[] {
  return [...new Array<number>(Math.floor(padding / 254)).fill(255), padding % 254];
}
