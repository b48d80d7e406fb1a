import type { Micros } from "../../../../shared/core/units.ts";
import type { Size } from "./screen_options.ts";

/** Makes pictures as large as the encoder wants them. */
export class FrameFitter {
  #canvas: OffscreenCanvas | undefined;

  /** @returns a picture of this size and time, which the caller closes. */
  fit(frame: VideoFrame, { width, height }: Size, timestamp: Micros): VideoFrame {
    const { displayWidth, displayHeight } = frame;
    if (displayWidth === width && displayHeight === height) {
      return new VideoFrame(frame, { timestamp });
    }
    const isOdd = displayWidth - width < 2 && displayHeight - height < 2;
    const canvas = this.#canvasOf({ width, height });
    const context = canvas.getContext("2d", { alpha: false })!;
    // An odd row is cut off: scaling by a pixel would blur all letters.
    if (isOdd) context.drawImage(frame, 0, 0);
    else context.drawImage(frame, 0, 0, width, height);
    return new VideoFrame(canvas, { timestamp });
  }

  #canvasOf({ width, height }: Size): OffscreenCanvas {
    const isSame = this.#canvas?.width === width && this.#canvas.height === height;
    return isSame ? this.#canvas! : this.#canvas = new OffscreenCanvas(width, height);
  }
}
