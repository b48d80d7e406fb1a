import { type Micros, type Millis, millisToTicks, type RtpTicks } from "../../shared/core/units.ts";
import { SCREEN_CLOCK_RATE, type ScreenCodec } from "../../shared/media/channel.ts";
import type { PictureFormat } from "../../shared/studio/capture_messages.ts";
import type { StudioMedia } from "../../shared/studio/studio_media.ts";
import type { EncodedPicture, ScreenFormat } from "../origin/screen/picture.ts";
import { BeginPace } from "./begin_pace.ts";
import type { CaptureOutput, MediumOutput } from "./capture_output.ts";
import type { Oddity } from "./oddities.ts";
import { type CheckedPicture, checkPicture, type PictureSize } from "./picture_check.ts";

/** The page is asked for a key frame at most this often. */
const KEY_REQUEST_MILLIS: Millis = 1000;
/** Times of pictures are this far apart at least: a millisecond. */
const LEAST_STEP: RtpTicks = 90;

/** The screen of the page. Nothing passes that a decoder could not show: each start is a key frame. */
export class BrowserScreen {
  readonly #pace = new BeginPace();
  /** What the page says to send; undefined until it has. */
  #codec: ScreenCodec | undefined;
  /** Of the channel, which outlasts the page; undefined when there is none. */
  #open: { readonly codec: ScreenCodec; size: PictureSize } | undefined;
  #needsKey = true;
  /** Whether something was left out since the last picture. */
  #hasGap = false;
  #lastAt: Micros = -Infinity;
  #lastTicks: RtpTicks = -Infinity;
  #askedAt: Millis = -Infinity;

  setFormat({ codec }: PictureFormat): MediumOutput[] {
    this.#begin(codec === "h264" || codec === "vp8" ? codec : undefined);
    if (!this.#codec) return [{ kind: "odd", oddity: "unknownCodec", detail: codec }];
    return this.#open && this.#open.codec !== codec ? this.#close() : [];
  }

  /** The page was replaced: a next one says what it sends. The channel stays. */
  forgetFormat(): void {
    this.#begin(undefined);
  }

  stop(): CaptureOutput[] {
    this.forgetFormat();
    return this.#close();
  }

  /** @param at when it was captured, by the host's clock. */
  take(media: StudioMedia, at: Millis, now: Millis): MediumOutput[] {
    if (!this.#codec) return [{ kind: "odd", oddity: "noFormat" }];
    if (media.at < this.#lastAt) return this.#refuse("timeBackwards", now);
    this.#lastAt = media.at;
    const check = checkPicture(this.#codec, media.bytes);
    if (!check.ok) return this.#refuse(check.oddity, now, check.detail);
    if (this.#needsKey && !check.picture.isKey) return this.#refuse("noKeyFrame", now);
    if (!this.#open && this.#pace.isTooSoon(now)) return this.#refuse("beganTooSoon", now);
    return this.#pass(check.picture, at, now);
  }

  #begin(codec: ScreenCodec | undefined): void {
    this.#codec = codec;
    this.#needsKey = true;
    this.#lastAt = -Infinity;
    this.#askedAt = -Infinity;
  }

  /** Pictures refer to the one before them, so the next one that passes is a key frame. */
  #refuse(oddity: Oddity, now: Millis, detail?: string): MediumOutput[] {
    this.#needsKey = true;
    this.#hasGap = true;
    const mayAsk = now - this.#askedAt >= KEY_REQUEST_MILLIS;
    if (mayAsk) this.#askedAt = now;
    const control = { kind: "screen-control" as const, isKeyFrameWanted: true };
    return [
      { kind: "odd", oddity, ...(detail !== undefined && { detail }) },
      ...(mayAsk ? [{ kind: "control" as const, control }] : []),
    ];
  }

  #pass({ isKey, size, content }: CheckedPicture, at: Millis, now: Millis): CaptureOutput[] {
    const ticks = Math.max(millisToTicks(at, SCREEN_CLOCK_RATE), this.#lastTicks + LEAST_STEP);
    const picture: EncodedPicture = { ...content, ticks, isKey, gapBefore: this.#hasGap };
    this.#lastTicks = ticks;
    this.#needsKey = false;
    this.#hasGap = false;
    return [...(size ? this.#noteSize(size, now) : []), { kind: "picture", picture, at }];
  }

  #noteSize(size: PictureSize, now: Millis): CaptureOutput[] {
    const codec = this.#codec!;
    const before = this.#open?.size;
    if (before?.width === size.width && before.height === size.height) return [];
    if (!before) this.#pace.note(now);
    this.#open = { codec, size };
    const format: ScreenFormat = { codec, ...size };
    return [{ kind: before ? "screen-resized" : "screen-started", format }];
  }

  #close(): CaptureOutput[] {
    const wasOpen = this.#open !== undefined;
    this.#open = undefined;
    this.#lastTicks = -Infinity;
    return wasOpen ? [{ kind: "screen-stopped" }] : [];
  }
}
