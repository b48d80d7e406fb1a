import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import type { ChannelKind } from "../media/channel_kinds.ts";
import { MAX_SRTCP_INDEX } from "../secrecy/srtcp.ts";
import { KEEPALIVE_RANGE } from "../rtcp/app_messages.ts";

/** Why a listener is rejected. */
export const RejectCode = {
  unauthorized: 1401,
  overload: 1402,
  forbidden: 1403,
  noSuchBroadcast: 1404,
  joinedElsewhere: 1409,
  expired: 1410,
  version: 1505,
} as const;
export type RejectCode = typeof RejectCode[keyof typeof RejectCode];

/** The longest team name, in bytes: with two such names a sealed ACCEPT of two channels still fits. */
export const MAX_TEAM_NAME_BYTES = 80;

const uint = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
const shortText = v.pipe(v.string(), v.maxLength(200));
const teamName = v.pipe(v.string(), v.maxBytes(MAX_TEAM_NAME_BYTES));
const label = (maxLength: number, maxBytes: number) =>
  v.pipe(v.string(), v.maxLength(maxLength), v.maxBytes(maxBytes));

/** The longest token, in bytes. */
export const MAX_TOKEN_BYTES = 700;

/** Info that passes this schema fits a JOIN, unless JSON escapes lengthen it (control characters, quotes). */
export const JoinInfoSchema = v.object({
  /** The listener's name in the host's log; the host makes it safe to print. */
  name: v.optional(label(64, 128)),
  token: v.optional(label(MAX_TOKEN_BYTES, MAX_TOKEN_BYTES)),
  /**
   * Chosen once by a listener; the host recognises the listener by it at another address. It is secret
   * because it is sealed, unlike the client random. 128 bits in base64url.
   */
  resume: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{22}$/))),
  /** Program and version. */
  software: v.optional(label(32, 64)),
  /** How long the listener delays sound; a retransmission is useful only within this time. */
  latencyMillis: v.optional(uint(60_000)),
  /** Whether that time counts from sending, on every path alike; if not, it counts from the fastest arrival. */
  isLatencyFixed: v.optional(v.boolean()),
});
export type JoinInfo = v.InferOutput<typeof JoinInfoSchema>;

/** The longest name and token together, as JSON, with which a JOIN fits a datagram. */
const MAX_IDENTITY_BYTES = 1000;

/** Whether this name and token fit a JOIN: in characters, in bytes, and as JSON. */
export function fitsJoin(identity: Pick<JoinInfo, "name" | "token">): boolean {
  return v.is(JoinInfoSchema, identity) && json(identity).length <= MAX_IDENTITY_BYTES;
}

/** Whether a team may have this name: it fits an ACCEPT as JSON. */
export function fitsTeamName(name: string): boolean {
  return json(name).length - 2 <= MAX_TEAM_NAME_BYTES;
}

/** A stream that repairs another stream and has its own numbers. */
const SideStreamSchema = v.object({
  ssrc: uint(0xffff_ffff),
  payloadType: uint(127),
  /** The extended sequence number of its next packet; the first packet has 0. */
  nextSequence: uint(Number.MAX_SAFE_INTEGER),
});

const WrittenChannelSchema = v.object({
  channel: v.picklist(["audio", "events", "screen", "data"]),
  codec: v.picklist(["mp3", "opus", "json"]),
  ssrc: uint(0xffff_ffff),
  payloadType: uint(127),
  clockRate: v.pipe(uint(1_000_000), v.minValue(1)),
  /** The extended sequence number of the stream's first packet. */
  sequenceBase: uint(Number.MAX_SAFE_INTEGER),
  /** The extended sequence number of the first packet meant for this listener. */
  nextSequence: uint(Number.MAX_SAFE_INTEGER),
  /** The unwrapped RTP timestamp of the broadcast's start: media time 0 of every channel. */
  timestampBase: uint(Number.MAX_SAFE_INTEGER),
  /** How far ahead of its media time a packet may be sent: `--interval`, else 0. */
  aheadMillis: uint(60_000),
  /** The retransmission stream (RFC 4588); absent when packets are not retransmitted. */
  rtx: v.optional(SideStreamSchema),
  /** The parity stream (RFC 8627), sent to listeners that need it. */
  fec: v.optional(SideStreamSchema),
  /** Audio only. */
  sampleRate: v.optional(uint(192_000)),
  channelCount: v.optional(uint(8)),
  /** Opus only: the OpusHead packet in base64. */
  description: v.optional(v.pipe(v.string(), v.maxLength(400), v.base64())),
});
/** The kind is not written, because an ACCEPT with the longest names has no room for it: it follows from the codec. */
const ChannelInfoSchema = v.pipe(
  WrittenChannelSchema,
  v.transform((info) => {
    const kind: ChannelKind = info.codec === "json" ? "ordered" : "paced";
    return { ...info, kind };
  }),
);
/** A channel as the ACCEPT describes it. */
export type ChannelInfo = v.InferOutput<typeof ChannelInfoSchema>;

export const AcceptInfoSchema = v.object({
  /** The SSRC the listener reports under. */
  listenerSsrc: uint(0xffff_ffff),
  /** The longest time between two reports. */
  keepaliveMillis: v.pipe(uint(KEEPALIVE_RANGE.longest), v.minValue(KEEPALIVE_RANGE.shortest)),
  channels: v.pipe(v.array(ChannelInfoSchema), v.maxLength(4)),
  match: v.optional(v.object({ home: teamName, away: teamName })),
  /** Identifies the timeline; a host that restarts and resumes it keeps the id. 16 hex digits. */
  broadcastId: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))),
  /** The count and score of the last timeline entry. */
  timeline: v.object({ count: uint(Number.MAX_SAFE_INTEGER), score: shortText }),
  /** Encrypted broadcasts: the SRTCP index of the next control packet to all listeners. */
  srtcpIndex: v.optional(uint(MAX_SRTCP_INDEX)),
});
export type AcceptInfo = v.InferOutput<typeof AcceptInfoSchema>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function serializeJoinInfo(info: JoinInfo): Uint8Array {
  return json(info);
}

export function parseJoinInfo(bytes: Uint8Array): Parsed<JoinInfo> {
  return parse(JoinInfoSchema, bytes);
}

export function serializeAcceptInfo(info: AcceptInfo): Uint8Array {
  return json({ ...info, channels: info.channels.map(({ kind: _kind, ...written }) => written) });
}

export function parseAcceptInfo(bytes: Uint8Array): Parsed<AcceptInfo> {
  return parse(AcceptInfoSchema, bytes);
}

function json(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  bytes: Uint8Array,
): Parsed<v.InferOutput<Schema>> {
  try {
    return parsed(v.parse(schema, JSON.parse(decoder.decode(bytes))));
  } catch {
    return junk("malformedAdmission");
  }
}
