import type { Millis } from "../../shared/core/units.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { ServerOutput } from "../interface/output.ts";
import type { DownMessage } from "../link/down.ts";
import type { DataKeys } from "./data/outgoing_data.ts";
import { DataChannel } from "./data_channel.ts";
import type { NumberedStream } from "./numbered_stream.ts";
import { ScreenChannel } from "./screen_channel.ts";
import { SoundChannel } from "./sound_channel.ts";
import type { Medium } from "./start_and_end.ts";
import type { Streams } from "./streams.ts";
import { Warnings } from "./warnings.ts";

export interface MediaOptions {
  readonly config: OriginConfig;
  readonly keys: DataKeys;
  readonly streams: Streams;
  readonly send: (message: DownMessage) => void;
  readonly say: (output: ServerOutput) => void;
}

/** What leaves when it is due: sound, the screen and live data. */
export class Media {
  readonly sound: SoundChannel;
  readonly screen: ScreenChannel;
  /** Undefined when the broadcast has no data. */
  readonly data: DataChannel | undefined;

  constructor({ config, keys, streams, send, say }: MediaOptions) {
    // Each has a limit of its own: a warning about one must not hide a warning about the other.
    const warnings = () => new Warnings(say);
    this.sound = new SoundChannel({ config, streams, warnings: warnings(), send });
    this.screen = new ScreenChannel({ config, streams, warnings: warnings(), send });
    if (config.hasData) this.data = new DataChannel({ config, keys, streams, send });
  }

  /** Those that have begun. */
  get running(): Medium[] {
    return [this.sound.medium, this.screen.medium, this.data]
      .filter((medium) => medium !== undefined);
  }

  /** Whether one is expected that has not begun, or may come back. */
  get isAwaited(): boolean {
    const { sound, screen, data } = this;
    return sound.isAwaited || screen.isAwaited || screen.staysOpen || (data?.staysOpen ?? false);
  }

  get deadline(): Millis {
    return Math.min(
      this.sound.medium?.deadline ?? Infinity,
      this.screen.medium?.deadline ?? Infinity,
      this.data?.deadline ?? Infinity,
    );
  }

  start(now: Millis): void {
    this.sound.medium?.start(now);
    this.screen.medium?.start(now);
    this.data?.start(now);
  }

  sendDue(now: Millis): void {
    this.sound.sendDue(now);
    this.screen.sendDue(now);
    this.data?.sendDue(now);
  }

  /** The source of a channel is gone and may come back. Data that pauses needs nothing. */
  onSourceGone(stream: NumberedStream | undefined): void {
    if (stream === undefined) return;
    if (stream === this.sound.stream) this.sound.onSourceGone();
    if (stream === this.screen.stream) this.screen.onSourceGone();
  }

  /** The host has stopped a channel. */
  onStreamEnded(stream: NumberedStream): void {
    this.sound.onStreamEnded(stream);
    this.screen.onStreamEnded(stream);
    this.data?.onStreamEnded(stream);
  }
}
