import type { Millis } from "../../shared/core/units.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { DownMessage } from "../link/down.ts";
import type { NumberedStream, StreamPlan } from "./numbered_stream.ts";
import { Sound } from "./sound/sound.ts";
import type { Streams } from "./streams.ts";
import type { Warnings } from "./warnings.ts";

export interface SoundChannelOptions {
  readonly config: Pick<OriginConfig, "audio" | "isAudioAwaited" | "intervalMillis">;
  readonly streams: Streams;
  readonly warnings: Warnings;
  readonly send: (message: DownMessage) => void;
}

/** The channel of sound: it may be there from the beginning, begin later, end, and begin again. */
export class SoundChannel {
  readonly #options: SoundChannelOptions;
  #stream: NumberedStream | undefined;
  #sound: Sound | undefined;
  #isAwaited: boolean;

  constructor(options: SoundChannelOptions) {
    this.#options = options;
    const { config: { audio, isAudioAwaited = false }, streams } = options;
    this.#isAwaited = isAudioAwaited;
    if (audio) this.#begin(audio, streams.open(this.#planOf(audio)));
  }

  /** Undefined when there is no sound, or none yet. */
  get sound(): Sound | undefined {
    return this.#sound;
  }

  /** Whether sound is expected whose format is not known yet. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Undefined when there is no such channel now. */
  get id(): number | undefined {
    return this.#stream?.id;
  }

  /** @param startedAt when the broadcast started; undefined before. */
  open(format: AudioFormat, startedAt: Millis | undefined): void {
    if (this.#sound) return;
    this.#isAwaited = false;
    this.#begin(format, this.#options.streams.begin(this.#planOf(format)));
    if (startedAt !== undefined) this.#sound!.start(startedAt);
  }

  /** @throws RangeError when a minute of sound is waiting. */
  push(frame: EncodedFrame, now: Millis): void {
    const oddity = this.#sound?.push(frame, now);
    if (oddity !== undefined) this.#options.warnings.add(oddity, now);
  }

  end(): void {
    this.#isAwaited = false;
    this.#sound?.end();
  }

  /** Its stream has ended. The sound may come back, so its end does not end the broadcast. */
  onStreamEnded(stream: NumberedStream): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#sound = undefined;
    this.#isAwaited = true;
  }

  sendDue(now: Millis): void {
    for (const { payload, ticks } of this.#sound?.due(now) ?? []) {
      this.#options.send(this.#stream!.number(payload, ticks));
    }
  }

  #planOf(audio: AudioFormat): StreamPlan {
    const aheadMillis = this.#options.config.intervalMillis ?? 0;
    return { name: "audio", kind: "paced", codec: audio.codec, aheadMillis, audio };
  }

  #begin(format: AudioFormat, stream: NumberedStream): void {
    this.#stream = stream;
    this.#sound = new Sound(format, this.#options.config.intervalMillis);
  }
}
