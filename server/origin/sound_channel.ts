import type { Millis } from "../../shared/core/units.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { DownMessage } from "../link/down.ts";
import { MediumChannel } from "./medium_channel.ts";
import { Sound } from "./sound/sound.ts";
import type { Streams } from "./streams.ts";
import type { Warnings } from "./warnings.ts";

export interface SoundChannelOptions {
  readonly config: Pick<OriginConfig, "audio" | "isAudioAwaited" | "intervalMillis" | "headroom">;
  readonly streams: Streams;
  readonly warnings: Warnings;
  readonly send: (message: DownMessage) => void;
}

/** The channel of sound. */
export class SoundChannel extends MediumChannel<AudioFormat, Sound> {
  readonly #options: SoundChannelOptions;
  /** Whether the source was gone since the last frame, so that the gap before the next one is known. */
  #wasGone = false;

  constructor(options: SoundChannelOptions) {
    const {
      config: { audio: format, isAudioAwaited: isAwaited, intervalMillis, headroom },
      streams,
    } = options;
    const aheadMillis = intervalMillis ?? 0;
    super({
      format,
      isAwaited,
      streams,
      planOf: (audio) => {
        const { codec } = audio;
        return { name: "audio", kind: "paced", codec, aheadMillis, audio };
      },
      create: (audio) => new Sound(audio, intervalMillis, headroom?.sound),
    });
    this.#options = options;
  }

  /**
   * @param at when it was captured, or else now.
   * @throws RangeError when a minute of sound is waiting.
   */
  push(frame: EncodedFrame, at: Millis): void {
    const oddity = this.medium?.push(frame, at);
    const isExcused = this.#wasGone;
    this.#wasGone = false;
    if (oddity !== undefined && !isExcused) this.#options.warnings.add(oddity, at);
  }

  onSourceGone(): void {
    this.#wasGone = true;
  }

  sendDue(now: Millis): void {
    for (const { payload, ticks } of this.medium?.due(now) ?? []) {
      this.#options.send(this.stream!.number(payload, ticks));
    }
  }
}
