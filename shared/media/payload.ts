import type { EncodedFrame, SoundCodec } from "./channel.ts";
import { MpegAudioDepacketizer, packMpegAudio } from "./rtp_mpeg_audio.ts";
import { OpusDepacketizer, packOpus } from "./rtp_opus.ts";
import type { Depacketizer, RtpPayload } from "./rtp_payload.ts";

export { type Depacketizer, MAX_PAYLOAD_BYTES, type RtpPayload } from "./rtp_payload.ts";
export { isOversizedOpus, splitOpus } from "./rtp_opus.ts";

/** Packs consecutive frames into as few RTP payloads as the format allows. */
export function packFrames(codec: SoundCodec, frames: readonly EncodedFrame[]): RtpPayload[] {
  return codec === "mp3" ? packMpegAudio(frames) : packOpus(frames);
}

/** Makes the reverse of {@linkcode packFrames}, one for each stream (SSRC). */
export function createDepacketizer(codec: SoundCodec): Depacketizer {
  return codec === "mp3" ? new MpegAudioDepacketizer() : new OpusDepacketizer();
}
