import type { ScreenCodec } from "../../shared/media/channel.ts";
import { NAL_TYPES, nalTypeOf } from "../../shared/media/video/h264.ts";
import { parseSequenceParameters } from "../../shared/media/video/h264_sps.ts";
import { parseVp8Header } from "../../shared/media/video/vp8.ts";
import { AnnexBSplitter } from "../origin/screen/annex_b_splitter.ts";
import { MAX_PICTURE_BYTES } from "../origin/screen/picture.ts";
import type { Oddity } from "./oddities.ts";

/** A picture without its time. */
export interface CheckedPicture {
  readonly isKey: boolean;
  /** Pixels; of key frames. */
  readonly size?: PictureSize;
  /** Copies: of H.264 the NAL units, of VP8 the frame. */
  readonly content: { readonly nalUnits: readonly Uint8Array[] } | { readonly bytes: Uint8Array };
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export type PictureCheck =
  | { readonly ok: true; readonly picture: CheckedPicture }
  | { readonly ok: false; readonly oddity: Oddity; readonly detail?: string };

const BASELINE_PROFILE = 66;

/** Looks into the bytes of a picture: what they are counts, not what the page says of them. */
export function checkPicture(codec: ScreenCodec, bytes: Uint8Array): PictureCheck {
  if (bytes.length > MAX_PICTURE_BYTES) return { ok: false, oddity: "oversizedPicture" };
  return codec === "h264" ? checkH264(bytes) : checkVp8(bytes);
}

function checkH264(bytes: Uint8Array): PictureCheck {
  const splitter = new AnnexBSplitter(1);
  const pictures = [...splitter.push(bytes), ...splitter.end()];
  const [first] = pictures;
  const isWhole = pictures.length === 1 && splitter.faults.total === 0;
  if (!first || !isWhole) return malformed("H.264");
  const { isKey, nalUnits } = first;
  const ofType = (type: number) => nalUnits.find((unit) => nalTypeOf(unit) === type);
  const set = ofType(NAL_TYPES.sequenceParameters);
  const parameters = set && parseSequenceParameters(set);
  if (set && !parameters) return malformed("H.264");
  if (parameters && parameters.profile !== BASELINE_PROFILE) {
    return { ok: false, oddity: "notBaseline", detail: String(parameters.profile) };
  }
  const hasSets = parameters && ofType(NAL_TYPES.pictureParameters);
  if (isKey && !hasSets) return { ok: false, oddity: "noParameterSets" };
  const size = isKey && parameters && { width: parameters.width, height: parameters.height };
  return { ok: true, picture: { isKey, ...(size && { size }), content: { nalUnits } } };
}

function checkVp8(bytes: Uint8Array): PictureCheck {
  const header = parseVp8Header(bytes);
  if (!header) return malformed("VP8");
  const { isKey, width, height } = header;
  const size = width !== undefined && height !== undefined ? { width, height } : undefined;
  return { ok: true, picture: { isKey, ...(size && { size }), content: { bytes: bytes.slice() } } };
}

function malformed(codec: string): PictureCheck {
  return { ok: false, oddity: "malformedPicture", detail: codec };
}
