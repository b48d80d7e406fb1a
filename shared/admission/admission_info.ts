import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { MAX_SRTCP_INDEX } from "../secrecy/srtcp.ts";
import { KEEPALIVE_RANGE } from "../rtcp/report_pace.ts";

/** Why a listener is turned away. */
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

/** The longest team name, in bytes of JSON without its quotation marks, with which an ACCEPT of two channels still fits, sealed. */
export const MAX_TEAM_NAME_BYTES = 80;

const uint = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
const shortText = v.pipe(v.string(), v.maxLength(200));
const teamName = v.pipe(v.string(), v.maxBytes(MAX_TEAM_NAME_BYTES));
const label = (maxLength: number, maxBytes: number) =>
  v.pipe(v.string(), v.maxLength(maxLength), v.maxBytes(maxBytes));

/** The longest token. */
export const MAX_TOKEN_BYTES = 700;

/** Whatever passes it fits a JOIN, unless JSON lengthens it much (control characters, quotes). */
export const JoinInfoSchema = v.object({
  /** How the listener wants to be called in the host's log, which cleans it before it is shown. */
  name: v.optional(label(64, 128)),
  token: v.optional(label(MAX_TOKEN_BYTES, MAX_TOKEN_BYTES)),
  /**
   * Chosen once by a listener, and sealed: by it the host knows it again from another address. The
   * client random everybody on the path has seen. 128 bits in base64url.
   */
  resume: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{22}$/))),
  /** Program and version. */
  software: v.optional(label(32, 64)),
  /** How long it holds sound back: until then a packet that is sent again is of use. */
  latencyMillis: v.optional(uint(60_000)),
});
export type JoinInfo = v.InferOutput<typeof JoinInfoSchema>;

/** What a name and a token may take of a JOIN as JSON; the rest of it fits a datagram besides. */
const MAX_IDENTITY_BYTES = 1000;

/** Whether a listener can show this name and token: in characters, in bytes, and as JSON. */
export function fitsJoin(identity: Pick<JoinInfo, "name" | "token">): boolean {
  return v.is(JoinInfoSchema, identity) && json(identity).length <= MAX_IDENTITY_BYTES;
}

/** Whether a team may have this name: it fits an ACCEPT as JSON. */
export function fitsTeamName(name: string): boolean {
  return json(name).length - 2 <= MAX_TEAM_NAME_BYTES;
}

/** A stream that goes with another, numbered by itself. */
const SideStreamSchema = v.object({
  ssrc: uint(0xffff_ffff),
  payloadType: uint(127),
  /** The extended sequence number of the next packet there; the first one of all is 0. */
  nextSequence: uint(Number.MAX_SAFE_INTEGER),
});

const ChannelInfoSchema = v.object({
  channel: v.picklist(["audio", "events", "screen", "data"]),
  codec: v.picklist(["mp3", "opus", "json"]),
  ssrc: uint(0xffff_ffff),
  payloadType: uint(127),
  clockRate: v.pipe(uint(1_000_000), v.minValue(1)),
  /** The extended sequence number of the stream's very first packet. */
  sequenceBase: uint(Number.MAX_SAFE_INTEGER),
  /** The extended sequence number of the first packet meant for this listener. */
  nextSequence: uint(Number.MAX_SAFE_INTEGER),
  /** The unwrapped RTP timestamp of the broadcast's start: media time 0 of every channel. */
  timestampBase: uint(Number.MAX_SAFE_INTEGER),
  /** How far ahead of its media time a packet may be sent: `--interval`, else 0. */
  aheadMillis: uint(60_000),
  /** Where its packets are sent again on request (RFC 4588); absent: they are not. */
  rtx: v.optional(SideStreamSchema),
  /** Where parity of its packets is sent to those who need it (RFC 8627). */
  fec: v.optional(SideStreamSchema),
  /** Sound only. */
  sampleRate: v.optional(uint(192_000)),
  channelCount: v.optional(uint(8)),
  /** Opus only: the OpusHead packet in base64. */
  description: v.optional(v.pipe(v.string(), v.maxLength(400), v.base64())),
});
/** What a listener is told of a channel when it is let in. */
export type ChannelInfo = v.InferOutput<typeof ChannelInfoSchema>;

export const AcceptInfoSchema = v.object({
  /** The SSRC the listener reports under. */
  listenerSsrc: uint(0xffff_ffff),
  /** A report is due at least this often. */
  keepaliveMillis: v.pipe(uint(KEEPALIVE_RANGE.longest), v.minValue(KEEPALIVE_RANGE.shortest)),
  channels: v.pipe(v.array(ChannelInfoSchema), v.maxLength(4)),
  match: v.optional(v.object({ home: teamName, away: teamName })),
  /** Names the timeline: the same after a restart of the host that goes on with it. 16 hex digits. */
  broadcastId: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))),
  /** Where the timeline stands: the count and score of its last entry. */
  timeline: v.object({ count: uint(Number.MAX_SAFE_INTEGER), score: shortText }),
  /** Secret broadcasts: the SRTCP index of the next control packet for everybody. */
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
  return json(info);
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
