import type { ChannelNumbers } from "../../../shared/admission/channel_numbers.ts";
import { CODEC_NAMES, CODECS, isScreenCodec } from "../../../shared/media/channel.ts";
import { CHANNEL_KINDS } from "../../../shared/media/channel_kinds.ts";
import type { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import { Frames } from "./frames.ts";

const SCREEN_CODECS = CODEC_NAMES.filter(isScreenCodec);

/**
 * The payload type tells the codec before the channel is described.
 *
 * @returns undefined for a kind whose packets are no parts of frames, and for a codec of a later version.
 */
export function openFrames(
  { kind, payloadType, timestampBase, sequenceBase, nextSequence }: ChannelNumbers,
  roundTrip: RoundTrip,
): Frames | undefined {
  if (CHANNEL_KINDS[kind].lateJoiner !== "from-key-frame") return undefined;
  const codec = SCREEN_CODECS.find((one) => CODECS[one].payloadType === payloadType);
  const numbers = { timestampBase, oldest: sequenceBase, next: nextSequence };
  return codec && new Frames({ codec, ...numbers, roundTrip });
}
