import { plainText } from "../../shared/text/plain_text.ts";

/** Why something of the page was refused, or what was done to its sound. The names under which it is counted. */
export type Oddity =
  | "unknownCodec"
  | "noFormat"
  | "timeBackwards"
  | "malformedSound"
  | "oversizedPicture"
  | "malformedPicture"
  | "notBaseline"
  | "noParameterSets"
  | "noKeyFrame"
  | "beganTooSoon"
  | "lateSound"
  | "soundInserted"
  | "soundLeftOut";

const WORDS: Readonly<Record<Oddity, string>> = {
  unknownCodec:
    "The page offers a codec that was not asked for (DETAIL); only Opus, H.264 baseline and VP8 are taken",
  noFormat: "The page sent sound or pictures before their format: reload the page",
  timeBackwards: "The times of what the page sends run backwards: what is older is left out",
  malformedSound: "The page sent sound that is no Opus packet: it is left out",
  oversizedPicture:
    "The page sent a picture of more than 4 MiB: it is left out, and all up to the next key frame. Share a " +
    "smaller picture, or lower its bitrate",
  malformedPicture:
    "The page sent a picture that is not what it says (DETAIL): it is left out, and all up to the next key frame",
  notBaseline:
    "The page sent H.264 of profile DETAIL; only baseline (66) is taken, which every listener can decode",
  noParameterSets: "The page sent an H.264 key frame without parameter sets: it is left out",
  noKeyFrame:
    "The page sent pictures before a key frame, which nobody could decode: they are left out",
  beganTooSoon:
    "The page stops and starts sound or the screen many times a second: what it brings too soon is left out",
  lateSound:
    "Sound came too late from the page and is left out: this machine or its browser is too busy",
  soundInserted:
    "The microphone's clock is slower than this machine's, or sound of it was lost: DETAIL ms of silence are inserted",
  soundLeftOut:
    "The microphone's clock is faster than this machine's: DETAIL ms of sound are left out",
};

/** A sentence for the host. The detail may be anything that the page has said. */
export function wordsOf(oddity: Oddity, detail = ""): string {
  return WORDS[oddity].replace("DETAIL", () => plainText(detail));
}
