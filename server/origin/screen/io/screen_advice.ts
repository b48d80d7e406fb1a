import type { CommandError } from "../../../../shared/core/errors.ts";
import {
  isAddress,
  isPipe,
  isStandardInput,
  SCREEN_USE,
  sourceError,
} from "../../io/bytes/location.ts";
import { nameForeign } from "../../sound/io/formats/foreign_bytes.ts";
import { nameMediaType } from "../../sound/io/formats/sound_advice.ts";
import { nameOtherStream } from "../files/file_kind.ts";

/** The end of a sentence about a file. */
export const CUT_OFF = "is cut off before anything in it can be read; copy it again";

/** The error about a location of `--screen`; `problem` is the end of the sentence. */
export function screenError(location: string, problem: string): CommandError {
  return sourceError(SCREEN_USE, location, problem);
}

/** The bytes are of no kind that can be read. */
export function kindError(location: string, start: Uint8Array, mediaType?: string): CommandError {
  if (start.length === 0) return screenError(location, "ends before it has given any video");
  const foreign = nameOtherStream(start) ?? nameForeign(start)?.name ??
    nameMediaType(mediaType)?.name;
  const what = foreign === undefined ? "has no video in it that is known here" : `is ${foreign}`;
  const kinds = "give MP4, MKV, WebM, MPEG-TS, H.264 or IVF";
  return screenError(location, `${what}; ${kinds}, or convert it: ${convertCommand(location)}`);
}

/** @param codec the name of a codec that is neither H.264 nor VP8; undefined when there is no video at all. */
export function codecError(location: string, codec: string | undefined): CommandError {
  const what = codec === undefined ? "has no video in it" : `holds ${codec}`;
  const need = codec === undefined ? "give a file with" : "only";
  const can = codec === undefined ? "" : " can be sent, convert it";
  const command = codec === undefined ? "" : `: ${convertCommand(location)}`;
  return screenError(
    location,
    `${what}; ${need} H.264 ${codec === undefined ? "or" : "and"} VP8${can}${command}`,
  );
}

/** The command that makes of a location what can be sent: a file, or for a stream a pipe to `serve`. */
export function convertCommand(location: string): string {
  const input = isStandardInput(location) ? "INPUT" : isAddress(location) ? "ADDRESS" : "FILE";
  const convert = `ffmpeg -i ${input} -c:v libx264 -bf 0 -c:a libopus`;
  const isStream = isPipe(location) || isAddress(location);
  return isStream ? `${convert} -f mpegts - | streamer serve --screen -` : `${convert} OUT.mkv`;
}

/** How a file is written so that it can be read from its beginning on. */
export function rewriteCommand(location: string): string {
  return isAddress(location)
    ? "ffmpeg -i ADDRESS -c copy -movflags +faststart OUT.mp4"
    : "ffmpeg -i INPUT -c copy -f matroska - | streamer serve --screen -";
}

/** Why the sound of a source is not sent, and what to do. */
export function soundAdvice(location: string, codec: string): string {
  const input = isStandardInput(location) ? "INPUT" : isAddress(location) ? "ADDRESS" : "FILE";
  return `its sound is ${codec}, and only MP3 and mono or stereo Opus can be sent; convert it: ` +
    `ffmpeg -i ${input} -c:v copy -c:a libopus -ac 2 OUT.mkv`;
}

export const UNWANTED_SOUND = "its sound is not sent, because --audio gives the sound";
