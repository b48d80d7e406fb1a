import type { Seconds } from "../../../shared/core/units.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";

export interface DecoderHandlers {
  /** One array a channel. */
  onSamples(channels: Float32Array<ArrayBuffer>[]): void;
  /** Sound is missing for so long. */
  onGap(length: Seconds): void;
  /** The sound goes on elsewhere: what waits is of no use. */
  onJump(): void;
  onFailure(): void;
}

const MICROSECONDS = 1_000_000;
/** Frames that may wait to be decoded; more means that the machine is too slow. */
const MAX_WAITING = 64;
/** Media times are rounded to ticks: less than this is no gap. */
const SMALLEST_GAP: Seconds = 0.002;
/** A longer one is not waited out. */
const LARGEST_GAP: Seconds = 1;
/** A decoder that fails is made anew, but not for ever. */
const MAX_FAILURES_IN_A_ROW = 8;

/**
 * WebCodecs' decoder, with holes found by the media time of what goes in: what comes out of Chromium
 * has times that run on as if nothing were missing.
 */
export class FrameDecoder {
  #decoder: AudioDecoder | undefined;
  #expected: Seconds | undefined;
  #failures = 0;
  readonly #config: AudioDecoderConfig;
  readonly #handlers: DecoderHandlers;

  constructor(sound: Sound, handlers: DecoderHandlers) {
    this.#config = decoderConfig(sound);
    this.#handlers = handlers;
  }

  /** Takes frames to decode; drops them when too many wait. */
  push({ frames, mediaTime }: PageMedia): void {
    this.#decoder ??= this.#create();
    this.#noticeGap(mediaTime);
    let time = mediaTime;
    for (const { bytes, sampleCount, sampleRate } of frames) {
      if (this.#decoder.state !== "configured") break;
      if (this.#decoder.decodeQueueSize > MAX_WAITING) break;
      const timestamp = Math.round(time * MICROSECONDS);
      this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp, data: bytes }));
      time += sampleCount / sampleRate;
    }
    this.#expected = time;
  }

  close(): void {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = undefined;
  }

  #create(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => this.#emit(data),
      error: () => this.#fail(),
    });
    decoder.configure(this.#config);
    return decoder;
  }

  /** A frame that makes no sense closes the decoder; the next one gets a new one. */
  #fail(): void {
    this.#decoder = undefined;
    if (++this.#failures > MAX_FAILURES_IN_A_ROW) this.#handlers.onFailure();
  }

  #emit(data: AudioData): void {
    this.#failures = 0;
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

/** What WebCodecs calls a sound. */
export function decoderConfig(sound: Sound): AudioDecoderConfig {
  const { codec, sampleRate, channelCount: numberOfChannels, description } = sound;
  const config = { codec, sampleRate, numberOfChannels };
  if (description === undefined) return config;
  const bytes = Uint8Array.from(atob(description), (character) => character.charCodeAt(0));
  return { ...config, description: bytes };
}

function copyChannels(data: AudioData): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex, format: "f32-planar" });
    return samples;
  });
}
