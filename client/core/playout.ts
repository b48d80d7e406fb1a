import type { Counters } from "../../shared/core/counters.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { AcceptInfo } from "../../shared/admission/admission.ts";
import { parseEvent } from "../../shared/event/event.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Released } from "../receiving/jitter/jitter_buffer.ts";
import type { ListenerOutput } from "../interface/output.ts";
import type { Stream, StreamOptions } from "../receiving/stream.ts";
import type { StreamSet } from "../receiving/stream_set.ts";

/** Takes packets from the jitter buffers and turns them into outputs: frames of sound, events of the timeline. */
export class Playout {
  readonly #streams: StreamSet;
  readonly #junk: Counters<JunkName>;
  #broadcastId: string | undefined;
  /** Every event of the timeline up to this count has been given out. */
  #knownEvents = 0;

  /** @param junk counts payloads that cannot be parsed. */
  constructor(streams: StreamSet, junk: Counters<JunkName>) {
    this.#streams = streams;
    this.#junk = junk;
  }

  /** @returns the outputs that are due now. */
  play(now: Millis): ListenerOutput[] {
    return this.#release(this.#streams, ({ jitterBuffer }) => jitterBuffer.pop(now));
  }

  /** @returns the outputs of everything that those streams still hold. */
  flush(streams: Iterable<Stream>, now: Millis): ListenerOutput[] {
    return this.#release(streams, ({ jitterBuffer }) => jitterBuffer.flush(now));
  }

  /**
   * Takes the channels of an ACCEPT. Streams that it replaces first give out what they hold. The same
   * timeline continues after the last event; another timeline begins from its first event.
   *
   * @param isNew whether the host gave this listener a new session.
   * @returns the outputs that this causes.
   */
  adopt(
    { channels, broadcastId }: AcceptInfo,
    isNew: boolean,
    options: Pick<StreamOptions, "latency" | "roundTrip">,
    now: Millis,
  ): ListenerOutput[] {
    const replaced = [...this.#streams].filter((stream) =>
      channels.every(({ ssrc }) => ssrc !== stream.info.ssrc)
    );
    const outputs = this.flush(replaced, now);
    const goesOn = !isNew || broadcastId !== undefined && broadcastId === this.#broadcastId;
    this.#broadcastId = broadcastId;
    if (!goesOn && this.#forgetEvents()) outputs.push({ kind: "timeline-reset" });
    const timeline = { knownEvents: this.#knownEvents, doesTimelineGoOn: goesOn };
    this.#streams.adopt(channels, { ...options, ...timeline }, now);
    return outputs;
  }

  /** @returns whether any event was known. */
  #forgetEvents(): boolean {
    const wereAny = this.#knownEvents > 0;
    this.#knownEvents = 0;
    return wereAny;
  }

  #release(
    streams: Iterable<Stream>,
    next: (stream: Stream) => Released | undefined,
  ): ListenerOutput[] {
    const outputs: ListenerOutput[] = [];
    for (const stream of streams) {
      for (let due = next(stream); due; due = next(stream)) {
        const output = stream.depacketizer ? this.#sound(stream, due) : this.#event(stream, due);
        if (output) outputs.push(output);
      }
    }
    return outputs;
  }

  #sound(stream: Stream, { arrival, lostBefore }: Released): ListenerOutput | undefined {
    const frames = stream.depacketizer!.push(arrival.payload, lostBefore > 0);
    if (!frames.ok) return this.#discard(frames.junk);
    if (frames.value.length === 0 && lostBefore === 0) return undefined;
    const mediaTime = stream.mediaTime(arrival);
    return { kind: "audio", frames: frames.value, mediaTime, lostBefore };
  }

  /** Events leave the jitter buffer in order and without a gap. An event that cannot be parsed is left out. */
  #event(stream: Stream, { arrival }: Released): ListenerOutput | undefined {
    this.#knownEvents = arrival.sequence - stream.info.sequenceBase + 1;
    const event = parseEvent(arrival.payload);
    if (!event.ok) return this.#discard(event.junk);
    if (event.value.count !== this.#knownEvents) return this.#discard("malformedEvent");
    return { kind: "event", event: event.value };
  }

  #discard(name: JunkName): undefined {
    this.#junk.add(name);
  }
}
