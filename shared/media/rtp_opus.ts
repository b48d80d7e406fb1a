import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { EncodedFrame } from "./channel.ts";
import {
  OPUS_SAMPLE_RATE,
  parseOpusPacket,
  readOpusFrames,
  writeOpusPacket,
} from "./opus_packet.ts";
import { type Depacketizer, MAX_PAYLOAD_BYTES, type RtpPayload } from "./rtp_payload.ts";

/** Whether an Opus packet can't be sent: RFC 7587 has no way to fragment one. */
export function isOversizedOpus(frame: EncodedFrame): boolean {
  return frame.bytes.length > MAX_PAYLOAD_BYTES;
}

/**
 * Splits a packet that does not fit a datagram between its frames, evenly, into as few packets as
 * possible; they decode to the same sound. A packet that fits is returned unchanged. A single frame that
 * does not fit is returned alone ({@linkcode isOversizedOpus}).
 */
export function splitOpus(packet: EncodedFrame): EncodedFrame[] {
  const read = isOversizedOpus(packet) ? readOpusFrames(packet.bytes) : undefined;
  if (read === undefined) return [packet];
  const { frames, samplesPerFrame } = read;
  for (let count = 1;; count++) {
    const pieces = divide(frames, count).map((some) => ({
      bytes: writeOpusPacket(packet.bytes[0]!, some),
      sampleCount: some.length * samplesPerFrame,
      sampleRate: packet.sampleRate,
    }));
    if (count === frames.length || !pieces.some(isOversizedOpus)) return pieces;
  }
}

/** Splits into `count` parts, in order, whose lengths differ by at most one. */
function divide<Item>(items: readonly Item[], count: number): Item[][] {
  const start = (part: number) => Math.floor(part * items.length / count);
  return Array.from({ length: count }, (_, part) => items.slice(start(part), start(part + 1)));
}

/**
 * One Opus packet in one RTP packet (RFC 7587 section 4.2). Oversized packets are left out: the caller
 * splits them first with {@linkcode splitOpus}, and counts those that can't be split.
 */
export function packOpus(frames: readonly EncodedFrame[]): RtpPayload[] {
  return frames.flatMap((frame, firstFrame) =>
    isOversizedOpus(frame) ? [] : [{ payload: frame.bytes, firstFrame }]
  );
}

/** Unpacks RFC 7587; packets don't depend on each other, so a gap has no effect. */
export class OpusDepacketizer implements Depacketizer {
  push(payload: Uint8Array, _gapBefore: boolean): Parsed<EncodedFrame[]> {
    const info = parseOpusPacket(payload);
    if (info === undefined) return junk("malformedPayload");
    return parsed([{
      bytes: payload.slice(),
      sampleCount: info.sampleCount,
      sampleRate: OPUS_SAMPLE_RATE,
    }]);
  }
}
