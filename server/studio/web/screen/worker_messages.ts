import type { Micros, Millis } from "../../../../shared/core/units.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import type { ScreenOptions } from "./screen_options.ts";

/** From the page to its worker. */
export type ToWorker =
  | {
    readonly kind: "start";
    /** The page's `performance.timeOrigin`: all times are of its clock. */
    readonly pageOrigin: Millis;
    readonly options: ScreenOptions;
    /** What is captured; without it the page sends each picture. */
    readonly readable?: ReadableStream<VideoFrame>;
  }
  /** A picture, where the browser can't give the worker all of them. The worker answers `taken`. */
  | { readonly kind: "frame"; readonly frame: VideoFrame; readonly at: Micros }
  | { readonly kind: "change"; readonly options: ScreenOptions }
  | { readonly kind: "key" }
  | { readonly kind: "behind"; readonly isBehind: boolean }
  | { readonly kind: "stop" };

/** From the worker to the page. */
export type FromWorker =
  | {
    readonly kind: "format";
    readonly codec: ScreenCodec;
    readonly width: number;
    readonly height: number;
  }
  | {
    readonly kind: "picture";
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly isKey: boolean;
    readonly at: Micros;
    readonly encodeMillis: Millis;
    /** Pictures left out so far, before they were encoded. */
    readonly skipped: number;
  }
  | { readonly kind: "taken" }
  /** Time passes, also while the page is hidden and its own timers hardly run. */
  | { readonly kind: "tick" }
  | { readonly kind: "failed" };
