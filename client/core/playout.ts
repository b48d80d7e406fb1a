import type { Counters } from "../../shared/core/counters.ts";
import type { Millis } from "../../shared/core/units.ts";
import type {
  ChannelDescription,
  ChannelInfo,
} from "../../shared/admission/channel_description.ts";
import type { ChannelName } from "../../shared/media/channel.ts";
import { parseEvent } from "../../shared/event/event.ts";
import { junk, type JunkName } from "../../shared/core/parsed.ts";
import type { Frames } from "../receiving/frames/frames.ts";
import type { Messages } from "../receiving/messages/messages.ts";
import type { Released } from "../receiving/jitter/jitter_buffer.ts";
import type { ListenerOutput } from "../interface/output.ts";
import type { Stream } from "../receiving/stream.ts";
import type { StreamInfo, StreamOptions } from "../receiving/stream_options.ts";
import type { StreamSet } from "../receiving/stream_set.ts";

export type PlayoutOptions = Pick<
  StreamOptions,
  "latency" | "roundTrip" | "verifier" | "packetWatch" | "isStrained"
>;

/** What an ACCEPT says of the channels; their descriptions may come later. */
export interface AcceptedChannels {
  readonly channels: readonly StreamInfo[];
  /** Identifies the timelines. */
  readonly broadcastId?: string;
}

/**
 * Takes packets from the jitter buffers and turns them into outputs: frames of sound and of the screen, events of
 * the timeline, messages of live data.
 */
export class Playout {
  readonly #streams: StreamSet;
  readonly #junk: Counters<JunkName>;
  #broadcastId: string | undefined;
  /** Of each ordered channel: every event up to this count has been given out. */
  readonly #knownEvents = new Map<ChannelName, number>();

  /** @param junk counts payloads that cannot be parsed. */
  constructor(streams: StreamSet, junk: Counters<JunkName>) {
    this.#streams = streams;
    this.#junk = junk;
  }

  /** @returns the outputs that are due now. */
  play(now: Millis): ListenerOutput[] {
    const next = ({ jitterBuffer }: Stream) => jitterBuffer.pop(now);
    const outputs = this.#release(this.#streams, { next, isEnd: false }, now);
    this.#streams.retireEnded(now);
    return outputs;
  }

  /** @returns the outputs of everything that those streams still hold. */
  flush(streams: Iterable<Stream>, now: Millis): ListenerOutput[] {
    const next = ({ jitterBuffer }: Stream) => jitterBuffer.flush(now);
    return this.#release(streams, { next, isEnd: true }, now);
  }

  /**
   * Takes the channels of an ACCEPT. Streams that a new session replaces first give out what they hold. The
   * same timelines continue after their last events; other timelines begin from their first events.
   *
   * @param isNew whether the host gave this listener a new session.
   * @returns the outputs that this causes.
   */
  adopt(
    { channels, broadcastId }: AcceptedChannels,
    isNew: boolean,
    options: PlayoutOptions,
    now: Millis,
  ): ListenerOutput[] {
    if (!isNew) {
      this.#streams.renew(channels, now);
      return [];
    }
    const replaced = [...this.#streams].filter((stream) =>
      channels.every(({ ssrc }) => ssrc !== stream.info.ssrc)
    );
    const outputs = this.flush(replaced, now);
    const goesOn = broadcastId !== undefined && broadcastId === this.#broadcastId;
    this.#broadcastId = broadcastId;
    if (!goesOn) outputs.push(...this.#forgetEvents());
    const timelines = { knownEvents: this.#knownEvents, doesTimelineGoOn: goesOn };
    this.#streams.adopt(channels, { ...options, ...timelines }, now);
    return outputs;
  }

  /**
   * Takes a channel that begins after the ACCEPT. An ordered channel that was there before continues after
   * its last event.
   *
   * @returns the outputs of the ordered stream that it replaces.
   */
  addChannel(info: ChannelInfo, options: PlayoutOptions, now: Millis): ListenerOutput[] {
    if (this.#streams.get(info.ssrc)) {
      this.describe([info]);
      return [];
    }
    const replaced = this.#streams.sharing(info).filter(({ rules }) => rules.release === "order");
    const outputs = this.flush(replaced, now);
    const timelines = { knownEvents: this.#knownEvents, doesTimelineGoOn: true };
    const isTaken = this.#streams.addChannel(info, { ...options, ...timelines }, now);
    if (!isTaken) this.#junk.add("malformedMessage");
    return outputs;
  }

  /** Takes the descriptions of channels of which the ACCEPT had the numbers: from now on they are played. */
  describe(descriptions: readonly ChannelDescription[]): void {
    for (const description of descriptions) this.#streams.describe(description, this.#knownEvents);
  }

  /** @returns an output for each channel of which events were known. */
  #forgetEvents(): ListenerOutput[] {
    const known = [...this.#knownEvents.keys()];
    this.#knownEvents.clear();
    return known.map((channel) => ({ kind: "timeline-reset", channel }));
  }

  #release(
    streams: Iterable<Stream>,
    { next, isEnd }: {
      readonly next: (stream: Stream) => Released | undefined;
      readonly isEnd: boolean;
    },
    now: Millis,
  ): ListenerOutput[] {
    const outputs: ListenerOutput[] = [];
    for (const stream of streams) {
      const { channel } = stream;
      if (channel === undefined) continue;
      for (let due = next(stream); due; due = next(stream)) {
        stream.tell("played", due.arrival.sequence, now);
        const output = this.#outputOf(stream, channel, due, now);
        if (output) outputs.push(output);
      }
      const { frames, messages } = stream;
      if (frames) outputs.push(...this.#picture(frames, channel, now));
      if (messages) outputs.push(...this.#data(messages, channel, isEnd, now));
    }
    return outputs;
  }

  #outputOf(
    stream: Stream,
    channel: ChannelName,
    due: Released,
    now: Millis,
  ): ListenerOutput | undefined {
    if (stream.rules.release === "order") return this.#event(stream, channel, due);
    if (!stream.frames) return this.#sound(stream, channel, due);
    stream.frames.push(due.arrival, now);
  }

  /** Frames follow from all packets whose time has come together. */
  #picture(frames: Frames, channel: ChannelName, now: Millis): ListenerOutput[] {
    const changes = frames.settle(now);
    for (const name of frames.takeJunk()) this.#junk.add(name);
    return changes.map((change) =>
      change.kind === "frame"
        ? { kind: "frame", channel, frame: change.frame, at: now }
        : { kind: "picture-held", channel, isHeld: change.isHeld }
    );
  }

  #data(messages: Messages, channel: ChannelName, isEnd: boolean, now: Millis): ListenerOutput[] {
    const due = isEnd ? messages.flush() : messages.settle(now);
    for (const name of messages.takeJunk()) this.#junk.add(name);
    return due.map((message) => ({ kind: "data", channel, message, at: now }));
  }

  #sound(
    stream: Stream,
    channel: ChannelName,
    { arrival, lostBefore }: Released,
  ): ListenerOutput | undefined {
    const frames = stream.depacketizer?.push(arrival.payload, lostBefore > 0) ??
      junk("malformedPayload");
    if (!frames.ok) return this.#discard(frames.junk);
    if (frames.value.length === 0 && lostBefore === 0) return undefined;
    const mediaTime = stream.mediaTime(arrival);
    return { kind: "audio", channel, frames: frames.value, mediaTime, lostBefore };
  }

  /** Events leave the jitter buffer in order and without a gap. An event that cannot be parsed is left out. */
  #event(
    stream: Stream,
    channel: ChannelName,
    { arrival }: Released,
  ): ListenerOutput | undefined {
    const count = arrival.sequence - stream.info.sequenceBase + 1;
    this.#knownEvents.set(channel, count);
    const event = parseEvent(arrival.payload);
    if (!event.ok) return this.#discard(event.junk);
    if (event.value.count !== count) return this.#discard("malformedEvent");
    return { kind: "event", channel, event: event.value };
  }

  #discard(name: JunkName): undefined {
    this.#junk.add(name);
  }
}
