import { parseScore } from "../../../shared/event/event.ts";
import type { AcceptInfo } from "../../../shared/admission/admission.ts";
import type { TimelineState } from "../../../shared/admission/accept_body.ts";
import type { ChannelNumbers } from "../../../shared/admission/channel_numbers.ts";
import type { Millis } from "../../../shared/core/units.ts";
import {
  type ChannelEnded,
  type ChannelStarted,
  type Described,
  type EndedStream,
  MAX_ENDED,
} from "../../../shared/lane/messages.ts";
import type { DownMessage } from "../../link/down.ts";
import type { Channel } from "../sending/channel.ts";

/** What a listener that is admitted now is told: the ACCEPT has the numbers, a message all else. */
export interface Announcement {
  readonly info: Omit<AcceptInfo, "listenerSsrc">;
  readonly described: Described;
}

export interface AnnouncementOptions {
  readonly hostSsrc: number;
  /** Without it, listeners are told of no retransmissions and request none. */
  readonly isRtxOffered: boolean;
}

type Told = Pick<
  Extract<DownMessage, { type: "broadcast" }>,
  "broadcastId" | "match"
>;
type Timeline = Omit<Extract<DownMessage, { type: "timeline" }>, "type">;

/** The channels that run, and those of them whose sources are gone for now. */
export interface ToldChannels {
  readonly channels: readonly Channel[];
  readonly paused: readonly Channel[];
}

/** Writes what listeners are told of the broadcast and its channels. */
export class Announcer {
  readonly #options: AnnouncementOptions;
  #timeline: TimelineState = { count: 0, score: [0, 0] };
  /** The channels that ended last. */
  #ended: readonly EndedStream[] = [];

  constructor(options: AnnouncementOptions) {
    this.#options = options;
  }

  /** The origin's timeline has another last entry. */
  onTimeline({ score, ...state }: Timeline): void {
    this.#timeline = { ...state, score: parseScore(score) };
  }

  announce(
    { broadcastId, match }: Told,
    { channels, paused }: ToldChannels,
    keepaliveMillis: Millis,
  ): Announcement {
    return {
      info: {
        hostSsrc: this.#options.hostSsrc,
        keepaliveMillis,
        broadcastId,
        timeline: this.#timeline,
        channels: channels.map((channel) => this.numbersOf(channel)),
      },
      described: {
        type: "described",
        ...(match && { match }),
        channels: channels.map(({ description }) => description),
        ...(this.#ended.length > 0 && { ended: this.#ended }),
        ...(paused.length > 0 && { paused: paused.map(({ ssrc }) => ssrc) }),
      },
    };
  }

  /** A channel begins: all who are in get it from its first packet on. */
  started(channel: Channel): ChannelStarted {
    const { description } = channel;
    return { type: "channel-started", numbers: this.numbersOf(channel), description };
  }

  /** A channel has ended; those who join later and had it before are told too. */
  ended({ ssrc, packetizer: { packetCount } }: Channel): ChannelEnded {
    this.#ended = [...this.#ended, { ssrc, packetCount }].slice(-MAX_ENDED);
    return { type: "channel-ended", ssrc, packetCount };
  }

  numbersOf(channel: Channel): ChannelNumbers {
    const { rtx, ...others } = channel.numbers;
    return this.#options.isRtxOffered ? { rtx, ...others } : others;
  }
}
