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
  readonly name: "webcodecs" | "element";
  /** Whether it plays the media that come over the WebSocket. */
  readonly wantsMedia: boolean;
  push(media: PageMedia): void;
  /** 0 to 1. */
  setVolume(volume: number): void;
  /** Goes on after an interruption, within the user's click or when the page is seen again. */
  resume(): void;
  /** Ends the sound for good; the engine can't be used again. */
  stop(): void;
}

export interface EngineOptions {
  readonly context: AudioContext;
  readonly sound: Sound;
  readonly volume: number;
  readonly onReport: (report: SoundReport) => void;
  /** Sound was decoded; called again and again is the same as once. */
  readonly onSound: () => void;
  /** The device or the browser keeps it from playing until {@linkcode SoundEngine.resume}. */
  readonly onInterrupted: () => void;
  /** The engine can't play this sound in this browser. */
  readonly onFailure: () => void;
}

/** Makes an engine; rejects when this browser does not let it begin. */
export type OpenEngine = (options: EngineOptions) => Promise<SoundEngine>;

/** What of an audio context tells the delay; not every browser has both. */
export type DelaySource = Partial<Pick<AudioContext, "baseLatency" | "outputLatency">>;

/** The delay of the sound in the system, as far as the browser tells. */
export function deviceMillis(
  context: DelaySource,
  userAgent: string = navigator.userAgent,
): Millis {
  const outputLatency = stopsWhenAsked(userAgent) ? 0 : context.outputLatency;
  return ((context.baseLatency || 0) + (outputLatency || 0)) * 1000;
}

/**
 * Firefox on Linux (153 does) may stand still for ever when a page reads `outputLatency`. It asks PulseAudio's thread
 * while it holds the lock of its audio graph, and that thread may just be waiting for samples of the same graph.
 */
function stopsWhenAsked(userAgent: string): boolean {
  return /X11.*Firefox\//.test(userAgent);
}
