import type { Sound } from "../../../shared/page/page.ts";

export const INTERRUPTED_WORDS =
  "Paused by this device, as phones do during a call. Press play if it does not go on by itself.";

export const WAITING_WORDS = "No sound comes from the host at the moment. It begins by itself.";

/** The device never let the sound begin. `state` is the context's; undefined when there was none to be had. */
export function blockedWords(context: Pick<AudioContext, "state"> | undefined): string {
  return context === undefined || context.state === "closed"
    ? "This browser gives the page no sound: check that a loudspeaker is there, and press play once more."
    : "This device did not let the sound begin: end a call or another player, check that a loudspeaker is there, and press play once more.";
}

/** Neither engine can play it. */
export function undecodableWords({ codec }: Sound): string {
  const name = codec === "mp3" ? "MP3" : "Opus";
  return `This browser can't play ${name}. Open this page in Chrome, Edge or Firefox, or its address with /audio in a player such as VLC.`;
}
