import type { EncodedFrame } from "./channel.ts";
import { MpegAudioDepacketizer, packMpegAudio } from "./rtp_mpeg_audio.ts";
import { OpusDepacketizer, packOpus } from "./rtp_opus.ts";
import type { Depacketizer, RtpPayload } from "./rtp_payload.ts";

export { type Depacketizer, MAX_PAYLOAD_BYTES, type RtpPayload } from "./rtp_payload.ts";
export { isOversizedOpus, splitOpus } from "./rtp_opus.ts";

/** The codecs of sound; each has an RTP payload format of its own. */
export type SoundCodec = "mp3" | "opus";

/** Packs frames that follow each other into as few RTP payloads as their format allows. */
export function packFrames(codec: SoundCodec, frames: readonly EncodedFrame[]): RtpPayload[] {
  return codec === "mp3" ? packMpegAudio(frames) : packOpus(frames);
}

/** Undoes {@linkcode packFrames}; one for each stream (SSRC). */
export function createDepacketizer(codec: SoundCodec): Depacketizer {
  return codec === "mp3" ? new MpegAudioDepacketizer() : new OpusDepacketizer();
}
