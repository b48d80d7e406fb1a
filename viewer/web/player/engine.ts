import type { Millis } from "../../../shared/core/units.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";

/** The state of the sound, reported about 20 times a second. */
export interface SoundReport {
  /** Root mean square of the played samples, 0 to 1. */
  readonly level: number;
  /** The duration of the sound that waits in the page. */
  readonly bufferMillis: Millis;
  /** From the page's buffer to the loudspeaker, as far as the browser tells. */
  readonly deviceMillis: Millis;
}

/** One way to play the sound; {@linkcode LowDelayEngine} and {@linkcode StreamEngine} are the two. */
export interface SoundEngine {
  /** Whether it plays the media that come over the WebSocket. */
  readonly wantsMedia: boolean;
  push(media: PageMedia): void;
  /** 0 to 1. */
  setVolume(volume: number): void;
  /** Ends the sound for good; the engine can't be used again. */
  stop(): void;
}

export interface EngineOptions {
  readonly context: AudioContext;
  readonly sound: Sound;
  readonly volume: number;
  readonly onReport: (report: SoundReport) => void;
  /** The engine can't go on; the reason, in words for the user. */
  readonly onFailure: (problem: string) => void;
}

/** The delay of the sound in the system; not every browser tells it. */
export function deviceMillis({ baseLatency, outputLatency }: AudioContext): Millis {
  return ((baseLatency || 0) + (outputLatency || 0)) * 1000;
}
