/*
 * server/origin/screen/files: what a file or a stream of pictures is, and how its pictures and its sound go
 * together in time.
 *
 * In: the first bytes of a source; the times of its pictures and of its sound. Out: which reader takes it, times
 * that never go back, and sound that keeps to the pictures however often a file is repeated.
 *
 * file_kind.ts (this file) recognizes formats by their bytes, file_layout.ts where a file should end,
 * picture_times.ts puts the times of the turns of a file behind each other, turns.ts forgets turns that are over,
 * sound_alignment.ts fills sound up with silence (silence.ts). Nothing here does I/O. Read next: picture_times.ts,
 * then ../io/screen_source.ts, which uses it all.
 */
import { isNalUnit, NAL_TYPES, nalTypeOf } from "../../../../shared/media/video/h264.ts";

export type FileKind = "mp4" | "matroska" | "ivf" | "mpeg-ts" | "annex-b";

/** Enough to recognize every kind: a few packets of MPEG-TS, which may begin anywhere. */
export const KIND_BYTES = 1024;

/** A file of these begins with one of the boxes below (ISO 14496-12). */
const FIRST_BOXES: ReadonlySet<string> = new Set([
  ...["ftyp", "styp", "moov", "moof", "mdat", "free", "skip", "wide", "sidx", "pdin", "uuid"],
]);
const EBML = "\x1aE\xdf\xa3";
const IVF = "DKIF";
const TRANSPORT_PACKET_BYTES = 188;
const TRANSPORT_SYNC = 0x47;
const CONFIRMING_PACKETS = 4;
/** What an H.264 stream may begin with. */
const FIRST_NAL_TYPES: ReadonlySet<number> = new Set([
  ...[NAL_TYPES.slice, NAL_TYPES.keySlice, NAL_TYPES.information],
  ...[NAL_TYPES.sequenceParameters, NAL_TYPES.pictureParameters, NAL_TYPES.delimiter],
]);

/**
 * Recognizes the kind of a file by its first bytes, never by its name.
 *
 * @param isWhole whether more bytes can't come.
 * @returns "other" for all else; undefined when more bytes are needed, at most {@linkcode KIND_BYTES}.
 */
export function recognizeKind(
  start: Uint8Array,
  isWhole: boolean,
): FileKind | "other" | undefined {
  const text = String.fromCharCode(...start.subarray(0, 8));
  if (text.startsWith(EBML)) return "matroska";
  if (text.startsWith(IVF)) return "ivf";
  if (FIRST_BOXES.has(text.slice(4, 8))) return "mp4";
  const unit = firstUnit(start);
  if (unit !== undefined && unit.length > 0) return beginsH264(unit) ? "annex-b" : "other";
  if (isTransportStream(start)) return "mpeg-ts";
  return isWhole || start.length >= KIND_BYTES ? "other" : undefined;
}

/** The codec of a byte stream (annex B) that is not H.264; undefined when it is not known. */
export function nameOtherStream(start: Uint8Array): string | undefined {
  const unit = firstUnit(start);
  if (unit === undefined || unit.length < 2) return undefined;
  if (unit[0] === 0xb3) return "MPEG video";
  if (unit[0] === 0xba) return "MPEG program stream";
  // ITU-T H.265 section 7.3.1.2: type 32 to 35 or 39, layer 0, the first temporal layer.
  const type = unit[0]! >> 1 & 0x3f;
  const isFirst = (type >= 32 && type <= 35) || type === 39;
  return isFirst && unit[1] === 1 ? "H.265 (HEVC)" : undefined;
}

/** What follows a start code at the beginning, zeros before it apart; undefined without one. */
function firstUnit(start: Uint8Array): Uint8Array | undefined {
  const zeros = start.findIndex((byte) => byte !== 0);
  return zeros >= 2 && start[zeros] === 1 ? start.subarray(zeros + 1) : undefined;
}

function beginsH264(unit: Uint8Array): boolean {
  return isNalUnit(unit) && FIRST_NAL_TYPES.has(nalTypeOf(unit));
}

/** ISO 13818-1 section 2.4.3.2: a packet of 188 bytes begins with 0x47. */
function isTransportStream(bytes: Uint8Array): boolean {
  for (let start = 0; start < TRANSPORT_PACKET_BYTES; start++) {
    let count = 0;
    while (bytes[start + count * TRANSPORT_PACKET_BYTES] === TRANSPORT_SYNC) {
      if (++count === CONFIRMING_PACKETS) return true;
    }
  }
  return false;
}
