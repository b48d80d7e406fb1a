import type { ChannelNumbers } from "../../../shared/admission/channel_numbers.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import { Messages, type MessagesOptions } from "./messages.ts";

/** @returns undefined for a kind whose packets are no parts of messages. */
export function openMessages(
  { kind, ssrc, clockRate, sequenceBase, nextSequence }: ChannelNumbers,
  options: Omit<MessagesOptions, "ssrc" | "clockRate" | "oldest" | "next">,
): Messages | undefined {
  if (CHANNEL_KINDS[kind].release !== "arrival") return undefined;
  return new Messages({ ssrc, clockRate, oldest: sequenceBase, next: nextSequence, ...options });
}
