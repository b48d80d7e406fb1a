import * as v from "valibot";
import { MAX_CHANNELS } from "../admission/accept_body.ts";
import { MAX_TEAM_NAME_BYTES } from "../admission/admission_info.ts";
import {
  type ChannelDescription,
  ChannelDescriptionSchema,
} from "../admission/channel_description.ts";
import {
  type ChannelNumbers,
  MAX_CHANNEL_BYTES,
  MAX_SEQUENCE,
  parseChannelNumbers,
  serializeChannelNumbers,
} from "../admission/channel_numbers.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { type DataSetup, parseDataSetup } from "../data/data_setup.ts";
import { parseToReporter, type ToReporter } from "../report/report.ts";
import { fromBase64, toBase64 } from "../text/base64.ts";

/** What the host tells a listener by the lane. */
export type HostMessage =
  | Described
  | ChannelStarted
  | ChannelPaused
  | ChannelEnded
  | Teams
  | DataSetupPart
  /** To whoever may report: what can be reported, how the votes stand, and the answers. */
  | ToReporter;

/** The first message of a session: the match, and the channels whose numbers the ACCEPT has. */
export interface Described {
  readonly type: "described";
  readonly match?: { readonly home: string; readonly away: string };
  readonly channels: readonly ChannelDescription[];
  /** The channels that ended last: a listener that was away counts what it lost at their ends. */
  readonly ended?: readonly EndedStream[];
  /** The SSRCs of the channels that pause. */
  readonly paused?: readonly number[];
}

/** A stream that has ended. */
export interface EndedStream {
  readonly ssrc: number;
  /** Of all its packets; with it a listener counts what was lost at the end. */
  readonly packetCount: number;
}

/** A channel begins after the ACCEPT. */
export interface ChannelStarted {
  readonly type: "channel-started";
  readonly numbers: ChannelNumbers;
  readonly description: ChannelDescription;
}

/** A channel has ended, which ends no listener. */
export interface ChannelEnded extends EndedStream {
  readonly type: "channel-ended";
}

/** The source of a channel is gone and may come back, or is back: packets go on under the same SSRC. */
export interface ChannelPaused {
  readonly type: "channel-paused" | "channel-resumed";
  readonly ssrc: number;
}

/** The host has named the teams anew, before any event has named one. */
export interface Teams {
  readonly type: "teams";
  readonly home: string;
  readonly away: string;
}

/** Some of what people are told of the values of live data; the parts come in order. */
export interface DataSetupPart {
  readonly type: "data-setup";
  readonly setup: DataSetup;
  /** Whether it is the last part: the parts since the last one before are together a set-up, which replaces any other. */
  readonly isLast: boolean;
}

/** The most ended channels that are told to who joins. */
export const MAX_ENDED = 8;
const uint = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
const teamName = v.pipe(v.string(), v.maxBytes(MAX_TEAM_NAME_BYTES));
const teams = { home: teamName, away: teamName };

/** A channel of a later version, which is left out. */
const UnknownChannelSchema = v.pipe(
  v.object({
    ssrc: ChannelDescriptionSchema.entries.ssrc,
    channel: v.string(),
    codec: v.string(),
  }),
  v.check(({ channel, codec }) => {
    const { entries } = ChannelDescriptionSchema;
    return !(v.is(entries.channel, channel) && v.is(entries.codec, codec));
  }),
  v.transform(() => undefined),
);
const ChannelSchema = v.union([ChannelDescriptionSchema, UnknownChannelSchema]);

const ended = {
  ssrc: uint(0xffff_ffff),
  packetCount: uint(MAX_SEQUENCE),
};
const DescribedSchema = v.object({
  type: v.literal("described"),
  match: v.optional(v.object(teams)),
  channels: v.pipe(
    v.array(ChannelSchema),
    v.maxLength(MAX_CHANNELS),
    v.transform((channels) => channels.filter((channel) => channel !== undefined)),
  ),
  ended: v.optional(v.pipe(v.array(v.object(ended)), v.maxLength(MAX_ENDED))),
  paused: v.optional(v.pipe(v.array(ended.ssrc), v.maxLength(MAX_CHANNELS))),
});
const PausedSchema = v.object({
  type: v.picklist(["channel-paused", "channel-resumed"]),
  ssrc: ended.ssrc,
});
const StartedSchema = v.object({
  type: v.literal("channel-started"),
  /** Base64 of the binary form. */
  numbers: v.pipe(v.string(), v.maxLength(Math.ceil(MAX_CHANNEL_BYTES / 3) * 4), v.base64()),
  description: ChannelSchema,
});
const EndedSchema = v.object({
  type: v.literal("channel-ended"),
  ...ended,
});
const TeamsSchema = v.object({ type: v.literal("teams"), ...teams });
const DataSetupPartSchema = v.object({
  type: v.literal("data-setup"),
  setup: v.unknown(),
  isLast: v.boolean(),
});
const TypeSchema = v.object({ type: v.string() });

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws RangeError when a channel's numbers are out of range. */
export function serializeHostMessage(message: HostMessage): Uint8Array {
  const written = message.type === "channel-started"
    ? { ...message, numbers: toBase64(serializeChannelNumbers(message.numbers)) }
    : message;
  return encoder.encode(JSON.stringify(written));
}

/** @returns the value undefined for a message or a channel of a later version, which is ignored. */
export function parseHostMessage(bytes: Uint8Array): Parsed<HostMessage | undefined> {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    const message = v.parse(TypeSchema, value);
    switch (message.type) {
      case "described":
        return parsed(v.parse(DescribedSchema, value));
      case "channel-started":
        return readStarted(v.parse(StartedSchema, value));
      case "channel-paused":
      case "channel-resumed":
        return parsed(v.parse(PausedSchema, value));
      case "channel-ended":
        return parsed(v.parse(EndedSchema, value));
      case "teams":
        return parsed(v.parse(TeamsSchema, value));
      case "data-setup":
        return readDataSetup(v.parse(DataSetupPartSchema, value));
      case "setup":
      case "candidate":
      case "report":
        return parseToReporter(value);
      default:
        return parsed(undefined);
    }
  } catch {
    return junk("malformedMessage");
  }
}

function readDataSetup(
  { setup: given, ...part }: v.InferOutput<typeof DataSetupPartSchema>,
): Parsed<DataSetupPart> {
  const setup = parseDataSetup(given);
  return setup.ok ? parsed({ ...part, setup: setup.value }) : junk("malformedMessage");
}

function readStarted(
  { type, numbers: base64, description }: v.InferOutput<typeof StartedSchema>,
): Parsed<ChannelStarted | undefined> {
  const numbers = parseChannelNumbers(fromBase64(base64));
  if (!numbers.ok) return junk("malformedMessage");
  if (numbers.value === undefined || description === undefined) return parsed(undefined);
  return numbers.value.ssrc === description.ssrc
    ? parsed({ type, numbers: numbers.value, description })
    : junk("malformedMessage");
}
