import { CODECS } from "../../shared/media/channel.ts";
import { BLOCK_ENTRIES } from "../../shared/event/blocks.ts";
import type { RtpTicks } from "../../shared/core/units.ts";
import type { ServerOutput } from "../interface/output.ts";
import type { DownMessage } from "../link/down.ts";
import type { NumberedStream } from "./numbered_stream.ts";
import type { Streams } from "./streams.ts";
import type { ScoreKeeper } from "./timeline/new_event.ts";
import type { Timeline } from "./timeline/timeline.ts";
import { TimelineSender } from "./timeline/timeline_sender.ts";
import { Warnings } from "./warnings.ts";

export interface TimelineChannelOptions {
  readonly timeline: Timeline;
  readonly streams: Streams;
  readonly scores?: ScoreKeeper | undefined;
  readonly send: (message: DownMessage) => void;
  readonly say: (output: ServerOutput) => void;
}

/** The channel of events: entries of the timeline, each sent as it is stored, and told again to late edges. */
export class TimelineChannel {
  readonly sender: TimelineSender;
  readonly #options: TimelineChannelOptions;
  /** Undefined once the host has stopped the channel. */
  #stream: NumberedStream | undefined;
  /** The count of the last entry, as the edges were told. */
  #countTold = 0;

  /** Entries from before a restart keep their numbers: `sequence number - sequenceBase + 1` is always the count. */
  constructor(options: TimelineChannelOptions) {
    this.#options = options;
    const { timeline, streams, scores, send, say } = options;
    const itemsBefore = timeline.blocks.length * BLOCK_ENTRIES;
    const plan = { name: "events", kind: "ordered", codec: "json", aheadMillis: 0 } as const;
    const stream = this.#stream = streams.open({ ...plan, itemsBefore });
    for (const block of blocksOf(timeline)) send(block);
    for (const { payload } of timeline.tail) send(stream.number(payload, 0, { isPast: true }));
    send(headOf(timeline));
    timeline.onBlock = (firstCount, block) => send({ type: "past", firstCount, block });
    // A limit of its own: a warning about the sound must not hide a warning about an event.
    const warnings = new Warnings(say);
    this.sender = new TimelineSender({
      clockRate: CODECS.json.clockRate,
      timeline,
      scores,
      send: (payload, ticks) => this.#sendEntry(stream, payload, ticks),
      say,
      warn: (text, at) => warnings.add(text, at),
    });
  }

  /** Whether this is its stream, and the channel goes on. */
  has(stream: NumberedStream): boolean {
    return stream === this.#stream;
  }

  onStreamEnded(stream: NumberedStream): void {
    if (this.has(stream)) this.#stream = undefined;
  }

  /** The channel as it was before the entries that are in no full block, the blocks, those entries. */
  past(): DownMessage[] {
    const stream = this.#stream;
    if (!stream) return [];
    const { setup } = stream;
    const { timeline } = this.#options;
    const entries = timeline.tail.map(({ count, payload }) => ({
      type: "item" as const,
      channel: stream.id,
      sequence: setup.sequenceBase + count - 1,
      ticks: 0,
      marker: false,
      isKey: true,
      isPast: true,
      payload,
    }));
    const nextSequence = setup.nextSequence - entries.length;
    return [{ ...setup, nextSequence }, ...blocksOf(timeline), ...entries];
  }

  /** An entry of a channel that the host has stopped stays in the timeline alone. */
  #sendEntry(stream: NumberedStream, payload: Uint8Array, ticks: RtpTicks): void {
    if (!this.has(stream)) return;
    const { timeline, send } = this.#options;
    const { count } = timeline.head;
    // Entries that were stored together have one head.
    if (count !== this.#countTold) send(headOf(timeline));
    this.#countTold = count;
    send(stream.number(payload, ticks));
  }
}

export function headOf(timeline: Timeline): DownMessage {
  return { type: "timeline", ...timeline.head };
}

function blocksOf({ blocks }: Timeline): DownMessage[] {
  return blocks.map((block, index) => ({
    type: "past",
    firstCount: index * BLOCK_ENTRIES + 1,
    block,
  }));
}
