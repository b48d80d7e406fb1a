import { junk, type Parsed, parsed } from "../wire/parsed.ts";
import type { EncodedFrame } from "./channel.ts";
import { OPUS_SAMPLE_RATE, parseOpusPacket } from "./opus_packet.ts";
import { type Depacketizer, MAX_PAYLOAD_BYTES, type RtpPayload } from "./rtp_payload.ts";

/** Whether an Opus packet can't be sent: RFC 7587 has no way to fragment one. */
export function isOversizedOpus(frame: EncodedFrame): boolean {
  return frame.bytes.length > MAX_PAYLOAD_BYTES;
}

/**
 * One Opus packet in one RTP packet (RFC 7587 section 4.2). Oversized ones are left out: the caller
 * counts them with {@linkcode isOversizedOpus}.
 */
export function packOpus(frames: readonly EncodedFrame[]): RtpPayload[] {
  return frames.flatMap((frame, firstFrame) =>
    isOversizedOpus(frame) ? [] : [{ payload: frame.bytes, marker: false, firstFrame }]
  );
}

/** Unpacks RFC 7587; packets don't depend on each other, so a gap changes nothing. */
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
