/// <reference lib="webworker" />
import { openImage } from "../../../shared/data/data_message.ts";
import type { FromPictureWorker, Look, ToPictureWorker } from "./picture_messages.ts";
import {
  automaticLevels,
  isMappable,
  type Levels,
  paintRaw,
  type RawPicture,
} from "./raw_picture.ts";

// The globals of a worker, which TypeScript's library of pages does not have.
declare const self: {
  onmessage: (event: { readonly data: ToPictureWorker }) => void;
  postMessage(message: FromPictureWorker, transfer: Transferable[]): void;
};

/** More pixels than this are not decoded: they would take over 100 MB. */
const MAX_PIXELS = 32 << 20;

/** The picture that is shown, to paint it again: raw, or as the file that it came as. */
let shown: RawPicture | Blob | undefined;

/** Inflates and paints pictures beside the page, so that it never stands still for them. */
self.onmessage = async ({ data: { picture, look } }) => {
  try {
    if (picture) shown = open(picture);
    const { bitmap, levels } = await paint(shown, look);
    self.postMessage({ kind: "painted", bitmap, levels }, [bitmap]);
  } catch {
    self.postMessage({ kind: "failed" }, []);
  }
};

function open({ head, bytes }: NonNullable<ToPictureWorker["picture"]>) {
  if (head.width * head.height > MAX_PIXELS) return undefined;
  if (!head.format) return new Blob([bytes], { type: head.mimeType });
  const opened = openImage({ head: { count: 1, time: 0, values: {}, image: head }, image: bytes });
  if (!opened.ok || !opened.value) return undefined;
  return { format: head.format, width: head.width, height: head.height, bytes: opened.value };
}

async function paint(
  picture: RawPicture | Blob | undefined,
  look: Look,
): Promise<{ readonly bitmap: ImageBitmap; readonly levels: Levels | null }> {
  if (!picture) throw new TypeError("there is no picture");
  if (picture instanceof Blob) return { bitmap: await createImageBitmap(picture), levels: null };
  const mapped = isMappable(picture.format);
  const levels = mapped ? look.levels ?? automaticLevels(picture) : null;
  const pixels = paintRaw(picture, look.map, levels ?? [0, 1]);
  const bitmap = await createImageBitmap(new ImageData(pixels, picture.width, picture.height));
  return { bitmap, levels };
}
