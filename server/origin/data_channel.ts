import { type Millis, millisToTicks } from "../../shared/core/units.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import { LastMessage } from "../../shared/data/last_message.ts";
import { CODECS } from "../../shared/media/channel.ts";
import type { OriginConfig } from "../interface/config.ts";
import type { DownMessage, Item } from "../link/down.ts";
import { type DataCounts, DataSender, type OutgoingPayload } from "./data/data_sender.ts";
import type { CheckedMessage } from "./data/message_check.ts";
import type { DataKeys } from "./data/outgoing_data.ts";
import type { NumberedStream } from "./numbered_stream.ts";
import type { Medium } from "./start_and_end.ts";
import type { Streams } from "./streams.ts";

export interface DataChannelOptions {
  readonly config: Pick<OriginConfig, "dataStaysOpen" | "intervalMillis">;
  readonly keys: DataKeys;
  readonly streams: Streams;
  readonly send: (message: DownMessage) => void;
}

/** The channel of live data. It is there from the beginning, and nothing waits for its first message. */
export class DataChannel implements Medium {
  readonly isReady = true;
  readonly #options: DataChannelOptions;
  readonly #sender: DataSender;
  readonly #sent = new SentItems();
  /** Undefined once the host has stopped the channel. */
  #stream: NumberedStream | undefined;
  #setup: DataSetup | undefined;
  #startedAt: Millis | undefined;
  /** When the last packet left, or the broadcast started. */
  #lastAt: Millis = -Infinity;
  #hasEnded = false;

  constructor(options: DataChannelOptions) {
    const { config: { intervalMillis: interval }, keys, streams } = options;
    this.#options = options;
    const plan = { name: "data", kind: "messages", codec: "data", aheadMillis: 0 } as const;
    const stream = this.#stream = streams.open(plan);
    const { ssrc } = stream.setup;
    this.#sender = new DataSender({ ...keys, ssrc, ...(interval !== undefined && { interval }) });
  }

  /** Whether this is its stream, and the channel goes on. */
  has(stream: NumberedStream): boolean {
    return stream === this.#stream;
  }

  /** Whether the broadcast goes on for data that may come back. */
  get staysOpen(): boolean {
    return this.#options.config.dataStaysOpen ?? false;
  }

  /** Whether a message that is pushed now supersedes none. */
  get hasRoom(): boolean {
    return this.#sender.hasRoom;
  }

  get counts(): DataCounts {
    return this.#sender.counts;
  }

  /** When packets leave next; Infinity when none waits. */
  get deadline(): Millis {
    return this.#sender.deadline;
  }

  /** When its last packet has left; Infinity until then. */
  get endsAt(): Millis {
    const isOver = this.#hasEnded && this.#startedAt !== undefined && this.hasRoom &&
      this.deadline === Infinity;
    return isOver ? this.#lastAt : Infinity;
  }

  start(now: Millis): void {
    this.#startedAt = this.#lastAt = now;
    this.#sender.start(now);
  }

  push(message: CheckedMessage, now: Millis): void {
    if (this.#hasEnded) return;
    this.#sender.push(message, now);
    this.sendDue(now);
  }

  /** No more will be pushed. */
  end(): void {
    this.#hasEnded = true;
  }

  setSetup(setup: DataSetup): void {
    this.#setup = setup;
    this.#options.send({ type: "data-setup", setup });
  }

  sendDue(now: Millis): void {
    if (this.#startedAt === undefined) return;
    for (const payload of this.#sender.take(now)) this.#send(payload, now);
  }

  onStreamEnded(stream: NumberedStream): void {
    if (this.has(stream)) this.#stream = undefined;
  }

  /**
   * What an edge needs that begins now: the set-up, the channel as it was before the last whole message, and all
   * items since then.
   */
  past(): DownMessage[] {
    const stream = this.#stream;
    const setup = this.#setup;
    return [
      ...(setup ? [{ type: "data-setup", setup } as const] : []),
      ...(stream ? this.#sent.past(stream) : []),
    ];
  }

  /** What is left of a channel that the host has stopped is not sent. */
  #send({ payload, marker, count, at }: OutgoingPayload, now: Millis): void {
    this.#lastAt = now;
    const stream = this.#stream;
    if (!stream) return;
    const ticks = millisToTicks(at - this.#startedAt!, CODECS.data.clockRate);
    const item = stream.number(payload, ticks, { marker, frameNumber: count });
    this.#sent.add(item);
    this.#options.send(item);
  }
}

/** The items since the first one of the last whole message: at most about ten megabytes, as fast as data is sent. */
class SentItems {
  readonly #last = new LastMessage();
  readonly #items: Item[] = [];

  add(item: Item): void {
    const { sequence, frameNumber: count, marker: isLast } = item;
    this.#items.push(item);
    if (!this.#last.onPacket({ sequence, count: count!, isLast })) return;
    const start = this.#last.start!;
    this.#items.splice(0, this.#items.findIndex((kept) => kept.sequence >= start));
  }

  past({ setup }: NumberedStream): DownMessage[] {
    const bytes = this.#items.reduce((sum, { payload }) => sum + payload.length, 0);
    const nextSequence = setup.nextSequence - this.#items.length;
    return [
      { ...setup, nextSequence, octetCount: setup.octetCount - bytes },
      ...this.#items.map((item) => ({ ...item, isPast: true })),
    ];
  }
}
