import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../shared/core/units.ts";
import type { DataMessage, ImageHead } from "../../../shared/data/data_message.ts";
import type { FromPictureWorker, Look, ToPictureWorker } from "./picture_messages.ts";
import { isMappable, type Levels } from "./raw_picture.ts";

/** What the picture needs of a browser. */
export interface PictureAdapter {
  createWorker(): PictureWorker;
  requestFrame(callback: () => void): void;
}

/** The part of `Worker` that is used. */
export interface PictureWorker {
  postMessage(message: ToPictureWorker, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<FromPictureWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** What is known of the picture that is shown. */
export interface ShownPicture {
  readonly count: number;
  readonly time: Millis;
  readonly head: ImageHead;
  /** The levels it is painted with; null when it has colours of its own. */
  readonly levels: Levels | null;
}

interface Waiting {
  readonly count: number;
  readonly time: Millis;
  readonly head: ImageHead;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Shows the pictures of live data on a canvas: one is painted by the worker, the newest waits, all in between are
 * left out. The canvas has as many pixels as the picture; the style sheet fits it into its box.
 */
export class PicturePlayer {
  readonly shown: Signal<ShownPicture | null> = signal(null);
  readonly look: Signal<Look> = signal({ map: "grey", levels: null });
  /** Whether the last picture could not be shown. */
  readonly hasFailed: Signal<boolean> = signal(false);
  /** Whether there was a picture, shown or not. */
  readonly isThere: ReadonlySignal<boolean> = computed(() =>
    this.shown.value !== null || this.hasFailed.value
  );
  readonly #adapter: PictureAdapter;
  #worker: PictureWorker | undefined;
  #canvas: HTMLCanvasElement | undefined;
  /** The picture that the worker has; it may paint it again. */
  #current: Omit<Waiting, "bytes"> | undefined;
  #next: Waiting | undefined;
  #isBusy = false;
  #needsRepaint = false;
  /** Painted, to be drawn before the browser paints next. */
  #bitmap: ImageBitmap | undefined;
  #upcoming: ShownPicture | null = null;

  constructor(adapter: PictureAdapter) {
    this.#adapter = adapter;
  }

  /** Draws on this canvas from now on. @returns a function that ends that. */
  attach(canvas: HTMLCanvasElement): () => void {
    this.#canvas = canvas;
    this.#repaint();
    return () => this.#canvas = undefined;
  }

  push({ head: { count, time, image: head }, image }: DataMessage): void {
    if (!head || !image) return;
    this.#next = { count, time, head, bytes: new Uint8Array(image) };
    this.#work();
  }

  setLook(look: Look): void {
    this.look.value = look;
    this.#repaint();
  }

  clear(): void {
    this.#next = this.#current = undefined;
    this.#needsRepaint = false;
    this.#bitmap?.close();
    this.#bitmap = undefined;
    this.shown.value = null;
    this.hasFailed.value = false;
  }

  #repaint(): void {
    this.#needsRepaint = this.#current !== undefined;
    this.#work();
  }

  #work(): void {
    if (this.#isBusy || !(this.#next || this.#needsRepaint)) return;
    const worker = this.#worker ??= this.#open();
    this.#isBusy = true;
    this.#needsRepaint = false;
    const next = this.#next;
    this.#next = undefined;
    const look = this.look.peek();
    if (!next) return worker.postMessage({ look }, []);
    const { bytes, ...current } = next;
    this.#current = current;
    worker.postMessage({ picture: { head: next.head, bytes }, look }, [bytes.buffer]);
  }

  #open(): PictureWorker {
    const worker = this.#adapter.createWorker();
    worker.onmessage = ({ data }) => this.#answer(data);
    worker.onerror = () => this.#answer({ kind: "failed" });
    return worker;
  }

  #answer(answer: FromPictureWorker): void {
    this.#isBusy = false;
    const current = this.#current;
    if (answer.kind === "painted" && current) this.#show(answer, current);
    else if (answer.kind === "painted") answer.bitmap.close();
    else this.hasFailed.value = true;
    this.#work();
  }

  #show(
    { bitmap, levels }: Extract<FromPictureWorker, { kind: "painted" }>,
    current: Omit<Waiting, "bytes">,
  ): void {
    const isScheduled = this.#bitmap !== undefined;
    this.#bitmap?.close();
    this.#bitmap = bitmap;
    this.hasFailed.value = false;
    const shown = { ...current, levels: isMappable(current.head.format) ? levels : null };
    if (!isScheduled) this.#adapter.requestFrame(() => this.#draw());
    this.#upcoming = shown;
  }

  #draw(): void {
    const [bitmap, canvas] = [this.#bitmap, this.#canvas];
    this.#bitmap = undefined;
    if (!bitmap) return;
    this.shown.value = this.#upcoming;
    if (canvas) drawOn(canvas, bitmap, this.#upcoming!.count);
    bitmap.close();
  }
}

function drawOn(canvas: HTMLCanvasElement, bitmap: ImageBitmap, count: number): void {
  const { width, height } = bitmap;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context?.clearRect(0, 0, width, height);
  context?.drawImage(bitmap, 0, 0);
  canvas.dataset["count"] = String(count);
}
