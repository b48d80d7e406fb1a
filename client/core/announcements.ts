import { channelInfoOf } from "../../shared/admission/channel_description.ts";
import type { AcceptInfo } from "../../shared/admission/admission.ts";
import type { Counters } from "../../shared/core/counters.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Millis } from "../../shared/core/units.ts";
import { formatScore } from "../../shared/event/event.ts";
import {
  type ChannelEnded,
  type ChannelStarted,
  type Described,
  type HostMessage,
  parseHostMessage,
} from "../../shared/lane/messages.ts";
import { DataSetupParts } from "./data_setup_parts.ts";
import type { JoinedInfo, ListenerOutput } from "../interface/output.ts";
import type { Reporting } from "../reporting/reporting.ts";
import type { StreamSet } from "../receiving/stream_set.ts";
import { LIMITS } from "../joining/joining.ts";
import type { Playout, PlayoutOptions } from "./playout.ts";

/** How long the first message is waited for, at the first join and at later ones: as long as for an ACCEPT. */
const { joinForMillis, rejoinForMillis } = LIMITS;

type Joined = Extract<ListenerOutput, { kind: "joined" }>;

/** A join that is told once the host has described the broadcast. */
export interface AwaitedJoin extends Omit<Joined, "kind" | "info"> {
  readonly info: AcceptInfo;
}

/**
 * What the host tells in messages: what the channels are called, which begin and end, and what reporters say. A new
 * session is told as joined when its first message is there.
 */
export class Announcements {
  readonly #playout: Playout;
  readonly #streams: StreamSet;
  readonly #reporting: Reporting;
  readonly #junk: Counters<JunkName>;
  #dataSetup = new DataSetupParts();
  /** The SSRCs of the channels that pause. */
  readonly #paused = new Set<number>();
  #awaited: AwaitedJoin | undefined;
  /** When the host's first message is no longer waited for. */
  #givesUpAt: Millis = Infinity;
  /** Whether the state "connected" is told after the join. */
  #isConnectionNews = false;

  /** @param junk counts messages that cannot be read. */
  constructor(
    playout: Playout,
    streams: StreamSet,
    reporting: Reporting,
    junk: Counters<JunkName>,
  ) {
    this.#playout = playout;
    this.#streams = streams;
    this.#reporting = reporting;
    this.#junk = junk;
  }

  /** The ACCEPT of a new session came. */
  onAccepted(awaited: AwaitedJoin, now: Millis): void {
    this.#awaited = awaited;
    // Parts of an earlier session are never completed.
    this.#dataSetup = new DataSetupParts();
    this.#givesUpAt = now + (awaited.again ? rejoinForMillis : joinForMillis);
  }

  /**
   * When a host that does not describe the broadcast counts as one that does not answer, though packets come:
   * nothing of them could be played. Infinity once it is described.
   */
  get deadline(): Millis {
    return this.#givesUpAt;
  }

  /** This program stood still for that long; the time does not count. */
  onPause(pause: Millis): void {
    this.#givesUpAt += pause;
  }

  /** The host is heard again. @returns what is told now. */
  onConnected(): ListenerOutput[] {
    this.#isConnectionNews = true;
    return this.#tellConnected();
  }

  /** Takes a message of the host. @returns what is told now. */
  take(bytes: Uint8Array, options: PlayoutOptions, now: Millis): ListenerOutput[] {
    const message = parseHostMessage(bytes);
    if (!message.ok) this.#junk.add(message.junk);
    return message.ok && message.value ? this.#onMessage(message.value, options, now) : [];
  }

  #onMessage(message: HostMessage, options: PlayoutOptions, now: Millis): ListenerOutput[] {
    switch (message.type) {
      case "described":
        return this.#onDescribed(message, now);
      case "channel-started":
        return this.#onStarted(message, options, now);
      case "channel-ended":
        return this.#onEnded(message, now);
      case "channel-paused":
      case "channel-resumed":
        return this.#tellPaused(message.ssrc, message.type === "channel-paused");
      case "teams":
        return [{ kind: "teams", home: message.home, away: message.away }];
      case "data-setup":
        return this.#dataSetup.take(message);
      case "setup":
      case "candidate":
      case "report":
        return this.#reporting.take(message, now);
    }
  }

  #onDescribed(
    { match, channels, ended = [], paused = [] }: Described,
    now: Millis,
  ): ListenerOutput[] {
    const awaited = this.#awaited;
    if (!awaited) return [];
    this.#awaited = undefined;
    this.#givesUpAt = Infinity;
    this.#streams.settle(ended, now);
    this.#playout.describe(channels);
    const info = joinedInfo(awaited.info, { match, channels });
    const joined = { kind: "joined", ...awaited, info } as const;
    return [joined, ...this.#comparePaused(paused), ...this.#tellConnected()];
  }

  /** A listener that was away learns which channels pause now, and which of them go on. */
  #comparePaused(paused: readonly number[]): ListenerOutput[] {
    const resumed = [...this.#paused].filter((ssrc) => !paused.includes(ssrc));
    return [
      ...resumed.flatMap((ssrc) => this.#tellPaused(ssrc, false)),
      ...paused.flatMap((ssrc) => this.#tellPaused(ssrc, true)),
    ];
  }

  /** @returns nothing of a channel that is not known, or where it is known. */
  #tellPaused(ssrc: number, isPaused: boolean): ListenerOutput[] {
    const { channel, codec } = this.#streams.get(ssrc)?.info ?? {};
    if (this.#paused.has(ssrc) === isPaused) return [];
    if (!isPaused) this.#paused.delete(ssrc);
    if (!channel || !codec) return [];
    if (isPaused) this.#paused.add(ssrc);
    return [{ kind: isPaused ? "channel-paused" : "channel-resumed", channel, codec }];
  }

  /** The ACCEPT of a later JOIN may have had the channel's numbers before. */
  #onStarted(
    { numbers, description }: ChannelStarted,
    options: PlayoutOptions,
    now: Millis,
  ): ListenerOutput[] {
    const { ssrc, channel, codec } = description;
    const info = channelInfoOf(numbers, description);
    const isKnown = this.#streams.get(ssrc)?.channel !== undefined;
    const outputs = this.#playout.addChannel(info, options, now);
    if (isKnown || !this.#streams.get(ssrc)) return outputs;
    return [...outputs, { kind: "channel-started", channel, codec, info }];
  }

  #onEnded({ ssrc, packetCount }: ChannelEnded, now: Millis): ListenerOutput[] {
    const { channel, codec } = this.#streams.get(ssrc)?.info ?? {};
    const hasEnded = this.#streams.endChannel(ssrc, packetCount, now);
    this.#paused.delete(ssrc);
    if (!hasEnded || !channel || !codec) return [];
    return [{ kind: "channel-ended", channel, codec }];
  }

  #tellConnected(): ListenerOutput[] {
    if (this.#awaited || !this.#isConnectionNews) return [];
    this.#isConnectionNews = false;
    return [{ kind: "connection", state: "connected" }];
  }
}

/** A channel without a description is of a later version, and is not told. */
function joinedInfo(info: AcceptInfo, { match, channels }: Omit<Described, "type">): JoinedInfo {
  const { count, score, ...others } = info.timeline;
  return {
    ...info,
    ...(match && { match }),
    channels: info.channels.flatMap((numbers) => {
      const description = channels.find(({ ssrc }) => ssrc === numbers.ssrc);
      return description ? [channelInfoOf(numbers, description)] : [];
    }),
    timeline: { count, score: formatScore(score), ...others },
  };
}
