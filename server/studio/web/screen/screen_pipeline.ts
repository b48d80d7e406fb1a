import type { Micros, Millis } from "../../../../shared/core/units.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import { type ScreenConfig, screenConfigs } from "./encoder_config.ts";
import type {
  EncodedScreenPicture,
  PictureEncoder,
  PictureEncoderHandlers,
} from "./picture_encoder.ts";
import { fittedSize, type ScreenOptions, type Size } from "./screen_options.ts";
import { ScreenSchedule } from "./screen_schedule.ts";

/** A captured picture, as far as the pipeline looks at it. */
export interface Picture {
  readonly displayWidth: number;
  readonly displayHeight: number;
  close(): void;
}

export type Encoder = Pick<PictureEncoder, "queueSize" | "configure" | "close"> & {
  encode(picture: Picture, isKey: boolean): void;
};

export interface ScreenHandlers {
  /** What the pictures from here on are; the next one is a key frame. */
  onFormat(codec: ScreenCodec, size: Size): void;
  onPicture(picture: EncodedScreenPicture): void;
  /** No configuration works. */
  onFailure(): void;
}

/** What the pipeline needs of a browser. */
export interface ScreenAdapter<Captured extends Picture> {
  now(): Millis;
  choose(configs: readonly ScreenConfig[]): Promise<ScreenConfig | undefined>;
  createEncoder(handlers: PictureEncoderHandlers): Encoder;
  /** @returns the picture in this size and with this time, which the caller closes. */
  fit(picture: Captured, size: Size, at: Micros): Picture;
}

/** An encoder that fails this often with no picture in between does not do better. */
const MAX_FAILURES_IN_A_ROW = 4;

/**
 * An encoder that was given this many pictures and gave none keeps them back to compress better, as H.264 of
 * Firefox does on Linux, with 42 of them: what is live can't wait so long.
 */
const MAX_KEPT_BACK = 12;

/** From captured pictures to encoded ones. It keeps the last picture, to send it again. */
export class ScreenPipeline<Captured extends Picture> {
  /** Whether the WebSocket still holds much of what was encoded. */
  isBehind = false;
  #options: ScreenOptions;
  readonly #handlers: ScreenHandlers;
  readonly #adapter: ScreenAdapter<Captured>;
  readonly #schedule: ScreenSchedule;
  #last: { readonly picture: Captured; readonly at: Micros } | undefined;
  #sentAt: Micros = -Infinity;
  /** Of the pictures that are encoded; undefined while there is no encoder that works. */
  #size: Size | undefined;
  #choice: ScreenConfig | undefined;
  /** Codecs that the browser offers and that don't work. */
  readonly #broken = new Set<ScreenCodec>();
  #encoder: Encoder | undefined;
  /** Pictures that the encoder was given before it gave the first; undefined once it has. */
  #keptBack: number | undefined;
  /** Whether what the encoder gives may still be of the format before the one that was said last. */
  #awaitsKey = false;
  #failures = 0;
  #isChoosing = false;
  #isClosed = false;

  constructor(
    options: ScreenOptions,
    handlers: ScreenHandlers,
    adapter: ScreenAdapter<Captured>,
  ) {
    this.#options = options;
    this.#handlers = handlers;
    this.#adapter = adapter;
    this.#schedule = new ScreenSchedule(options.rate);
  }

  /** Pictures that were left out before they were encoded. */
  get skipped(): number {
    return this.#schedule.skipped;
  }

  /** @param picture is closed when it is no longer needed. */
  push(picture: Captured, at: Micros): void {
    if (this.#isClosed) return picture.close();
    this.#last?.picture.close();
    this.#last = { picture, at };
    this.#schedule.onPicture();
    this.advance();
  }

  /** To be called now and then, so that a picture that waits is sent, and a still one again. */
  advance(): void {
    if (!this.#last || this.#isChoosing || this.#isClosed) return;
    const { displayWidth: width, displayHeight: height } = this.#last.picture;
    const size = fittedSize({ width, height }, this.#options);
    const isSame = size.width === this.#size?.width && size.height === this.#size.height;
    if (!isSame) return void this.#choose(size);
    const encodeQueueSize = this.#encoder!.queueSize;
    const next = this.#schedule.next(this.#adapter.now(), {
      encodeQueueSize,
      isBehind: this.isBehind,
    });
    if (next) this.#encode(next.isKey, next.isRepeated);
  }

  wantKey(): void {
    this.#schedule.wantKey();
    this.advance();
  }

  /** Goes on with other settings; a bitrate holds from the next picture on. */
  change(options: ScreenOptions): void {
    const { content, rate } = this.#options;
    const isOther = options.content !== content || options.rate !== rate;
    this.#options = options;
    this.#schedule.rate = options.rate;
    if (!this.#choice || !this.#size) return;
    if (isOther) return void this.#choose(this.#size);
    const { codec, config } = this.#choice;
    this.#choice = { codec, config: { ...config, bitrate: options.bitrate } };
    this.#tryToEncode((encoder) => encoder.configure(this.#choice!.config));
  }

  close(): void {
    this.#isClosed = true;
    this.#last?.picture.close();
    this.#last = undefined;
    this.#encoder?.close();
  }

  #encode(isKey: boolean, isRepeated: boolean): void {
    const now = Math.round(this.#adapter.now() * 1000);
    const captured = isRepeated ? now : this.#last!.at;
    const at = Math.max(captured, this.#sentAt + 1);
    this.#sentAt = at;
    const fitted = this.#adapter.fit(this.#last!.picture, this.#size!, at);
    if (this.#keptBack !== undefined) this.#keptBack++;
    this.#tryToEncode((encoder) => encoder.encode(fitted, isKey));
    fitted.close();
    this.#watchDelay();
  }

  #watchDelay(): void {
    this.#schedule.isEager = (this.#keptBack ?? 0) > 0;
    const isTooSlow = (this.#keptBack ?? 0) > MAX_KEPT_BACK;
    if (isTooSlow && this.#choice) this.#onFailure(this.#choice.codec, false);
  }

  /** Finds an encoder for pictures of this size. The one before goes on to be used, if it is of the same codec. */
  async #choose(size: Size): Promise<void> {
    this.#isChoosing = true;
    this.#size = undefined;
    const options = this.#options;
    const configs = screenConfigs(size, options);
    const choice = await this.#adapter.choose(
      configs.filter(({ codec }) => !this.#broken.has(codec)),
    );
    this.#isChoosing = false;
    if (this.#isClosed) return;
    if (options !== this.#options) return await this.#choose(size);
    if (!choice) return this.#giveUp();
    this.#begin(choice, size);
    this.advance();
  }

  #begin(choice: ScreenConfig, size: Size): void {
    if (choice.codec !== this.#choice?.codec) this.#closeEncoder();
    this.#choice = choice;
    this.#size = size;
    this.#encoder ??= this.#createEncoder(choice.codec);
    this.#handlers.onFormat(choice.codec, size);
    this.#awaitsKey = true;
    this.#schedule.wantKey();
    this.#tryToEncode((encoder) => encoder.configure(choice.config));
  }

  #createEncoder(codec: ScreenCodec): Encoder {
    let hasWorked = false;
    this.#keptBack = 0;
    const encoder = this.#adapter.createEncoder({
      onPicture: (picture) => {
        if (encoder !== this.#encoder) return;
        hasWorked = true;
        this.#failures = 0;
        this.#keptBack = undefined;
        this.#schedule.isEager = false;
        if (this.#awaitsKey && !picture.isKey) return;
        this.#awaitsKey = false;
        this.#handlers.onPicture(picture);
      },
      onFailure: () => {
        if (encoder === this.#encoder) this.#onFailure(codec, hasWorked);
      },
    });
    return encoder;
  }

  #tryToEncode(use: (encoder: Encoder) => void): void {
    const encoder = this.#encoder;
    if (!encoder) return;
    try {
      use(encoder);
    } catch {
      if (encoder === this.#encoder) this.#onFailure(this.#choice!.codec, false);
    }
  }

  /** A codec that gave nothing is not tried again, whatever the browser says of it. */
  #onFailure(codec: ScreenCodec, hasWorked: boolean): void {
    if (!hasWorked) this.#broken.add(codec);
    this.#closeEncoder();
    this.#choice = this.#size = undefined;
    if (++this.#failures < MAX_FAILURES_IN_A_ROW) this.advance();
    else this.#giveUp();
  }

  #giveUp(): void {
    this.close();
    this.#handlers.onFailure();
  }

  #closeEncoder(): void {
    this.#encoder?.close();
    this.#encoder = undefined;
  }
}
