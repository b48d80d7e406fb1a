import type { Millis } from "../../shared/core/units.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { DownMessage } from "../link/down.ts";
import { MediumChannel } from "./medium_channel.ts";
import type { EncodedPicture, ScreenFormat } from "./screen/picture.ts";
import { type DueFrame, type FrameNumbers, Screen } from "./screen/screen.ts";
import type { Streams } from "./streams.ts";
import type { Warnings } from "./warnings.ts";

export interface ScreenChannelOptions {
  readonly config: Pick<
    OriginConfig,
    "screen" | "isScreenAwaited" | "screenStaysOpen" | "headroom"
  >;
  readonly streams: Streams;
  readonly warnings: Warnings;
  readonly send: (message: DownMessage) => void;
}

/** The channel of the screen. */
export class ScreenChannel extends MediumChannel<ScreenFormat, Screen> {
  readonly #options: ScreenChannelOptions;
  /** Whether the source was gone since the last picture, so that the gap before the next one is known. */
  readonly #absence: { wasGone: boolean };

  constructor(options: ScreenChannelOptions) {
    const { config, streams, warnings } = options;
    const { screen: format, isScreenAwaited: isAwaited, headroom } = config;
    const numbers: FrameNumbers = { next: 0 };
    const absence = { wasGone: false };
    const warn = (text: string, now: Millis) => {
      if (!absence.wasGone) warnings.add(text, now);
    };
    super({
      format,
      isAwaited,
      streams,
      planOf: ({ codec }) => ({ name: "screen", kind: "frames", codec, aheadMillis: 0 }),
      create: (screen) => new Screen({ format: screen, numbers, warn, headroom: headroom?.screen }),
    });
    this.#options = options;
    this.#absence = absence;
  }

  /** Whether the broadcast goes on for a screen that may come back. */
  get staysOpen(): boolean {
    return this.#options.config.screenStaysOpen ?? false;
  }

  /**
   * @param at when it was captured, or else now.
   * @throws RangeError when far too much is waiting.
   */
  push(picture: EncodedPicture, at: Millis): void {
    this.medium?.push(picture, at);
    this.#absence.wasGone = false;
  }

  onSourceGone(): void {
    this.#absence.wasGone = true;
  }

  sendDue(now: Millis): void {
    for (const frame of this.medium?.due(now) ?? []) this.#sendFrame(frame);
  }

  #sendFrame({ payloads, ticks, isKey, frameNumber }: DueFrame): void {
    for (const { payload, marker } of payloads) {
      this.#options.send(this.stream!.number(payload, ticks, { marker, isKey, frameNumber }));
    }
  }
}
