/*
 * Live data as it is given to others: as a line of JSON, as a file, as a row of a table.
 *
 * In: the head of a message (`DataHead`) and the name of the file with its picture. Out: the fields of the line
 * that `listen --json`, `--record-data` and the page's `/api/data` all give, and the ending of the picture's file.
 *
 * ../io/recording_folder.ts and ../io/recorder.ts write the files.
 */
import type { DataHead, ImageHead } from "../../../shared/data/data_message.ts";
import { RAW_MIME_TYPE } from "../../../shared/data/raw_image.ts";
import type { DataValues } from "../../../shared/data/data_values.ts";
import type { Millis } from "../../../shared/core/units.ts";

/** What a line says of a message; it does not say how the picture travelled. */
export interface DataLine {
  readonly count: number;
  readonly time: Millis;
  readonly values: DataValues;
  readonly image?: Omit<ImageHead, "deflated"> & {
    /** The recorded picture, in the folder of the recording. */
    readonly file?: string;
  };
}

/** @param file the name of the file that has the picture. */
export function dataLine({ count, time, values, image }: DataHead, file?: string): DataLine {
  if (image === undefined) return { count, time, values };
  const { deflated: _deflated, ...facts } = image;
  return { count, time, values, image: { ...facts, ...(file !== undefined && { file }) } };
}

const ENDINGS: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/bmp": "bmp",
  [RAW_MIME_TYPE]: "raw",
};
/** For a type of a later version. */
const OTHER_ENDING = "bin";

/** The types of pictures that are known; no browser runs any of them as a page or a script. */
export const PICTURE_TYPES: ReadonlySet<string> = new Set(Object.keys(ENDINGS));

/** `17.png`; undefined when the message has no picture. */
export function pictureFileOf({ count, image }: DataHead): string | undefined {
  return image && `${count}.${ENDINGS[image.mimeType] ?? OTHER_ENDING}`;
}

/** Whether {@linkcode pictureFileOf} may have given this name. */
export function isPictureFile(name: string): boolean {
  const [, ending] = /^\d+\.([a-z]+)$/.exec(name) ?? [];
  return ending !== undefined && [...Object.values(ENDINGS), OTHER_ENDING].includes(ending);
}
