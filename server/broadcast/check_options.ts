import { CommandError, ExitCode } from "../../shared/core/errors.ts";
import type { ServeOptions } from "../interface/config.ts";

/** @throws CommandError when options contradict each other. */
export function checkOptions(options: ServeOptions): void {
  const { simulate, events, audio, plainReceivers, sdp, isOpen, tokens, tokenFile } = options;
  const complain = (text: string) => {
    throw new CommandError(ExitCode.usage, text);
  };
  if (simulate && events !== undefined) complain("Choose one of --simulate and --events");
  const isGuarded = tokens.length > 0 || tokenFile !== undefined ||
    options.signedTokens !== undefined;
  if (isOpen && isGuarded) {
    complain("--open lets everybody in: leave out --token, --token-file and --tokens");
  }
  if (plainReceivers.length > 0 && audio.length === 0) {
    complain("--rtp-to sends sound: give it with --audio");
  }
  if (sdp !== undefined && plainReceivers.length === 0) {
    complain("--sdp describes what --rtp-to sends: give that too");
  }
  if (events === "-" && audio.includes("-")) {
    complain("Standard input can't be both --audio and --events: give one of them as a file");
  }
  if (options.loop && audio.length === 0) {
    complain("--loop repeats the sound: give it with --audio");
  }
}
