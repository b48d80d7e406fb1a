import type { ChannelInfo } from "../../../shared/admission/channel_description.ts";
import { CODECS } from "../../../shared/media/channel.ts";
import type { JoinedInfo, ListenerOutput } from "../../../client/interface/output.ts";
import type { ChannelLedger } from "../../../shared/ledger/ledger.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { EVENT_TYPES, type EventType, type TimelineEvent } from "../../../shared/event/event.ts";

export const SERVER = { hostname: "127.0.0.1", port: 5004 };

/** How a host describes its screen. */
export const SCREEN: ChannelInfo = {
  channel: "screen",
  kind: "frames",
  codec: "h264",
  ...CODECS.h264,
  ssrc: 3,
  sequenceBase: 0,
  nextSequence: 0,
  timestampBase: 0,
  aheadMillis: 0,
};

/** What a host with sound and events tells a listener that it lets in. */
export function acceptInfo(changes: Partial<JoinedInfo> = {}): JoinedInfo {
  const channel = {
    ssrc: 1,
    sequenceBase: 0,
    nextSequence: 0,
    timestampBase: 0,
    aheadMillis: 0,
  };
  return {
    listenerSsrc: 7,
    hostSsrc: 8,
    broadcastId: "00000000000000cc",
    keepaliveMillis: 5000,
    channels: [
      {
        ...channel,
        channel: "audio",
        kind: "paced",
        codec: "mp3",
        payloadType: 14,
        clockRate: 90_000,
        sampleRate: 44_100,
        channelCount: 1,
      },
      {
        ...channel,
        channel: "events",
        kind: "ordered",
        codec: "json",
        payloadType: 98,
        clockRate: 1000,
        ssrc: 2,
      },
    ],
    match: { home: "Flamengo", away: "Palmeiras" },
    timeline: { count: 0, score: "0 x 0" },
    ...changes,
  };
}

export function joined(changes: Partial<JoinedInfo> = {}, again = false): ListenerOutput {
  const info = acceptInfo(changes);
  return {
    kind: "joined",
    connectionId: "00000000000000a1",
    info,
    server: SERVER,
    again,
    secrecy: "linked",
  };
}

export interface EventWords {
  readonly count: number;
  readonly type?: EventType;
  readonly score?: string;
  readonly content?: string;
  readonly clock?: string;
  readonly period?: number;
  /** The id of an earlier event that it corrects. */
  readonly supersedes?: string;
  readonly origin?: string;
  readonly title?: string;
  /** When it happened. */
  readonly time?: Millis;
  readonly id?: string;
}

export function sampleEvent(words: EventWords): TimelineEvent {
  const { count, type = "note", time = count * 1000 } = words;
  return {
    count,
    type: EVENT_TYPES[type],
    score: words.score ?? "0 x 0",
    content: words.content ?? `Something happens, number ${count}.`,
    time,
    event: {
      id: words.id ?? `event-${count}`,
      type: "event",
      title: words.title ?? type,
      origin: words.origin ?? "",
      time,
      clock: words.clock ?? "00:00",
      period: words.period ?? 1,
      ...(words.supersedes !== undefined && { supersedes: words.supersedes }),
    },
  };
}

export function channelLedger(changes: Partial<ChannelLedger> = {}): ChannelLedger {
  return {
    channel: "audio",
    ssrc: 1,
    packetsExpected: 0,
    packetsReceived: 0,
    networkLost: 0,
    packetsDuplicated: 0,
    packetsReordered: 0,
    packetsRepaired: { nack: 0, fec: 0 },
    packetsDiscarded: 0,
    residualLost: 0,
    fractionLost: 0,
    jitter: 0,
    nackCount: 0,
    retransmittedPacketsReceived: 0,
    fecPacketsReceived: 0,
    fecBytesReceived: 0,
    bytesReceived: 0,
    jitterBufferDelay: 0,
    jitterBufferEmittedCount: 0,
    maxGap: 0,
    jitterBufferTargetDelay: 0.2,
    ...changes,
  };
}
