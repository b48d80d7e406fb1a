// The messages of a stream of live data: fragments as they come, whole messages when they are due.
//
// In:  packets as they come, originals and repaired ones in any order, each once; and the time.
// Out: whole, authentic messages in the order of their counts, each when it is due by the one clock and the latency
//      that all channels share; the packets to request of the last message from before this listener joined; counts.
//
// A message that is whole late is given out at once if no newer one was. When a message is given out, older ones
// that are not whole are dropped.
//
// `message_collector.ts` puts fragments together, and `message_parts.ts` those of one message, also when other
// listeners forge some. `waiting_messages.ts` holds whole messages until they are due.
// `../repair/message_forecast.ts` tells which packets may still be wanted. Read message_collector.ts next.

import type { JunkName } from "../../../shared/core/parsed.ts";
import {
  type ClockRate,
  type ExtendedSequence,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import type { DataMessage } from "../../../shared/data/data_message.ts";
import { parseFragment } from "../../../shared/data/fragments.ts";
import { type DataVerifier, openCollected } from "../../../shared/data/signed_data.ts";
import { CatchUp, type CatchUpOptions, type PastRequests } from "../repair/catch_up.ts";
import type { Arrival } from "../stats/arrival.ts";
import { type CollectedMessage, MessageCollector } from "./message_collector.ts";
import { WaitingMessages, type WholeMessage } from "./waiting_messages.ts";

/** The part of a ledger that only a channel of messages has. */
export interface MessageStatistics {
  /** Whole and authentic ones. */
  readonly messagesReceived: number;
  /** Those not given out, since the first one given out that was sent since the listener joined. */
  readonly messagesDropped: number;
}

/** The stream's clock, which is that of its jitter buffer. */
export interface MessageClock {
  readonly lowestTransit: Millis;
  readonly targetMillis: Millis;
  dueAt(mediaTime: Millis): Millis;
  /** A message is whole; how late decides about the latency. */
  onWhole(ticks: RtpTicks, at: Millis, isRepair: boolean): void;
}

export interface MessagesOptions extends CatchUpOptions {
  /** Of the stream: signatures cover it. */
  readonly ssrc: number;
  readonly clockRate: ClockRate;
  readonly clock: MessageClock;
  /** What signatures are checked with; it gives undefined where the host does not sign. */
  readonly verifier: () => DataVerifier | undefined;
  /** Messages up to this count were given out by the stream that this one replaces. */
  readonly shownUpTo?: number | undefined;
}

export interface CameBy {
  readonly isRepair: boolean;
  /** Whether it was late because this program stood still. */
  readonly isExcused: boolean;
}

interface Came extends CameBy {
  readonly arrival: Arrival;
}

/**
 * A message is due at most so long after its first packet came, besides the latency: its time is not signed, and
 * only a forged one is later.
 */
const LONGEST_AHEAD: Millis = 1000;
/** A repaired message that is late by more was lost in an outage, against which no latency helps. */
const LONGEST_REPAIR = { roundTrips: 2, besides: 50 };
/** At the end, numbers further ahead are taken for forged. */
const MAX_AHEAD = 1024;

export class Messages implements PastRequests {
  readonly #options: MessagesOptions;
  readonly #collector: MessageCollector<Came>;
  readonly #waiting: WaitingMessages;
  readonly #catchUp: CatchUp;
  readonly #junk: JunkName[] = [];
  /** Of those from before the join, the lowest packet that came, and whether it begins a message. */
  #lowestPast: { readonly sequence: ExtendedSequence; readonly isBegin: boolean } | undefined;
  /** The message that was found authentic last. */
  #opened: DataMessage | undefined;
  #shown: WholeMessage | undefined;
  #shownCount: number | undefined;
  /** Whether a message was given out that was sent since this listener joined. */
  #hasCaughtUp = false;
  #pushedOut = 0;
  #received = 0;
  #dropped = 0;
  #hasEnded = false;

  constructor(options: MessagesOptions) {
    this.#options = options;
    this.#collector = new MessageCollector({ check: (collected) => this.#check(collected) });
    this.#waiting = new WaitingMessages((whole) => this.#dueAt(whole));
    this.#catchUp = new CatchUp(options);
    if (options.shownUpTo !== undefined) this.#passTo(options.shownUpTo);
  }

  /** Takes a packet, or a copy: a forged packet may have come before the host's. */
  push(arrival: Arrival, { isRepair, isExcused }: CameBy): void {
    if (this.#catchUp.isPast(arrival.sequence)) this.#onPast(arrival);
    const came = { arrival, isRepair, isExcused };
    const whole = this.#collector.push(arrival.payload, arrival.ticks, came);
    if (!whole.ok) this.#junk.push(whole.junk);
    else if (whole.value) this.#onWhole(whole.value);
    for (; this.#pushedOut < this.#collector.pushedOut; this.#pushedOut++) {
      this.#junk.push("overflow");
    }
  }

  /** @returns what is due now. */
  settle(now: Millis): DataMessage[] {
    return this.#giveOut(this.#waiting.takeDue(now));
  }

  /** @returns all that is whole, before its time. */
  flush(): DataMessage[] {
    return this.#giveOut(this.#waiting.takeAll());
  }

  /** When {@linkcode settle} is to be called; Infinity: not before more packets come. */
  get settleAt(): Millis {
    return this.#waiting.deadline;
  }

  /** When the last whole message is due; -Infinity when none waits. */
  get lastDueAt(): Millis {
    return this.#waiting.lastDueAt;
  }

  /** The channel has ended; late packets may still complete messages. */
  onGoodbye(): void {
    this.#hasEnded = true;
  }

  /** Nothing more is expected: what was not given out until now is dropped. */
  end(): void {
    this.#hasEnded = true;
    const shown = this.#shownCount ?? 0;
    const lost = new Set(this.#waiting.takeAll().map(({ message }) => message.head.count));
    for (const { number } of this.#collector.unfinished) {
      if (number > shown && number <= shown + MAX_AHEAD) lost.add(number);
    }
    if (this.#hasCaughtUp) this.#dropped += lost.size;
    this.#collector.dropUpTo(Math.max(shown, ...lost));
  }

  pollPast(now: Millis): ExtendedSequence[] {
    if (this.#hasEnded) return [];
    const hasBeginning = this.#shown !== undefined || this.#lowestPast?.isBegin === true;
    return this.#catchUp.poll(this.#shown?.first ?? -Infinity, hasBeginning, now);
  }

  get requestAt(): Millis {
    return this.#hasEnded ? Infinity : this.#catchUp.deadline;
  }

  /**
   * Whatever was sent before this time, counted at its arrival, belongs to messages that are given out or dropped:
   * those that are newer were not numbered yet.
   */
  get supersededAt(): Millis {
    const { clock } = this.#options;
    if (!this.#shown) return -Infinity;
    return Math.min(this.#mediaTime(this.#shown) + clock.lowestTransit, this.#shown.firstAt);
  }

  /** The count of the message given out last; undefined before the first. */
  get shownUpTo(): number | undefined {
    return this.#shownCount;
  }

  /** Why packets and messages since the last call were unusable. */
  takeJunk(): JunkName[] {
    return this.#junk.splice(0);
  }

  get statistics(): MessageStatistics {
    return { messagesReceived: this.#received, messagesDropped: this.#dropped };
  }

  #onPast({ sequence, arrivedAt, payload }: Arrival): void {
    this.#catchUp.onCame(sequence, arrivedAt);
    if (sequence >= (this.#lowestPast?.sequence ?? Infinity)) return;
    const fragment = parseFragment(payload);
    this.#lowestPast = { sequence, isBegin: fragment.ok && fragment.value.offset === 0 };
  }

  #check(collected: CollectedMessage<Came>): JunkName | undefined {
    const { verifier, ssrc } = this.#options;
    const message = openCollected(collected, verifier(), ssrc);
    if (!message.ok) return message.junk;
    this.#opened = message.value;
  }

  #onWhole({ ticks, bytes, tags }: CollectedMessage<Came>): void {
    const sequences = tags.map(({ arrival }) => arrival.sequence);
    const times = tags.map(({ arrival }) => arrival.arrivedAt);
    const whole = {
      message: this.#opened!,
      ticks,
      bytes: bytes.length,
      first: least(sequences),
      last: most(sequences),
      firstAt: least(times),
      wholeAt: most(times),
    };
    // Before any message was given out, fragments are taken for a number below 2^32; copies may get another one.
    if (this.#waiting.has(whole.message.head.count)) return;
    this.#received++;
    this.#tellClock(whole, tags);
    this.#waiting.add(whole);
  }

  /** A message from before the join, or after a pause of this program, tells nothing of the latency needed. */
  #tellClock(whole: WholeMessage, tags: readonly Came[]): void {
    const { clock, next, roundTrip } = this.#options;
    const isRepair = tags.some((came) => came.isRepair);
    if (whole.first < next || tags.some(({ isExcused }) => isExcused)) return;
    const lateBy = whole.wholeAt - clock.dueAt(this.#mediaTime(whole));
    const { roundTrips, besides } = LONGEST_REPAIR;
    if (isRepair && lateBy > roundTrips * roundTrip.smoothed + besides) return;
    clock.onWhole(whole.ticks, whole.wholeAt, isRepair);
  }

  /** Before any packet told of the path, a message from before the join is due at once. */
  #dueAt(whole: WholeMessage): Millis {
    const { clock } = this.#options;
    const dueAt = clock.dueAt(this.#mediaTime(whole));
    if (!Number.isFinite(dueAt)) return whole.wholeAt;
    return Math.min(dueAt, whole.firstAt + clock.targetMillis + LONGEST_AHEAD);
  }

  #mediaTime({ ticks }: WholeMessage): Millis {
    return ticksToMillis(ticks, this.#options.clockRate);
  }

  #giveOut(wholes: readonly WholeMessage[]): DataMessage[] {
    for (const whole of wholes) {
      const { count } = whole.message.head;
      const missed = count - (this.#shownCount ?? count) - 1;
      if (this.#hasCaughtUp) this.#dropped += missed;
      this.#hasCaughtUp ||= whole.last >= this.#options.next;
      this.#shown = whole;
      this.#passTo(count);
    }
    return wholes.map(({ message }) => message);
  }

  #passTo(count: number): void {
    this.#shownCount = count;
    this.#collector.dropUpTo(count);
  }
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.min(one, other));
}

function most(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => Math.max(one, other));
}
