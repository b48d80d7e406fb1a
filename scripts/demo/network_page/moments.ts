import type { Clock } from "../../../shared/driver/clock.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { ChannelName } from "../../../shared/media/channel.ts";
import type { NetworkDesk, ReaderPlace } from "./network_desk.ts";

/** How often a page is told what is new. */
const EVERY_MILLIS: Millis = 200;
const MAX_READERS = 16;

const encoder = new TextEncoder();

/**
 * What is new, as server-sent events (HTML Living Standard section 9.2): `moment`, and at the end `verdict`. Nothing
 * waits for a reader: each moment is made when it is read, so a slow reader is told later, and of what is still kept.
 */
export class Moments {
  readonly #desk: NetworkDesk;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #readers = 0;

  constructor(desk: NetworkDesk, clock: Clock) {
    this.#desk = desk;
    this.#clock = clock;
  }

  /** @returns undefined when too many read. */
  open(channel: ChannelName): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
    if (this.#readers >= MAX_READERS) return undefined;
    this.#readers++;
    const place: ReaderPlace = { read: new Map() };
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
    let nextAt: Millis = -Infinity;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        await this.#clock.sleepUntil(nextAt, signal);
        if (gone.signal.aborted) return;
        const now = this.#clock.now();
        nextAt = now + EVERY_MILLIS;
        controller.enqueue(eventOf("moment", this.#desk.moment(channel, place, now)));
        if (!this.#closing.signal.aborted) return;
        controller.enqueue(eventOf("verdict", { line: this.#desk.verdict ?? "The demo is over." }));
        this.#readers--;
        controller.close();
      },
      cancel: () => {
        this.#readers--;
        gone.abort();
      },
    }, { highWaterMark: 0 });
  }

  /** Gives every reader the last moment and the verdict. */
  close(): void {
    this.#closing.abort();
  }
}

function eventOf(kind: string, value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(`event: ${kind}\ndata: ${JSON.stringify(value)}\n\n`);
}
