import { isAddress, isStandardInput } from "../../../io/bytes/location.ts";
import type { Foreign } from "./foreign_bytes.ts";

/** Content-Types other than MP3 and Ogg Opus, for bytes that are not recognized. */
const MEDIA_TYPES: readonly (readonly [RegExp, string, Foreign["kind"]])[] = [
  [/^audio\/(x-)?(aac|aacp|adts)\b/, "AAC", "sound"],
  [/^audio\/(mp4|x-m4a|m4a)\b/, "MP4 (AAC)", "sound"],
  [/^audio\/(mp4a-latm|usac)\b/i, "AAC (LATM)", "sound"],
  [/^audio\/(x-)?flac\b/, "FLAC", "sound"],
  [/^audio\/(x-|vnd\.)?wave?\b/, "WAV", "sound"],
  [/^audio\/(x-)?aiff\b/, "AIFF", "sound"],
  [/^audio\/(x-)?vorbis\b/, "Vorbis", "sound"],
  [/^audio\/(x-)?ms-wma\b|^video\/x-ms-asf\b/, "WMA (Windows Media)", "sound"],
  [/^(audio|video)\/webm\b/, "WebM", "sound"],
  [/^(audio|video)\/(x-)?matroska\b/, "Matroska", "sound"],
  [/^video\/mp2t\b/, "MPEG-TS", "sound"],
  [/^audio\/(ac3|eac3)\b/, "Dolby Digital (AC-3)", "sound"],
  [/^audio\/l(8|16|20|24)\b|^audio\/(basic|pcma|pcmu)\b/, "bare samples (PCM)", "sound"],
  [/mpegurl|scpls|xspf|ms-asx|pn-realaudio/, "a playlist", "playlist"],
  [/^text\/html\b|xhtml/, "a web page", "page"],
  [/^text\/|json|xml/, "text", "other"],
  [/^image\//, "a picture", "other"],
  [/^video\//, "a video", "sound"],
  [/zip|x-tar|7z|rar/, "an archive", "archive"],
  [/^application\/pdf\b/, "a PDF", "other"],
];

/** The format of a Content-Type; undefined when it may be MP3 or Ogg Opus. */
export function nameMediaType(mediaType: string | undefined): Foreign | undefined {
  const type = mediaType?.trim().toLowerCase();
  const row = type === undefined ? undefined : MEDIA_TYPES.find(([pattern]) => pattern.test(type));
  return row && { name: row[1], kind: row[2], isSure: false };
}

/** What to do about a location of another format, as the end of a sentence. */
export function adviceFor({ kind }: Pick<Foreign, "kind">, location: string): string {
  switch (kind) {
    case "sound":
      return `give an MP3 or Ogg Opus ${nounFor(location)}, or convert it: ${
        convertCommand(location, "", "mp3")
      }`;
    case "archive":
      return "unpack it, and give the MP3 or Ogg Opus file from it";
    case "page":
      return "give the address of the stream itself, which usually ends in .mp3 or .opus";
    case "playlist":
      return "give an address or a file from it";
    case "pipe":
      return "run the command in cmd.exe, or in PowerShell 7.4 or later";
    case "other":
      return `give an MP3 or Ogg Opus ${nounFor(location)}`;
  }
}

/**
 * The command that converts a location to `codec`: into a file, or for a stream into a pipe to
 * `serve`.
 */
export function convertCommand(location: string, flags: string, codec: "mp3" | "opus"): string {
  const words = ["ffmpeg", "-i", inputFor(location), ...flags.split(" ").filter(Boolean)];
  if (!isStandardInput(location) && !isAddress(location)) {
    return [...words, `OUT.${codec}`].join(" ");
  }
  const format = codec === "mp3" ? "mp3" : "ogg";
  return [...words, "-f", format, "-", "|", "streamer serve --audio -"].join(" ");
}

function inputFor(location: string): string {
  return isStandardInput(location) ? "INPUT" : isAddress(location) ? "ADDRESS" : "FILE";
}

function nounFor(location: string): string {
  return isStandardInput(location) || isAddress(location) ? "stream" : "file";
}
