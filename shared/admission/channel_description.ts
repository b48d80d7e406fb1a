import * as v from "valibot";
import { CODEC_NAMES } from "../media/channel.ts";
import type { ChannelNumbers } from "./channel_numbers.ts";

/** What a listener must know of a channel before it can play or show it: sent as JSON in a message. */
export const ChannelDescriptionSchema = v.object({
  /** Of the channel's stream: the same as in its numbers. */
  ssrc: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff)),
  channel: v.picklist(["audio", "events", "screen", "data"]),
  codec: v.picklist(CODEC_NAMES),
  /** Audio only. */
  sampleRate: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(192_000))),
  channelCount: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(8))),
  /** Opus only: the OpusHead packet in base64. */
  description: v.optional(v.pipe(v.string(), v.maxLength(400), v.base64())),
});
export type ChannelDescription = v.InferOutput<typeof ChannelDescriptionSchema>;

/** Everything that a listener is told of a channel. */
export type ChannelInfo = ChannelNumbers & ChannelDescription;

/** Puts together what a listener is told of a channel, in the order in which scripts are shown it. */
export function channelInfoOf(
  numbers: ChannelNumbers,
  { channel, codec, sampleRate, channelCount, description }: ChannelDescription,
): ChannelInfo {
  const { kind, rtx, fec, ...others } = numbers;
  const { ssrc, payloadType, clockRate, sequenceBase, nextSequence } = others;
  return {
    channel,
    codec,
    ssrc,
    payloadType,
    clockRate,
    sequenceBase,
    nextSequence,
    timestampBase: others.timestampBase,
    aheadMillis: others.aheadMillis,
    ...(rtx && { rtx }),
    ...(fec && { fec }),
    ...(sampleRate === undefined ? {} : { sampleRate }),
    ...(channelCount === undefined ? {} : { channelCount }),
    ...(description === undefined ? {} : { description }),
    kind,
  };
}
