import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";

/** MPEG-2.5 layer III at 8 kHz: a frame lasts 72 ms, so that hours of sound are few packets. */
export const SLOW_MP3: AudioFormat = { codec: "mp3", sampleRate: 8000, channelCount: 1 };
const HEADER = Uint8Array.of(0xff, 0xe3, 0x18, 0xc4);
const FRAME_BYTES = 72;

/** Sound of 8 kbit/s that never ends. */
export function* slowFrames(): Generator<EncodedFrame> {
  const bytes = new Uint8Array(FRAME_BYTES);
  bytes.set(HEADER);
  for (;;) yield { bytes, sampleCount: 576, sampleRate: 8000 };
}
