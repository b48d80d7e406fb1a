/*
 * The link: what passes between an origin and its edges, as bytes that could cross a network. The link itself
 * must be reliable and ordered (a stream, or calls within one process).
 *
 * Down, this file: what is broadcast, from the origin to every edge: the broadcast itself, channels that begin
 * and end, the items of each channel (one becomes one RTP packet), the state of the timeline, what reporters are
 * told, put-outs, and the end. Up, up.ts: what an origin must know of listeners: how many there are, what they
 * lack, and what they report.
 *
 * In: typed messages, written by ../origin/origin_core.ts and ../edge/edge_core.ts. Out: bytes, and the same
 * messages read from them; bytes that are no message are refused by name. Read next: up.ts, then
 * ../origin/origin_core.ts.
 */

import { MAX_SEQUENCE } from "../../shared/admission/channel_numbers.ts";
import * as v from "valibot";
import { MAX_TEAM_NAME_BYTES } from "../../shared/admission/admission_info.ts";
import { ChannelDescriptionSchema } from "../../shared/admission/channel_description.ts";
import { concat, viewOf } from "../../shared/core/bytes.ts";
import { junk, type Parsed, parsed } from "../../shared/core/parsed.ts";
import type { ExtendedSequence, RtpTicks } from "../../shared/core/units.ts";
import { MatchEventSchema, TimelineEventSchema } from "../../shared/event/event.ts";
import { CODEC_NAMES } from "../../shared/media/channel.ts";
import { CHANNEL_KINDS, type ChannelKind } from "../../shared/media/channel_kinds.ts";
import { type DataSetup, parseDataSetup } from "../../shared/data/data_setup.ts";
import { MAX_PAYLOAD_BYTES } from "../../shared/media/payload.ts";
import {
  CandidateSchema,
  ReportAnswerSchema,
  ReportSetupSchema,
} from "../../shared/report/report.ts";
import { fromBase64, toBase64 } from "../../shared/text/base64.ts";

/** One unit of a channel: the payload of one RTP packet, numbered by the origin. */
export interface Item {
  readonly type: "item";
  /** The id of its channel. */
  readonly channel: number;
  readonly sequence: ExtendedSequence;
  /** Media time since the start of the broadcast; negative for entries from before a restart. */
  readonly ticks: RtpTicks;
  readonly marker: boolean;
  /** Whether a listener can begin here without what came before. */
  readonly isKey: boolean;
  /** Whether it was sent before: it is kept for repair, and not sent to anybody now. */
  readonly isPast: boolean;
  /**
   * The frame that it is a part of, or the message (its count), not wrapped; present for items of the kinds `frames`
   * and `messages` alone.
   */
  readonly frameNumber?: number;
  /** In clear; signed if its kind is signed and the broadcast is encrypted. It fits a datagram. */
  readonly payload: Uint8Array;
}

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const uint32 = v.pipe(uint, v.maxValue(0xffff_ffff));
const millis = v.pipe(v.number(), v.finite());
const asBytes = v.transform((text: string): Uint8Array => fromBase64(text));
const bytes = v.pipe(v.string(), v.base64(), asBytes);
const text = v.string();
const teamName = v.pipe(text, v.maxBytes(MAX_TEAM_NAME_BYTES));
const teams = { home: teamName, away: teamName };
const SIGNING_KEY_BYTES = 32;
const DataSetupSchema = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): DataSetup => {
    const setup = parseDataSetup(value);
    if (setup.ok) return setup.value;
    addIssue({ message: setup.junk });
    return NEVER;
  }),
);

const AudioSchema = v.object({
  codec: v.picklist(["mp3", "opus"]),
  sampleRate: ChannelDescriptionSchema.entries.sampleRate.wrapped,
  channelCount: ChannelDescriptionSchema.entries.channelCount.wrapped,
  description: v.optional(v.pipe(ChannelDescriptionSchema.entries.description.wrapped, asBytes)),
});

const ChannelSchema = v.pipe(
  v.object({
    type: v.literal("channel"),
    /** Chosen by the origin; never used again in the same broadcast. */
    id: v.pipe(uint, v.maxValue(0xffff)),
    name: v.picklist(["audio", "events", "screen", "data"]),
    kind: v.picklist(Object.keys(CHANNEL_KINDS) as ChannelKind[]),
    codec: v.picklist(CODEC_NAMES),
    ssrc: uint32,
    payloadType: v.pipe(uint, v.maxValue(127)),
    clockRate: v.pipe(uint, v.minValue(1), v.maxValue(1_000_000)),
    /** The number of its first item, and of the next one. */
    sequenceBase: v.pipe(uint, v.maxValue(0xffff)),
    nextSequence: v.pipe(uint, v.maxValue(MAX_SEQUENCE)),
    /** The RTP timestamp of the start of the broadcast. */
    timestampBase: uint32,
    /** The bytes of all payloads so far. */
    octetCount: uint,
    /** How long before its media time an item may be sent. */
    aheadMillis: v.pipe(uint, v.maxValue(60_000)),
    audio: v.optional(AudioSchema),
  }),
  v.check(({ sequenceBase, nextSequence }) => nextSequence >= sequenceBase),
);

const SCHEMAS = {
  /** The first message to an edge. `now` is the origin's clock, here and below. */
  broadcast: v.object({
    type: v.literal("broadcast"),
    /** 16 hexadecimal digits. */
    broadcastId: v.pipe(text, v.regex(/^[0-9a-f]{16}$/)),
    match: v.optional(v.object(teams)),
    /** The public key of the signatures; absent when the broadcast is not encrypted. */
    signingKey: v.optional(v.pipe(bytes, v.check(({ length }) => length === SIGNING_KEY_BYTES))),
    now: millis,
  }),
  channel: ChannelSchema,
  /** The host has named the teams anew. */
  teams: v.object({ type: v.literal("teams"), ...teams }),
  /** The origin's clock, told once a second, and whether the broadcast has started. */
  clock: v.object({ type: v.literal("clock"), now: millis, startedAt: v.optional(millis) }),
  /** The last entry of the timeline. */
  timeline: v.object({
    type: v.literal("timeline"),
    count: uint,
    score: TimelineEventSchema.entries.score,
    clock: v.optional(MatchEventSchema.entries.clock),
    period: v.optional(MatchEventSchema.entries.period),
  }),
  /** What people are told of the values of live data; a later one replaces it. */
  "data-setup": v.object({ type: v.literal("data-setup"), setup: DataSetupSchema }),
  /** What listeners who may report can report; a later one replaces it. */
  "report-setup": v.object({ type: v.literal("report-setup"), setup: ReportSetupSchema }),
  /** The answer to a report, for the session that it came from. */
  "report-answer": v.object({
    type: v.literal("report-answer"),
    connectionId: text,
    answer: ReportAnswerSchema,
  }),
  /** How the votes stand, for all who may report. */
  candidate: v.object({ type: v.literal("candidate"), candidate: CandidateSchema }),
  /** The source of a channel is gone and may come back under the same numbers; then it is. */
  "channel-paused": v.object({ type: v.literal("channel-paused"), id: uint }),
  "channel-resumed": v.object({ type: v.literal("channel-resumed"), id: uint }),
  "channel-ended": v.object({ type: v.literal("channel-ended"), id: uint }),
  /** A listener is put out, by its connection id (16 hexadecimal digits). */
  "put-out": v.object({
    type: v.literal("put-out"),
    connectionId: text,
    code: v.pipe(uint, v.maxValue(0xffff)),
    reason: text,
  }),
  /** The broadcast is over: nothing follows. */
  ended: v.object({ type: v.literal("ended"), reason: text }),
} as const;

type Described = v.InferOutput<typeof SCHEMAS[keyof typeof SCHEMAS]>;
export type ChannelSetup = v.InferOutput<typeof ChannelSchema>;

/** Up to 64 entries of the timeline, from `firstCount` on, as shared/event/blocks.ts writes them. */
export interface PastBlock {
  readonly type: "past";
  readonly firstCount: number;
  readonly block: Uint8Array;
}

export type DownMessage = Item | PastBlock | Described;

const Code = { described: 0, item: 1, past: 2 } as const;
const Flag = { marker: 1, isKey: 2, isPast: 4, hasFrameNumber: 8 } as const;
/** Code, flags, channel, sequence number, ticks. */
const ITEM_HEAD_BYTES = 1 + 1 + 2 + 8 + 8;
/** Follows an item's head if it has one. */
const FRAME_NUMBER_BYTES = 8;
/** Code, first count. */
const PAST_HEAD_BYTES = 1 + 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function serializeDown(message: DownMessage): Uint8Array {
  if (message.type === "item") return writeItem(message);
  if (message.type === "past") return writePast(message);
  const json = JSON.stringify(
    message,
    (_key, value) => value instanceof Uint8Array ? toBase64(value) : value,
  );
  return concat(Uint8Array.of(Code.described), encoder.encode(json));
}

/** Reads a message. Its bytes are views of `bytes`. */
export function parseDown(bytes: Uint8Array): Parsed<DownMessage> {
  const message = bytes[0] === Code.item
    ? readItem(bytes)
    : bytes[0] === Code.past
    ? readPast(bytes)
    : readDescribed(bytes);
  return message ? parsed(message) : junk("malformedLink");
}

function writeItem(item: Item): Uint8Array {
  const { frameNumber } = item;
  const numberBytes = frameNumber === undefined ? 0 : FRAME_NUMBER_BYTES;
  const head = new Uint8Array(ITEM_HEAD_BYTES + numberBytes);
  const view = viewOf(head);
  const flags = (item.marker ? Flag.marker : 0) | (item.isKey ? Flag.isKey : 0) |
    (item.isPast ? Flag.isPast : 0) | (frameNumber === undefined ? 0 : Flag.hasFrameNumber);
  head.set([Code.item, flags]);
  view.setUint16(2, item.channel);
  view.setBigUint64(4, BigInt(item.sequence as number));
  view.setFloat64(12, item.ticks as number);
  if (frameNumber !== undefined) view.setBigUint64(ITEM_HEAD_BYTES, BigInt(frameNumber));
  return concat(head, item.payload);
}

function readItem(bytes: Uint8Array): Item | undefined {
  const flags = bytes[1] ?? 0;
  const hasFrameNumber = (flags & Flag.hasFrameNumber) !== 0;
  const headBytes = ITEM_HEAD_BYTES + (hasFrameNumber ? FRAME_NUMBER_BYTES : 0);
  const payload = bytes.subarray(headBytes);
  if (bytes.length < headBytes || payload.length > MAX_PAYLOAD_BYTES) return undefined;
  const view = viewOf(bytes);
  const sequence = Number(view.getBigUint64(4));
  const ticks = view.getFloat64(12);
  const frameNumber = hasFrameNumber ? Number(view.getBigUint64(ITEM_HEAD_BYTES)) : 0;
  const areWhole = Number.isSafeInteger(sequence) && Number.isSafeInteger(frameNumber);
  if (!areWhole || !Number.isFinite(ticks)) return undefined;
  return {
    type: "item",
    channel: view.getUint16(2),
    sequence,
    ticks,
    marker: (flags & Flag.marker) !== 0,
    isKey: (flags & Flag.isKey) !== 0,
    isPast: (flags & Flag.isPast) !== 0,
    ...(hasFrameNumber && { frameNumber }),
    payload,
  };
}

function writePast({ firstCount, block }: PastBlock): Uint8Array {
  const head = new Uint8Array(PAST_HEAD_BYTES);
  head[0] = Code.past;
  viewOf(head).setBigUint64(1, BigInt(firstCount));
  return concat(head, block);
}

function readPast(bytes: Uint8Array): PastBlock | undefined {
  if (bytes.length <= PAST_HEAD_BYTES) return undefined;
  const firstCount = Number(viewOf(bytes).getBigUint64(1));
  if (!Number.isSafeInteger(firstCount) || firstCount < 1) return undefined;
  return { type: "past", firstCount, block: bytes.subarray(PAST_HEAD_BYTES) };
}

function readDescribed(bytes: Uint8Array): Described | undefined {
  if (bytes[0] !== Code.described) return undefined;
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes.subarray(1)));
    const { type } = v.parse(v.object({ type: text }), value);
    const schema = Object.hasOwn(SCHEMAS, type) ? SCHEMAS[type as keyof typeof SCHEMAS] : undefined;
    return schema && v.parse(schema as v.GenericSchema<unknown, Described>, value);
  } catch {
    return undefined;
  }
}
