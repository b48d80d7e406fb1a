import type { Millis } from "../../../shared/core/units.ts";
import type { PageMedia } from "../../../shared/page/page_media.ts";
import type { Sound } from "../../../shared/page/page.ts";

/** How the sound is doing, told about 20 times a second. */
export interface SoundReport {
  /** Root mean square of what is heard, 0 to 1. */
  readonly level: number;
  /** Sound that waits in the page. */
  readonly bufferMillis: Millis;
  /** From the page's buffer to the ear, as far as the browser tells. */
  readonly deviceMillis: Millis;
}

/** One way to make sound; {@linkcode LowDelayEngine} and {@linkcode StreamEngine} are the two. */
export interface SoundEngine {
  /** Whether it lives on the media that come over the WebSocket. */
  readonly wantsMedia: boolean;
  push(media: PageMedia): void;
  /** 0 to 1. */
  setVolume(volume: number): void;
  /** Silent from now on; the engine is of no use any more. */
  stop(): void;
}

export interface EngineOptions {
  readonly context: AudioContext;
  readonly sound: Sound;
  readonly volume: number;
  readonly onReport: (report: SoundReport) => void;
  /** It can't go on; why, in words for the user. */
  readonly onFailure: (problem: string) => void;
}

/** How long sound takes through the system, which not every browser tells. */
export function deviceMillis({ baseLatency, outputLatency }: AudioContext): Millis {
  return ((baseLatency || 0) + (outputLatency || 0)) * 1000;
}
