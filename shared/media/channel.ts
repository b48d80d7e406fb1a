/**
 * shared/media: sound as frames, and how frames travel in RTP; video/ has the same for the screen.
 *
 * The host packs encoded frames (MP3 frames, Opus packets) into RTP payloads, and the listener unpacks
 * them: payload.ts is the way in for both. rtp_mpeg_audio.ts (RFC 2250) and rtp_opus.ts (RFC 7587) are
 * the two payload formats, mpeg_audio.ts and opus_packet.ts read the headers of the frames themselves,
 * ogg.ts reads and writes the container of Opus files. Nothing is decoded to samples here. This file has
 * the names of channels and codecs; the next file to read is payload.ts.
 */
import type { ClockRate } from "../core/units.ts";

/** The channels that a broadcast can have. */
export type ChannelName = "audio" | "events" | "screen" | "data";
export type Codec = "mp3" | "opus" | "json" | "h264" | "vp8" | "data";
/** The codecs of sound; each has its own RTP payload format. */
export type SoundCodec = "mp3" | "opus";
/** The codecs of the screen. */
export type ScreenCodec = "h264" | "vp8";

/** How a codec is sent in RTP; both ends use this table. */
export interface CodecEntry {
  readonly payloadType: number;
  readonly clockRate: ClockRate;
}

/** Of the screen, in either codec (RFC 6184 section 8.2.1, RFC 7741 section 6.1); also the unit of times in files. */
export const SCREEN_CLOCK_RATE: ClockRate = 90_000;

/** MP3 has a static payload type (RFC 3551 table 4); the others are dynamic. */
export const CODECS: Readonly<Record<Codec, CodecEntry>> = {
  mp3: { payloadType: 14, clockRate: 90_000 },
  opus: { payloadType: 97, clockRate: 48_000 },
  json: { payloadType: 98, clockRate: 1000 },
  h264: { payloadType: 99, clockRate: SCREEN_CLOCK_RATE },
  vp8: { payloadType: 101, clockRate: SCREEN_CLOCK_RATE },
  data: { payloadType: 100, clockRate: 1000 },
};

export const CODEC_NAMES = Object.keys(CODECS) as Codec[];

export function isSoundCodec(codec: Codec): codec is SoundCodec {
  return codec === "mp3" || codec === "opus";
}

export function isScreenCodec(codec: Codec): codec is ScreenCodec {
  return codec === "h264" || codec === "vp8";
}

/** The payload types of retransmissions (RFC 4588 section 8.6: dynamic). */
export const RTX_PAYLOAD_TYPES: Readonly<Record<ChannelName, number>> = {
  audio: 110,
  events: 111,
  screen: 112,
  data: 113,
};

/** What a decoder must know before the first frame. */
export interface AudioFormat {
  readonly codec: SoundCodec;
  /** Samples per second of the decoded sound; Opus always counts 48 000 (RFC 7587 section 4.1). */
  readonly sampleRate: number;
  readonly channelCount: number;
  /** The OpusHead packet (RFC 7845 section 5.1); absent for MP3, whose frames have headers. */
  readonly description?: Uint8Array;
}

/** One whole MP3 frame or Opus packet. */
export interface EncodedFrame {
  readonly bytes: Uint8Array;
  /** Samples per channel it decodes to, at `sampleRate`. */
  readonly sampleCount: number;
  readonly sampleRate: number;
}
