import type { Seconds } from "../../../shared/core/units.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";
import { fromBase64 } from "../../../shared/text/base64.ts";

export interface DecoderHandlers {
  /** Decoded samples, one array for each channel. */
  onSamples(channels: Float32Array<ArrayBuffer>[]): void;
  /** Sound is missing for this long. */
  onGap(length: Seconds): void;
  /** The media time has jumped: waiting sound is no longer needed. */
  onJump(): void;
  onFailure(): void;
}

const MICROSECONDS = 1_000_000;
/** The most frames that wait to be decoded; more means that the machine is too slow. */
const MAX_WAITING = 64;
/** A difference smaller than this is no gap, because media times are rounded to ticks. */
const SMALLEST_GAP: Seconds = 0.002;
/** A longer gap is a jump, and is not filled with silence. */
const LARGEST_GAP: Seconds = 1;
/** A failed decoder is replaced at most this many times. */
const MAX_FAILURES_IN_A_ROW = 8;
/** A decoder that took so much sound and never gave any back is broken, though it reports no error. */
const LONGEST_SILENCE: Seconds = 4;

/**
 * WebCodecs' decoder. Gaps are found by the media time of the input, because the times of Chromium's
 * output continue as if nothing were missing.
 */
export class FrameDecoder {
  #decoder: AudioDecoder | undefined;
  #expected: Seconds | undefined;
  #failures = 0;
  /** The sound that came in before any came out. */
  #unanswered: Seconds = 0;
  #hasAnswered = false;
  #isGivenUp = false;
  readonly #config: AudioDecoderConfig;
  readonly #handlers: DecoderHandlers;

  constructor(sound: Sound, handlers: DecoderHandlers) {
    this.#config = decoderConfig(sound);
    this.#handlers = handlers;
  }

  /** Decodes frames; drops them when too many wait. */
  push(media: PageMedia): void {
    if (this.#isGivenUp) return;
    this.#noticeGap(media.mediaTime);
    try {
      this.#decode(this.#decoder ??= this.#create(), media);
    } catch {
      // Thrown by browsers that say they decode the codec, and then refuse its configuration or its frames.
      this.#fail();
    }
    const length = lengthOf(media);
    this.#expected = media.mediaTime + length;
    this.#unanswered += length;
    if (!this.#hasAnswered && this.#unanswered > LONGEST_SILENCE) this.#giveUp();
  }

  close(): void {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = undefined;
  }

  #decode(decoder: AudioDecoder, { frames, mediaTime }: PageMedia): void {
    let time = mediaTime;
    for (const { bytes, sampleCount, sampleRate } of frames) {
      if (decoder.state !== "configured" || decoder.decodeQueueSize > MAX_WAITING) return;
      const timestamp = Math.round(time * MICROSECONDS);
      decoder.decode(new EncodedAudioChunk({ type: "key", timestamp, data: bytes }));
      time += sampleCount / sampleRate;
    }
  }

  #create(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => this.#emit(data),
      error: () => this.#fail(),
    });
    decoder.configure(this.#config);
    return decoder;
  }

  /** An invalid frame closes the decoder; the next frame gets a new one. */
  #fail(): void {
    this.close();
    if (++this.#failures > MAX_FAILURES_IN_A_ROW) this.#giveUp();
  }

  #giveUp(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#handlers.onFailure();
  }

  #emit(data: AudioData): void {
    this.#failures = 0;
    this.#hasAnswered = true;
    this.#handlers.onSamples(copyChannels(data));
    data.close();
  }

  #noticeGap(time: Seconds): void {
    if (this.#expected === undefined) return;
    const gap = time - this.#expected;
    if (Math.abs(gap) < SMALLEST_GAP) return;
    if (gap > 0 && gap < LARGEST_GAP) this.#handlers.onGap(gap);
    else this.#handlers.onJump();
  }
}

export function lengthOf({ frames }: PageMedia): Seconds {
  return frames.reduce((sum, frame) => sum + frame.sampleCount / frame.sampleRate, 0);
}

/** The sound's format as WebCodecs names it. */
export function decoderConfig(sound: Sound): AudioDecoderConfig {
  const { codec, sampleRate, channelCount: numberOfChannels, description } = sound;
  const config = { codec, sampleRate, numberOfChannels };
  if (description === undefined) return config;
  const head = fromBase64(description);
  return saysNothingNew(head) ? config : { ...config, description: head };
}

/**
 * Whether an OpusHead (RFC 7845 section 5.1) has neither gain nor a mapping of channels. It is left out then, as
 * WebCodecs allows: WebKitGTK 2.50 crashes with one.
 */
function saysNothingNew(head: Uint8Array): boolean {
  const [gainLow, gainHigh, mappingFamily] = head.slice(16);
  return gainLow === 0 && gainHigh === 0 && mappingFamily === 0;
}

function copyChannels(data: AudioData): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex, format: "f32-planar" });
    return samples;
  });
}
