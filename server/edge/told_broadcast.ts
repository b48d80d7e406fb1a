import type { Millis } from "../../shared/core/units.ts";
import { MAX_CHANNELS } from "../../shared/admission/accept_body.ts";
import type { SenderReport } from "../../shared/rtcp/rtcp.ts";
import type { ChannelSetup, DownMessage } from "../link/down.ts";
import { OriginClock } from "./origin_clock.ts";
import type { Channel, ChannelOpener } from "./sending/channel.ts";
import type { ReportTime } from "./sending/sender_reports.ts";

type Message<Type> = Extract<DownMessage, { type: Type }>;
/** What is told once; the teams may be named anew. */
export type BroadcastFacts = Omit<Message<"broadcast">, "type" | "now">;

/** What the origin has told its edge: the broadcast, the origin's clock, and the channels that run. */
export class ToldBroadcast {
  readonly #opener: ChannelOpener;
  readonly #clock = new OriginClock();
  #facts: BroadcastFacts | undefined;
  #startedAt: Millis | undefined;
  #channels: readonly Channel[] = [];
  readonly #paused = new Set<Channel>();

  constructor(opener: ChannelOpener) {
    this.#opener = opener;
  }

  /** Undefined until the origin has told them. */
  get facts(): BroadcastFacts | undefined {
    return this.#facts;
  }

  /** The running channels. A list once returned never changes. */
  get channels(): readonly Channel[] {
    return this.#channels;
  }

  /** The running channels whose sources are gone for now. */
  get paused(): readonly Channel[] {
    return [...this.#paused];
  }

  channel(id: number): Channel | undefined {
    return this.#channels.find((channel) => channel.id === id);
  }

  /** What the origin's clock shows at `now` of this edge's clock, and when the broadcast started by it. */
  timeAt(now: Millis): ReportTime {
    return { now: this.#clock.at(now), startedAt: this.#startedAt };
  }

  /**
   * What tells a listener the origin's clock; before the start there is no media time to report.
   *
   * @param unsent how many packets of a stream the listener has not been sent.
   */
  clockReports(now: Millis, unsent: (ssrc: number) => number): SenderReport[] {
    const { now: originNow, startedAt } = this.timeAt(now);
    if (startedAt === undefined) return [];
    return this.#channels.map((channel) =>
      channel.report(originNow, startedAt, unsent(channel.ssrc))
    );
  }

  /**
   * Whether a message can be true: a broadcast is told once and, if it is encrypted, its signatures can be
   * verified; a channel begins once, under an SSRC that no other stream had.
   */
  isInPlace(message: DownMessage, isEncrypted: boolean): boolean {
    if (message.type === "broadcast") {
      return !this.#facts && (!isEncrypted || message.signingKey !== undefined);
    }
    if (message.type === "teams") return this.#facts !== undefined;
    if (message.type !== "channel") return true;
    const isNew = !this.channel(message.id) && !this.#opener.isTaken(message.ssrc);
    return isNew && this.#channels.length < MAX_CHANNELS;
  }

  onBroadcast({ type: _type, now: originNow, ...facts }: Message<"broadcast">, now: Millis): void {
    this.#clock.onReading(originNow, now);
    this.#facts = facts;
  }

  onTeams({ home, away }: Message<"teams">): void {
    if (this.#facts) this.#facts = { ...this.#facts, match: { home, away } };
  }

  onClock({ now: originNow, startedAt }: Message<"clock">, now: Millis): void {
    this.#clock.onReading(originNow, now);
    this.#startedAt = startedAt ?? this.#startedAt;
  }

  onChannel(setup: ChannelSetup): Channel {
    const channel = this.#opener.open(setup);
    this.#channels = [...this.#channels, channel];
    return channel;
  }

  /** @returns the channel; undefined when there is no such channel, or that is known. */
  onPaused(id: number, isPaused: boolean): Channel | undefined {
    const channel = this.channel(id);
    if (!channel || this.#paused.has(channel) === isPaused) return undefined;
    if (isPaused) this.#paused.add(channel);
    else this.#paused.delete(channel);
    return channel;
  }

  /** @returns the channel that has ended; undefined when there is no such channel. */
  onChannelEnded(id: number): Channel | undefined {
    const ended = this.channel(id);
    if (ended) this.#paused.delete(ended);
    this.#channels = this.#channels.filter((channel) => channel !== ended);
    return ended;
  }
}
