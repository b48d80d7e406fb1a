/*
 * The directory's forms: what its HTTP takes and gives (JSON).
 *
 * In: bodies and queries from programs and pages. Out: checked values, and the schemas from which the
 * directory's description (`/openapi.json`) is made: the same schema checks and describes.
 *
 * The directory (`server/directory/`) checks what it takes by them, programs what they get. keys_and_names.ts
 * has the smallest parts, identity.ts what a person signs to identify, directory_link.ts the link that names a
 * broadcast in a directory. Times are milliseconds since the Unix epoch. Read next: keys_and_names.ts.
 */

import * as v from "valibot";
import { parseJoinLink } from "../admission/join_link.ts";
import { key, readableText, signature } from "./keys_and_names.ts";

/** The largest body of a request, in bytes; a larger one is answered with 413. */
export const MAX_BODY_BYTES = 64_000;
/** How often a host tells the directory that it is there. */
export const HEARTBEAT_MILLIS = 10_000;
/** A host is shown as gone after this time without a heartbeat. */
export const GONE_AFTER_MILLIS = 30_000;
export const MAX_BROADCAST_SEATS = 100_000;
/** The most broadcasts in one answer. */
export const MAX_LIMIT = 100;
export const DEFAULT_LIMIT = 20;
const MAX_ADDRESSES = 8;
/** Of a host's name with its port. */
const MAX_ADDRESS_LENGTH = 300;
/** A directory that changes its key has two for a while. */
const MAX_KEYS = 32;
const MAX_QUERY_LENGTH = 200;
/** The last moment that a JavaScript date can show. */
const LAST_MOMENT = 8_640_000_000_000_000;

const moment = v.pipe(v.number(), v.minValue(0), v.maxValue(LAST_MOMENT));
const wholeNumber = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** A broadcast's id, the `broadcastId` of the wire: 8 bytes in hexadecimal. */
export const broadcastId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
export const title = readableText(120);
export const sport = readableText(40);
export const team = readableText(40);
/** With more bytes a join token would be longer than a JOIN can carry. */
export const personName = v.pipe(readableText(64, "whole"), v.maxBytes(128));
const score = v.pipe(v.string(), v.regex(/^\d{1,3} x \d{1,3}$/));
const clock = v.pipe(v.string(), v.regex(/^\d{1,3}:[0-5]\d$/));

/** `soon` and `live` are told by the host; `gone` and `ended` follow from its silence and its end. */
export const broadcastState = v.picklist(["soon", "live", "gone", "ended"]);
export type BroadcastState = v.InferOutput<typeof broadcastState>;

export const ChallengeRequestSchema = v.object({ publicKey: key });
export const ChallengeSchema = v.object({ challenge: key, expiresAt: moment });

export const SessionRequestSchema = v.object({
  publicKey: key,
  name: personName,
  challenge: key,
  signature,
});
export const PersonSchema = v.object({ id: v.string(), name: v.string() });
export const SessionSchema = v.object({
  accessToken: v.string(),
  expiresAt: moment,
  person: PersonSchema,
});

/** An ISO 8601 time is taken too; answers have milliseconds. */
const startTime = v.union([
  moment,
  v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse), moment),
]);

export const NewBroadcastSchema = v.object({
  title,
  sport,
  home: team,
  away: team,
  startsAt: v.nullish(startTime),
  visibility: v.picklist(["public", "unlisted"]),
  seats: wholeNumber(1, MAX_BROADCAST_SEATS),
  id: v.optional(broadcastId),
});
export type NewBroadcast = v.InferOutput<typeof NewBroadcastSchema>;

export const BroadcastSchema = v.object({
  id: broadcastId,
  title: v.string(),
  sport: v.string(),
  home: v.string(),
  away: v.string(),
  state: broadcastState,
  score: v.nullable(score),
  clock: v.nullable(clock),
  startsAt: v.nullable(moment),
  seats: wholeNumber(1, MAX_BROADCAST_SEATS),
  seatsFree: wholeNumber(0, MAX_BROADCAST_SEATS),
  host: v.object({ name: v.string() }),
});
export type Broadcast = v.InferOutput<typeof BroadcastSchema>;

/** The query of a list. Its values are text, as in every address; an empty one is the same as none. */
export const BroadcastQuerySchema = v.object({
  q: v.optional(v.pipe(v.string(), v.maxLength(MAX_QUERY_LENGTH))),
  sport: v.optional(v.pipe(v.string(), v.maxLength(MAX_QUERY_LENGTH))),
  team: v.optional(v.pipe(v.string(), v.maxLength(MAX_QUERY_LENGTH))),
  state: v.optional(v.picklist(["live", "soon", "ended"])),
  free: v.optional(v.picklist(["true", "false"])),
  /** More than `MAX_LIMIT` gives as many as that. */
  limit: v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d{0,5}$/))),
  after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,2}\.\d{1,16}\.[0-9a-f]{16}$/))),
});
export type BroadcastQuery = v.InferOutput<typeof BroadcastQuerySchema>;

export const BroadcastListSchema = v.object({
  broadcasts: v.pipe(v.array(BroadcastSchema), v.maxLength(MAX_LIMIT)),
  next: v.optional(v.string()),
});
export type BroadcastList = v.InferOutput<typeof BroadcastListSchema>;

function isAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS_LENGTH && !/[/?#]/.test(text) &&
    parseJoinLink(`streamer://${text}`) !== undefined;
}

/** `HOST:PORT`; a list that is too long is refused before its parts are looked at. */
const addresses = v.pipe(
  v.array(v.string()),
  v.minLength(1),
  v.maxLength(MAX_ADDRESSES),
  v.checkItems(isAddress, "is not HOST:PORT"),
);

export const HeartbeatSchema = v.object({
  addresses,
  hostKey: key,
  state: v.picklist(["soon", "live", "ended"]),
  score: v.nullish(score),
  clock: v.nullish(clock),
  seatsTaken: wholeNumber(0, MAX_BROADCAST_SEATS),
});
export type Heartbeat = v.InferOutput<typeof HeartbeatSchema>;

export const JoinRequestSchema = v.object({ role: v.picklist(["listener", "reporter"]) });
export type JoinRequest = v.InferOutput<typeof JoinRequestSchema>;

export const JoinGrantSchema = v.object({
  /** A join link with the first address, the host's key and the token. */
  link: v.string(),
  token: v.string(),
  /** Listeners look up each and try it, so there are no more than a host may tell. */
  addresses: v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(MAX_ADDRESS_LENGTH))),
    v.maxLength(MAX_ADDRESSES),
  ),
  hostKey: key,
  expiresAt: moment,
});
export type JoinGrant = v.InferOutput<typeof JoinGrantSchema>;

/** A JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037). */
export const JwksSchema = v.object({
  keys: v.pipe(
    v.array(v.object({
      kty: v.literal("OKP"),
      crv: v.literal("Ed25519"),
      x: key,
      kid: v.string(),
      alg: v.literal("EdDSA"),
      use: v.literal("sig"),
    })),
    v.maxLength(MAX_KEYS),
  ),
});
export type Jwks = v.InferOutput<typeof JwksSchema>;

/** An error (RFC 9457). */
export const ProblemSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: wholeNumber(400, 599),
  /** What is wrong and what to do, for people. */
  detail: v.string(),
  /** The kind of error, for programs. */
  code: v.string(),
  /** The answer's `X-Request-Id`, by which the directory's log names it. */
  instance: v.string(),
});
export type Problem = v.InferOutput<typeof ProblemSchema>;
