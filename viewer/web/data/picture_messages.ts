import type { ImageHead } from "../../../shared/data/data_message.ts";
import type { ColorMap } from "./color_maps.ts";
import type { Levels } from "./raw_picture.ts";

/** How a picture without colours of its own is painted. */
export interface Look {
  readonly map: ColorMap;
  /** null: chosen by the picture. */
  readonly levels: Levels | null;
}

/** To the worker: paint a picture, or the last one again with another look. */
export interface ToPictureWorker {
  readonly picture?: { readonly head: ImageHead; readonly bytes: Uint8Array<ArrayBuffer> };
  readonly look: Look;
}

/** From the worker, one answer for each message. */
export type FromPictureWorker =
  | {
    readonly kind: "painted";
    readonly bitmap: ImageBitmap;
    /** The levels that were used; null for pictures with colours of their own. */
    readonly levels: Levels | null;
  }
  | { readonly kind: "failed" };
