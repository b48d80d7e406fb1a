/** What the painter needs of a browser. */
export interface PainterAdapter {
  /** Calls back before the browser paints next; not while the page is hidden. */
  requestFrame(callback: () => void): void;
  devicePixelRatio(): number;
}

/**
 * Draws pictures on a canvas, the newest before each paint. The canvas has as many pixels as the picture or, if
 * those are fewer, as the screen shows of it; the style sheet fits it into its box. Two pictures are held at
 * most, since a decoder has few: the one that is shown, to draw it again after a resize, and the next.
 */
export class Painter {
  /** Pictures drawn. */
  drawn = 0;
  readonly #adapter: PainterAdapter;
  #canvas: HTMLCanvasElement | undefined;
  #shown: VideoFrame | undefined;
  #next: VideoFrame | undefined;
  #isScheduled = false;

  constructor(adapter: PainterAdapter) {
    this.#adapter = adapter;
  }

  /** Draws on this canvas from now on. @returns a function that ends that. */
  attach(canvas: HTMLCanvasElement): () => void {
    this.#canvas = canvas;
    const resizing = new ResizeObserver(() => this.#schedule());
    resizing.observe(canvas);
    this.#schedule();
    return () => {
      resizing.disconnect();
      this.#canvas = undefined;
    };
  }

  /** Shows a picture in place of the one before, and closes it later. */
  show(picture: VideoFrame): void {
    this.#next?.close();
    this.#next = picture;
    this.#schedule();
  }

  /** Shows nothing. */
  clear(): void {
    this.#next?.close();
    this.#shown?.close();
    this.#next = this.#shown = undefined;
    // A new size makes a canvas empty.
    if (this.#canvas) this.#canvas.width = this.#canvas.height = 1;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#adapter.requestFrame(() => this.#paint());
  }

  #paint(): void {
    this.#isScheduled = false;
    if (this.#next) {
      this.#shown?.close();
      this.#shown = this.#next;
      this.#next = undefined;
      this.drawn++;
    }
    if (this.#canvas && this.#shown) this.#draw(this.#canvas, this.#shown);
  }

  #draw(canvas: HTMLCanvasElement, picture: VideoFrame): void {
    const ratio = this.#adapter.devicePixelRatio();
    const box = { width: canvas.clientWidth * ratio, height: canvas.clientHeight * ratio };
    const { width, height } = fit(picture, box);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) return;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width, height);
  }
}

/** Pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size in which the picture fits into the box, never larger than it is. */
export function fit(
  { displayWidth, displayHeight }: Pick<VideoFrame, "displayWidth" | "displayHeight">,
  box: Size,
): Size {
  const scale = Math.min(1, box.width / displayWidth, box.height / displayHeight);
  const pixels = (side: number) => Math.max(1, Math.round(side * (scale > 0 ? scale : 1)));
  return { width: pixels(displayWidth), height: pixels(displayHeight) };
}
