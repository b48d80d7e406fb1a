/*
 * Everything that the studio's page and the host say to each other as JSON, over the WebSocket at `/ws`.
 *
 * Down, after connecting: `studio`, `match-setup`, `match-state`, `media`, `listeners`, `counts` and, when
 * listeners may report, `candidates`; then each again when it changes, at most once a second, and `driving`, `match-answer`, `screen-control`, `notice`, `answer`,
 * `ended`.
 * Up: `match` commands, the formats of sound and screen (capture_messages.ts), `put-out`, `take-over`, `decide`.
 * One page drives. What another one sends is refused by an `answer` or a `match-answer` that says so.
 *
 * Both ends check each message against the schemas here; no parser throws. studio_media.ts has the binary
 * messages, match_messages.ts the match. Read match_messages.ts next.
 */
import * as v from "valibot";
import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { MAX_CANDIDATES_SHOWN } from "../report/candidate_list.ts";
import { CandidateSchema } from "../report/report.ts";
import { CaptureControlSchema, CaptureMessageSchema } from "./capture_messages.ts";
import {
  MatchAnswerSchema,
  MatchCommandSchema,
  MatchSetupSchema,
  MatchStateSchema,
} from "./match_messages.ts";

/** The most listeners in a list; `total` counts all. */
export const MAX_LISTENERS_SHOWN = 500;
/** The most addresses of a host that are shown. */
export const MAX_WAYS_SHOWN = 64;
/** The longest text of a notice or an answer, in characters. */
export const MAX_TEXT_CHARACTERS = 1000;
/** The longest message of a page. */
const MAX_UP_CHARACTERS = 4000;

const text = v.pipe(v.string(), v.maxLength(MAX_TEXT_CHARACTERS));
/** A link has a name of at most 253 characters, a token and a key. */
const link = v.pipe(v.string(), v.maxLength(2000));
const name = v.pipe(v.string(), v.maxLength(200));
/** A name of at most 253 characters, with a port. */
const address = v.pipe(v.string(), v.maxLength(300));
const number = v.pipe(v.number(), v.finite(), v.minValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Made by the page, for the answer: ASCII without spaces. */
const requestId = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/));
/** Of a listener's connection. */
const listenerId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));

const source = v.object({
  /** Whether it comes from this page, so that its button works. */
  isBrowser: v.boolean(),
  /** Why it does not, for the host to read. */
  reason: v.optional(text),
});

export const StudioStartSchema = v.object({
  kind: v.literal("studio"),
  /** For listeners; it holds the token. */
  link,
  /** Every address of the host, as `HOST:PORT`, each with its own link; the first one is `link`. */
  ways: v.pipe(v.array(v.object({ address, link })), v.maxLength(MAX_WAYS_SHOWN)),
  isDriving: v.boolean(),
  capacity: count,
  /** Whether it is sent without encryption. */
  isPlain: v.boolean(),
  /**
   * Who may join. "shared": all listeners use the token of the link, so who is put out can come back. "own": each
   * has a signed token, which can be revoked; the link has none. "open": everybody.
   */
  tokens: v.picklist(["shared", "own", "open"]),
  sources: v.object({ sound: source, screen: source }),
  /** What the command line says of the screen; the page starts with it. Pixels, pictures in a second, bits per second. */
  screen: v.object({
    width: v.optional(count),
    height: v.optional(count),
    rate: v.optional(number),
    bitrate: v.optional(count),
  }),
});
export type StudioStart = v.InferOutput<typeof StudioStartSchema>;

/** Who drives. `isOther`: another page does. */
export const DrivingSchema = v.object({
  kind: v.literal("driving"),
  isDriving: v.boolean(),
  isOther: v.boolean(),
});

const medium = v.object({
  /** "off": no channel. "paused": the channel is there, and nothing comes from its page. */
  state: v.picklist(["off", "live", "paused"]),
});
export const StudioChannelsSchema = v.object({
  kind: v.literal("media"),
  sound: medium,
  screen: medium,
});
export type StudioChannels = v.InferOutput<typeof StudioChannelsSchema>;

const percent = v.optional(v.pipe(number, v.maxValue(100)));
export const StudioListenerSchema = v.object({
  id: listenerId,
  address,
  /** As the listener calls itself. */
  name: v.optional(name),
  /** For whom its token was made. */
  tokenName: v.optional(name),
  /** Whether it has a signed token, which can be revoked. */
  hasOwnToken: v.boolean(),
  ageMillis: number,
  roundTripMillis: v.optional(number),
  latencyMillis: v.optional(number),
  /** By its last report, before repair; of the channels that it has reported. */
  lossPercent: v.object({ audio: percent, events: percent, screen: percent, data: percent }),
});
export type StudioListener = v.InferOutput<typeof StudioListenerSchema>;

export const StudioListenersSchema = v.object({
  kind: v.literal("listeners"),
  total: count,
  capacity: count,
  /** Those who came first at the beginning. */
  rows: v.pipe(v.array(StudioListenerSchema), v.maxLength(MAX_LISTENERS_SHOWN)),
});
export type StudioListeners = v.InferOutput<typeof StudioListenersSchema>;

/** What the stands report, and how the votes stand: what is open, and the last that was decided. */
export const StudioCandidatesSchema = v.object({
  kind: v.literal("candidates"),
  /** The host's clock when this was true. */
  now: v.pipe(v.number(), v.finite()),
  candidates: v.pipe(v.array(CandidateSchema), v.maxLength(MAX_CANDIDATES_SHOWN)),
});
export type StudioCandidates = v.InferOutput<typeof StudioCandidatesSchema>;

/** What the host has sent, by its own counts. All but the first three count from the start. */
export const StudioCountsSchema = v.object({
  kind: v.literal("counts"),
  listeners: count,
  packetsPerSecond: number,
  bytesPerSecond: number,
  /** Copies that the system took. */
  packets: count,
  /** JOINs that were refused. */
  refused: count,
  /** Packets that were sent again. */
  resent: count,
  /** Packets of parity. */
  parity: count,
  /** Copies that were dropped since a queue was full, or since the system took none. */
  overflow: count,
});
export type StudioCounts = v.InferOutput<typeof StudioCountsSchema>;

export const StudioNoticeSchema = v.object({
  kind: v.literal("notice"),
  level: v.picklist(["info", "warning", "error"]),
  text,
});

/** The answer to `put-out`, `take-over` and `decide`, and to what a page sends that does not drive. */
export const StudioAnswerSchema = v.object({
  kind: v.literal("answer"),
  /** Of the request; absent when what is answered has none, such as sound. */
  id: v.optional(requestId),
  ok: v.boolean(),
  text: v.optional(text),
});
export type StudioAnswer = v.InferOutput<typeof StudioAnswerSchema>;

const ToPageSchema = v.variant("kind", [
  StudioStartSchema,
  DrivingSchema,
  StudioChannelsSchema,
  StudioListenersSchema,
  StudioCountsSchema,
  StudioCandidatesSchema,
  StudioNoticeSchema,
  StudioAnswerSchema,
  /** The broadcast is over, and the host with it. */
  v.object({ kind: v.literal("ended"), reason: text }),
  CaptureControlSchema,
  MatchSetupSchema,
  MatchAnswerSchema,
  MatchStateSchema,
]);
export type StudioToPage = v.InferOutput<typeof ToPageSchema>;

const ToHostSchema = v.variant("kind", [
  MatchCommandSchema,
  CaptureMessageSchema,
  v.object({
    kind: v.literal("put-out"),
    id: requestId,
    listener: listenerId,
    /** Whether its token is revoked too, so that it can't come back. */
    isTokenRevoked: v.optional(v.boolean()),
  }),
  v.object({ kind: v.literal("take-over"), id: v.optional(requestId) }),
  /** What the stands report has happened, or has not. */
  v.object({
    kind: v.literal("decide"),
    id: requestId,
    candidateId: CandidateSchema.entries.candidateId,
    isConfirmed: v.boolean(),
  }),
]);
export type StudioToHost = v.InferOutput<typeof ToHostSchema>;

export function serializeStudioMessage(message: StudioToPage | StudioToHost): string {
  return JSON.stringify(message);
}

/** Reads what the host says. */
export function parseStudioToPage(json: string): Parsed<StudioToPage> {
  return parse(ToPageSchema, json);
}

/** Reads what a page says. */
export function parseStudioToHost(json: string): Parsed<StudioToHost> {
  return json.length > MAX_UP_CHARACTERS ? junk("oversized") : parse(ToHostSchema, json);
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  json: string,
): Parsed<v.InferOutput<Schema>> {
  try {
    const result = v.safeParse(schema, JSON.parse(json));
    return result.success ? parsed(result.output) : junk("malformedPageMessage");
  } catch {
    return junk("malformedPageMessage");
  }
}
