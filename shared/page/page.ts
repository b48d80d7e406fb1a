/**
 * shared/page: the messages between the viewer (viewer/hub.ts) and its page (viewer/web/model).
 *
 * They travel over one WebSocket. The viewer sends JSON text: first a whole {@linkcode PageState}, then
 * the changes to it. The page sends whether it wants the sound, the screen and live data, which then come as
 * binary messages (page_media.ts, the next file to read, page_frame.ts and page_data.ts), and reports
 * (page_reports.ts). Both ends keep the
 * numbers of the last minutes in value_history.ts, and how often they come in data_pace.ts. Both check each message
 * against the schemas here. `/api/state` serves the same state over HTTP.
 */
import * as v from "valibot";
import { type TimelineEvent, TimelineEventSchema } from "../event/event.ts";
import { MAX_STATISTICS_ROWS, StatisticsRowSchema } from "../event/match_statistics.ts";
import type { ChannelLedger } from "../ledger/ledger.ts";
import type { ChannelName } from "../media/channel.ts";
import {
  OwnReportSchema,
  PageCandidateSchema,
  PageReportSchema,
  ReportingSchema,
} from "./page_reports.ts";
import { junk, type Parsed, parsed } from "../core/parsed.ts";

/** The largest numbers of timeline entries and of network samples in a state. */
export const MAX_TIMELINE_ENTRIES = 500;
export const MAX_NETWORK_SAMPLES = 300;

const finite = v.pipe(v.number(), v.finite());
const amount = v.pipe(finite, v.minValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const shortText = v.pipe(v.string(), v.maxLength(300));

export const ScoreboardSchema = v.object({
  /** Team names; "" while unknown. */
  home: shortText,
  away: shortText,
  /** Goals, home team first; null while unknown. */
  score: v.nullable(v.tuple([count, count])),
  status: v.picklist(["waiting", "notStarted", "live", "halfTime", "fullTime"]),
  clock: v.object({
    /** `MM:SS`; "" while unknown. */
    text: v.pipe(v.string(), v.regex(/^(\d{1,3}:[0-5]\d)?$/)),
    period: count,
    /** Whether it runs with real time; else it changes only with the next event. */
    isRunning: v.boolean(),
    /** When the clock was `text`: milliseconds since the Unix epoch. */
    at: finite,
  }),
  /** The count of the timeline entry that this state includes; 0 before the first. */
  count,
});
export type Scoreboard = v.InferOutput<typeof ScoreboardSchema>;
export type MatchStatus = Scoreboard["status"];

export const ConnectionSchema = v.object({
  state: v.picklist(["joining", "connected", "silent", "rejoining", "rejected", "ended"]),
  /** When this state began: milliseconds since the Unix epoch. */
  since: finite,
  /** The host's address, `127.0.0.1:5004`. */
  server: shortText,
  /** Why the connection ended, in words; "" until then. */
  reason: shortText,
  /** How it ended; absent until then. */
  end: v.optional(v.picklist(["bye", "interrupted", "duration", "timeout", "rejected"])),
  /** Of a refusal: a RejectCode. */
  code: v.optional(count),
});
export type Connection = v.InferOutput<typeof ConnectionSchema>;

export const SoundSchema = v.object({
  codec: v.picklist(["mp3", "opus"]),
  sampleRate: v.pipe(count, v.minValue(1), v.maxValue(192_000)),
  channelCount: v.pipe(count, v.minValue(1), v.maxValue(8)),
  /** Opus only: the OpusHead packet in base64. */
  description: v.optional(v.pipe(v.string(), v.maxLength(400), v.base64())),
});
export type Sound = v.InferOutput<typeof SoundSchema>;

export const ScreenSchema = v.object({
  codec: v.picklist(["h264", "vp8"]),
  /** Whether the host shares it now; if not, it has stopped and may go on. */
  isShared: v.boolean(),
  /** Whether the last good picture stays, because a part of the next was lost. */
  isHeld: v.boolean(),
});
export type Screen = v.InferOutput<typeof ScreenSchema>;

export const LiveDataSchema = v.object({
  /** Whether the host sends it now; if not, it has stopped and may go on. */
  isSent: v.boolean(),
});
export type LiveData = v.InferOutput<typeof LiveDataSchema>;

const channelName = v.picklist(["audio", "events", "screen", "data"]);

/** The schema of {@linkcode ChannelLedger}. */
const ChannelLedgerSchema = v.object({
  channel: channelName,
  ssrc: count,
  packetsExpected: count,
  packetsReceived: count,
  networkLost: v.pipe(v.number(), v.safeInteger()),
  packetsDuplicated: count,
  packetsReordered: count,
  packetsRepaired: v.object({ nack: count, fec: count }),
  packetsDiscarded: count,
  residualLost: v.pipe(v.number(), v.safeInteger()),
  fractionLost: finite,
  jitter: amount,
  nackCount: count,
  retransmittedPacketsReceived: count,
  fecPacketsReceived: count,
  fecBytesReceived: count,
  bytesReceived: count,
  jitterBufferDelay: finite,
  jitterBufferEmittedCount: count,
  maxGap: count,
  jitterBufferTargetDelay: amount,
  framesReceived: v.optional(count),
  framesDropped: v.optional(count),
  keyFramesReceived: v.optional(count),
  freezeCount: v.optional(count),
  totalFreezesDuration: v.optional(amount),
  pliCount: v.optional(count),
  messagesReceived: v.optional(count),
  messagesDropped: v.optional(count),
});

const LedgerSchema = v.object({
  at: finite,
  roundTripTime: v.optional(amount),
  channels: v.pipe(v.array(ChannelLedgerSchema), v.maxLength(4)),
});
export type PageLedger = v.InferOutput<typeof LedgerSchema>;

/** One second of the network statistics, for the chart. */
export const NetworkSampleSchema = v.object({
  at: finite,
  jitterMillis: amount,
  /** Share of the packets expected in this second that were lost before repair, 0 to 100. */
  lossPercent: v.pipe(finite, v.minValue(0), v.maxValue(100)),
  /** The average time of packets in the jitter buffer. */
  bufferMillis: amount,
});
export type NetworkSample = v.InferOutput<typeof NetworkSampleSchema>;

/** How often each action has happened for each team; of all entries, those that are shown no more too. */
const StatisticsSchema = v.pipe(v.array(StatisticsRowSchema), v.maxLength(MAX_STATISTICS_ROWS));

/** Another page of the same address, such as the demo's page of packets. */
const BesideSchema = v.object({
  title: shortText,
  path: v.pipe(v.string(), v.maxLength(100), v.regex(/^\/[a-z][a-z/-]*$/)),
});
export type PageBeside = v.InferOutput<typeof BesideSchema>;

export const PageStateSchema = v.object({
  scoreboard: ScoreboardSchema,
  connection: ConnectionSchema,
  /** null while unknown, and for a broadcast without sound. */
  sound: v.nullable(SoundSchema),
  /** null while unknown, and until the host shares a screen. */
  screen: v.nullable(ScreenSchema),
  /** null while unknown, and for a broadcast without live data. */
  data: v.nullable(LiveDataSchema),
  /** The channels that the broadcast has or had; empty while unknown. */
  channels: v.pipe(v.array(channelName), v.maxLength(4)),
  /** Those of them whose source is away and may come back; absent when there are none. */
  paused: v.optional(v.pipe(v.array(channelName), v.maxLength(4))),
  /** Oldest first. */
  timeline: v.pipe(v.array(TimelineEventSchema), v.maxLength(MAX_TIMELINE_ENTRIES)),
  /** How many events there were when this listener joined; absent when there was none. */
  pastEvents: v.optional(count),
  statistics: StatisticsSchema,
  /** Absent when this listener may not report. */
  reporting: v.optional(ReportingSchema),
  /** Absent when nothing else is served there. */
  beside: v.optional(BesideSchema),
  /** null until the first second has passed. */
  ledger: v.nullable(LedgerSchema),
  /** Oldest first, one each second. */
  history: v.pipe(v.array(NetworkSampleSchema), v.maxLength(MAX_NETWORK_SAMPLES)),
});
export type PageState = v.InferOutput<typeof PageStateSchema>;

const ToPageSchema = v.variant("kind", [
  v.object({ kind: v.literal("snapshot"), now: finite, state: PageStateSchema }),
  v.object({
    kind: v.literal("scoreboard"),
    scoreboard: ScoreboardSchema,
    statistics: StatisticsSchema,
  }),
  v.object({
    kind: v.literal("event"),
    event: TimelineEventSchema,
    scoreboard: ScoreboardSchema,
    statistics: StatisticsSchema,
  }),
  v.object({ kind: v.literal("connection"), connection: ConnectionSchema }),
  v.object({ kind: v.literal("screen"), screen: ScreenSchema }),
  v.object({ kind: v.literal("candidate"), candidate: PageCandidateSchema }),
  v.object({ kind: v.literal("report"), report: OwnReportSchema }),
  /** All channels that pause now. */
  v.object({
    kind: v.literal("paused"),
    channels: v.pipe(v.array(channelName), v.maxLength(4)),
  }),
  v.object({
    kind: v.literal("network"),
    ledger: LedgerSchema,
    sample: NetworkSampleSchema,
  }),
]);
/** From the viewer to the page; a snapshot's `now` is the viewer's clock when it was sent. */
export type ToPage = v.InferOutput<typeof ToPageSchema>;
/** A change to a state that the page already has. */
export type PageChange = Exclude<ToPage, { kind: "snapshot" }>;

const FromPageSchema = v.variant("kind", [
  /** Whether the page wants the sound, the screen, or live data, over its WebSocket. */
  v.object({ kind: v.picklist(["sound", "screen", "data"]), wanted: v.boolean() }),
  /** What a page reports for this listener. */
  v.object({ kind: v.literal("report"), report: PageReportSchema }),
]);
export type FromPage = v.InferOutput<typeof FromPageSchema>;

/**
 * The timeline with `event` added, in the order of counts; the oldest entries beyond
 * {@linkcode MAX_TIMELINE_ENTRIES} are dropped. A count that is there already changes nothing.
 */
export function withEvent(
  timeline: readonly TimelineEvent[],
  event: TimelineEvent,
): TimelineEvent[] {
  if (timeline.some(({ count }) => count === event.count)) return [...timeline];
  const before = timeline.findLastIndex(({ count }) => count < event.count) + 1;
  return [...timeline.slice(0, before), event, ...timeline.slice(before)]
    .slice(-MAX_TIMELINE_ENTRIES);
}

/** The channels whose statistics are charted, the first that there is. */
const CHARTED_CHANNELS: readonly ChannelName[] = ["audio", "screen", "data", "events"];

/** The channel that the history of the network is about; undefined when there is none to show. */
export function chartedChannel(channels: readonly ChannelLedger[]): ChannelLedger | undefined {
  const find = (name: ChannelName) => channels.find(({ channel }) => channel === name);
  return CHARTED_CHANNELS.map(find).find((ledger) => ledger !== undefined);
}

/** The longest text that a page may send. */
const MAX_FROM_PAGE_CHARACTERS = 1000;

export function serializePageMessage(message: ToPage | FromPage): string {
  return JSON.stringify(message);
}

export function parseToPage(text: string): Parsed<ToPage> {
  return parse(ToPageSchema, text);
}

export function parseFromPage(text: string): Parsed<FromPage> {
  return text.length > MAX_FROM_PAGE_CHARACTERS ? junk("oversized") : parse(FromPageSchema, text);
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): Parsed<v.InferOutput<Schema>> {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? parsed(result.output) : junk("malformedPageMessage");
  } catch {
    return junk("malformedPageMessage");
  }
}
