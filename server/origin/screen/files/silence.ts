import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import { MPEG_HEADER_BYTES, parseMpegAudioHeader } from "../../../../shared/media/mpeg_audio.ts";
import { OPUS_SAMPLE_RATE } from "../../../../shared/media/opus_packet.ts";

/** RFC 6716 table 2: CELT, the full band, frames of 20 ms. */
const FULL_BAND_20_MS = 31 << 3;
const STEREO = 4;
const SAMPLES_IN_20_MS = 960;
/** Of a frame's header: no checksum follows; the frame has no extra byte. */
const NO_CHECKSUM = 1;
const PADDING = 2;

/** A frame of silence that fits between frames like `frame`. */
export function silenceLike(
  frame: EncodedFrame,
  { codec, channelCount }: AudioFormat,
): EncodedFrame {
  return codec === "opus" ? silentOpus(channelCount) : silentMp3(frame);
}

/** A CELT frame whose range coder says "silence" (RFC 6716 section 4.3, table 56). */
function silentOpus(channelCount: number): EncodedFrame {
  const first = FULL_BAND_20_MS | (channelCount === 2 ? STEREO : 0);
  const bytes = Uint8Array.of(first, 0xff, 0xfe);
  return { bytes, sampleCount: SAMPLES_IN_20_MS, sampleRate: OPUS_SAMPLE_RATE };
}

/** Side information of zeros says that the frame has no data at all: silence (ISO 11172-3 section 2.4.1.7). */
function silentMp3({ bytes, sampleCount, sampleRate }: EncodedFrame): EncodedFrame {
  const header = bytes.slice(0, MPEG_HEADER_BYTES);
  header[1]! |= NO_CHECKSUM;
  header[2]! &= ~PADDING;
  const silent = new Uint8Array(parseMpegAudioHeader(header)?.frameBytes ?? bytes.length);
  silent.set(header);
  return { bytes: silent, sampleCount, sampleRate };
}
