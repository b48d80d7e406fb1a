import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

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

/** The longest team name, in characters and in bytes. */
export const MAX_TEAM_NAME_LENGTH = 40;
export const MAX_TEAM_NAME_BYTES = 80;

/** Of UTF-8, for each of the units that a text's length counts. */
const MAX_CHARACTER_BYTES = 3;
const bytesOf = (text: string) => encoder.encode(text).length;
const uint = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
const label = (maxLength: number, maxBytes: number) =>
  v.pipe(
    v.string(),
    v.maxLength(maxLength),
    v.check((text) => text.length * MAX_CHARACTER_BYTES <= maxBytes || bytesOf(text) <= maxBytes),
  );

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
  /**
   * A signature over a secret of this very JOIN, by the key that the token names (RFC 7800); it goes only into
   * sealed JOINs. 64 bytes in base64url. See {@linkcode proofMessage}.
   */
  proof: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{85}[AQgw]$/))),
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

/** Whether name, token and proof fit a JOIN: in characters, in bytes, and as JSON. */
export function fitsJoin(identity: Pick<JoinInfo, "name" | "token" | "proof">): boolean {
  return v.is(JoinInfoSchema, identity) && json(identity).length <= MAX_IDENTITY_BYTES;
}

/** Whether a team may have this name: it is short enough, also as JSON. */
export function fitsTeamName(name: string): boolean {
  return name.length <= MAX_TEAM_NAME_LENGTH && json(name).length - 2 <= MAX_TEAM_NAME_BYTES;
}

export function serializeJoinInfo(info: JoinInfo): Uint8Array {
  return json(info);
}

export function parseJoinInfo(bytes: Uint8Array): Parsed<JoinInfo> {
  return parse(JoinInfoSchema, bytes);
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
