import type { Millis } from "../../shared/core/units.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { DownMessage } from "../link/down.ts";
import type { NumberedStream, StreamPlan } from "./numbered_stream.ts";
import type { EncodedPicture, ScreenFormat } from "./screen/picture.ts";
import { type DueFrame, type FrameNumbers, Screen } from "./screen/screen.ts";
import type { Streams } from "./streams.ts";
import type { Warnings } from "./warnings.ts";

export interface ScreenChannelOptions {
  readonly config: Pick<OriginConfig, "screen" | "isScreenAwaited" | "screenStaysOpen">;
  readonly streams: Streams;
  readonly warnings: Warnings;
  readonly send: (message: DownMessage) => void;
}

/** The channel of the screen: it may be there from the beginning, begin later, end, and begin again. */
export class ScreenChannel {
  readonly #options: ScreenChannelOptions;
  readonly #numbers: FrameNumbers = { next: 0 };
  #stream: NumberedStream | undefined;
  #screen: Screen | undefined;
  #isAwaited: boolean;

  constructor(options: ScreenChannelOptions) {
    this.#options = options;
    const { config: { screen, isScreenAwaited = false }, streams } = options;
    this.#isAwaited = isScreenAwaited;
    if (screen) this.#begin(screen, streams.open(planOf(screen)));
  }

  /** Undefined when there is no screen, or none yet. */
  get screen(): Screen | undefined {
    return this.#screen;
  }

  /** Whether a screen is expected whose format is not known yet. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Whether the broadcast goes on for a screen that may come back. */
  get staysOpen(): boolean {
    return this.#options.config.screenStaysOpen ?? false;
  }

  /** Undefined when there is no such channel now. */
  get id(): number | undefined {
    return this.#stream?.id;
  }

  /** @param startedAt when the broadcast started; undefined before. */
  open(format: ScreenFormat, startedAt: Millis | undefined): void {
    if (this.#screen) return;
    this.#isAwaited = false;
    this.#begin(format, this.#options.streams.begin(planOf(format)));
    if (startedAt !== undefined) this.#screen!.start(startedAt);
  }

  /** @throws RangeError when far too much is waiting. */
  push(picture: EncodedPicture, now: Millis): void {
    this.#screen?.push(picture, now);
  }

  end(): void {
    this.#isAwaited = false;
    this.#screen?.end();
  }

  /** Its stream has ended. The screen may come back, so its end does not end the broadcast. */
  onStreamEnded(stream: NumberedStream): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#screen = undefined;
    this.#isAwaited = true;
  }

  sendDue(now: Millis): void {
    for (const frame of this.#screen?.due(now) ?? []) this.#sendFrame(frame);
  }

  #sendFrame({ payloads, ticks, isKey, frameNumber }: DueFrame): void {
    for (const { payload, marker } of payloads) {
      this.#options.send(this.#stream!.number(payload, ticks, { marker, isKey, frameNumber }));
    }
  }

  #begin(format: ScreenFormat, stream: NumberedStream): void {
    const { warnings } = this.#options;
    this.#stream = stream;
    this.#screen = new Screen({
      format,
      numbers: this.#numbers,
      warn: (text, now) => warnings.add(text, now),
    });
  }
}

function planOf({ codec }: ScreenFormat): StreamPlan {
  return { name: "screen", kind: "frames", codec, aheadMillis: 0 };
}
