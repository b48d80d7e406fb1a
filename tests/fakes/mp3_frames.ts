import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";

/** MPEG-1 layer III at 44 100 Hz: 1152 samples per frame. */
export const MP3: AudioFormat = { codec: "mp3", sampleRate: 44_100, channelCount: 1 };
/** 64 kbit/s at 44 100 Hz without padding. */
const MP3_HEADER = Uint8Array.of(0xff, 0xfb, 0x50, 0xc4);
const MP3_FRAME_BYTES = 208;

/** A frame that any MPEG audio parser accepts, with its number inside. */
export function mp3Frame(index: number): EncodedFrame {
  const bytes = new Uint8Array(MP3_FRAME_BYTES);
  bytes.set(MP3_HEADER);
  new DataView(bytes.buffer).setUint32(40, index);
  return { bytes, sampleCount: 1152, sampleRate: 44_100 };
}

export function* mp3Frames(count = Infinity): Generator<EncodedFrame> {
  for (let index = 0; index < count; index++) yield mp3Frame(index);
}
