import type { Micros, Millis } from "../../../../shared/core/units.ts";
import { pageNow, toMicros } from "../capture/page_clock.ts";

/** Without a picture for this long the video element is asked, as in a hidden page, whose callbacks don't come. */
const HIDDEN_MILLIS: Millis = 200;
/** Pictures that the worker has not taken; each holds much memory. */
const MAX_UNTAKEN = 2;

export type OnFrame = (frame: VideoFrame, at: Micros) => void;

/**
 * Pictures of a video element, one by one, where the browser has no MediaStreamTrackProcessor. Each new picture
 * calls back; in a hidden page none does, and the worker's ticks replace it.
 */
export class ElementFrames {
  readonly #video: HTMLVideoElement;
  readonly #onFrame: OnFrame;
  readonly #interval: () => Millis;
  #givenAt: Millis = -Infinity;
  #untaken = 0;
  #isClosed = false;

  /** @param interval the least time between two pictures. */
  constructor(video: HTMLVideoElement, interval: () => Millis, onFrame: OnFrame) {
    this.#video = video;
    this.#interval = interval;
    this.#onFrame = onFrame;
    this.#await();
  }

  /** The worker's time passes. */
  tick(): void {
    const isHidden = pageNow() - this.#givenAt >= Math.max(HIDDEN_MILLIS, this.#interval());
    if (isHidden && document.visibilityState === "hidden") this.#give(pageNow());
  }

  /** The worker has taken a picture. */
  onTaken(): void {
    this.#untaken--;
  }

  close(): void {
    this.#isClosed = true;
  }

  #await(): void {
    this.#video.requestVideoFrameCallback((now, { captureTime }) => {
      if (this.#isClosed) return;
      this.#give(captureTime ?? now);
      this.#await();
    });
  }

  #give(captured: Millis): void {
    if (this.#isClosed || this.#untaken >= MAX_UNTAKEN || this.#video.readyState < 2) return;
    this.#givenAt = pageNow();
    this.#untaken++;
    const at = toMicros(Math.max(0, captured));
    this.#onFrame(new VideoFrame(this.#video, { timestamp: at }), at);
  }
}
