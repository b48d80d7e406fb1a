/**
 * viewer/web/screen: shows the host's screen in the page.
 *
 * Frames come in from the WebSocket; picture_decoder.ts decodes them with WebCodecs, with what
 * decoder_config.ts reads from key frames, and painter.ts draws the pictures on the canvas. This file is the
 * state behind the screen's panel: whether frames are wanted, what size they have, and why there is no picture.
 * The next file to read is picture_decoder.ts.
 */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Millis } from "../../../shared/core/units.ts";
import type { Screen } from "../../../shared/page/page.ts";
import type { PageFrame } from "../../../shared/page/page_frame.ts";
import { Painter, type PainterAdapter, type Size } from "./painter.ts";
import { PictureDecoder, type PictureDecoderOptions } from "./picture_decoder.ts";

/** What the player needs of a browser. */
export interface ScreenAdapter extends PainterAdapter {
  /** Undefined where the browser has no WebCodecs. */
  readonly createDecoder: PictureDecoderOptions["create"] | undefined;
  /** Whether the page's address is one where browsers offer WebCodecs. */
  readonly isSecure: boolean;
  now(): Millis;
  /** Whether the viewer should send the screen over the WebSocket. */
  onWantsScreen(wanted: boolean): void;
}

/** Why the page can't show the screen. */
export type ScreenProblem = "insecure" | "noDecoder" | "codec";

/**
 * While more frames than this wait, newer pictures are about to come, and most of those before them are not drawn:
 * without a graphics card a browser takes 20 to 45 ms to draw 1280x720, and each frame that waits is a delay.
 */
const CATCHING_UP_FRAMES = 1;
/** At least one picture in this time is drawn all the same. */
const LONGEST_UNDRAWN_MILLIS: Millis = 500;

/** The logic of the screen's panel. */
export class ScreenPlayer {
  /** The size of the picture, from the first key frame on. */
  readonly size: Signal<Size | null> = signal(null);
  /** Whether a picture is on the canvas. */
  readonly hasPicture: Signal<boolean> = signal(false);
  /** Whether this page itself dropped frames, and waits for a key frame. */
  readonly isBehind: Signal<boolean> = signal(false);
  readonly problem: Signal<ScreenProblem | null> = signal(null);
  /** Whether anybody can see the page. */
  readonly isVisible: Signal<boolean> = signal(true);
  readonly #wanted: ReadonlySignal<boolean>;
  readonly #adapter: ScreenAdapter;
  readonly #painter: Painter;
  #decoder: PictureDecoder | undefined;
  #shownAt: Millis = -Infinity;

  constructor(screen: ReadonlySignal<Screen | null>, adapter: ScreenAdapter) {
    this.#adapter = adapter;
    this.#painter = new Painter(adapter);
    if (!adapter.createDecoder) this.problem.value = adapter.isSecure ? "noDecoder" : "insecure";
    const isShared = computed(() => screen.value?.isShared === true);
    this.#wanted = computed(() =>
      isShared.value && this.isVisible.value && this.problem.value === null
    );
    effect(() => this.#follow(this.#wanted.value));
    effect(() => {
      if (!isShared.value) this.#clear();
    });
  }

  /** Draws on this canvas from now on. @returns a function that ends that. */
  attach(canvas: HTMLCanvasElement): () => void {
    return this.#painter.attach(canvas);
  }

  push(frame: PageFrame): void {
    if (this.#wanted.peek()) this.#decoder?.push(frame);
  }

  /** The viewer is connected anew, and begins again with a key frame. */
  restart(): void {
    this.#decoder?.close();
  }

  /** A hidden page takes no frames: the first that it gets when it is seen again is a key frame. */
  #follow(wanted: boolean): void {
    this.#decoder?.close();
    this.#decoder = wanted ? this.#open() : undefined;
    this.isBehind.value = false;
    this.#adapter.onWantsScreen(wanted);
  }

  #open(): PictureDecoder {
    return new PictureDecoder({
      create: this.#adapter.createDecoder!,
      onPicture: (picture) => this.#show(picture),
      onKeyFrame: (info) => {
        const { width, height } = info;
        const before = this.size.peek();
        const isSame = before?.width === width && before.height === height;
        if (!isSame) this.size.value = { width, height };
      },
      onWaiting: (isWaiting) => this.isBehind.value = isWaiting,
      onFailure: () => this.problem.value = "codec",
    });
  }

  #show(picture: VideoFrame): void {
    const now = this.#adapter.now();
    const isCatchingUp = (this.#decoder?.waiting ?? 0) > CATCHING_UP_FRAMES;
    if (isCatchingUp && now - this.#shownAt < LONGEST_UNDRAWN_MILLIS) return picture.close();
    this.#shownAt = now;
    this.#painter.show(picture);
    this.hasPicture.value = true;
  }

  #clear(): void {
    this.#painter.clear();
    this.hasPicture.value = false;
    this.size.value = null;
    this.#shownAt = -Infinity;
  }
}
