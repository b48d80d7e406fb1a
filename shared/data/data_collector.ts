import { junk, type Parsed, parsed } from "../core/parsed.ts";
import { unwrapNear } from "../core/seq.ts";
import type { RtpTicks } from "../core/units.ts";
import { type Fragment, parseFragment } from "./fragments.ts";

/** All bytes of a message, signature included. */
export interface CollectedMessage {
  /** Its count, by its fragments: to be compared with the head's. */
  readonly number: number;
  readonly ticks: RtpTicks;
  readonly bytes: Uint8Array;
}

/** A message some of whose fragments are there. */
export interface UnfinishedMessage {
  readonly number: number;
  readonly ticks: RtpTicks;
}

export interface CollectorLimits {
  /** Unfinished messages at a time. */
  readonly maxMessages: number;
  /** Bytes of all unfinished messages together, counted as if they were whole. */
  readonly maxBytes: number;
}

const DEFAULT_LIMITS: CollectorLimits = { maxMessages: 64, maxBytes: 32 << 20 };
/** So many whole messages are remembered, whose fragments may come again. */
const REMEMBERED = 1024;

interface OpenMessage extends UnfinishedMessage {
  readonly bytes: Uint8Array;
  readonly parts: Parts;
}

/**
 * Collects fragments, in any order and of several messages, into whole messages. What is over a limit pushes
 * out the oldest unfinished message, which is counted.
 */
export class DataCollector {
  readonly #limits: CollectorLimits;
  readonly #open = new Map<number, OpenMessage>();
  #openBytes = 0;
  /** Fragments of messages up to this number are too late. Numbers are unwrapped near it. */
  #droppedUpTo = -Infinity;
  readonly #whole = new Set<number>();
  #pushedOut = 0;

  constructor(limits: Partial<CollectorLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Messages that were pushed out by newer ones, since they were too many or too large together. */
  get pushedOut(): number {
    return this.#pushedOut;
  }

  /** Bytes held for unfinished messages. */
  get heldBytes(): number {
    return this.#openBytes;
  }

  /** In the order of their numbers. */
  get unfinished(): readonly UnfinishedMessage[] {
    return [...this.#open.values()].map(({ number, ticks }) => ({ number, ticks }))
      .sort((one, other) => one.number - other.number);
  }

  /**
   * @param ticks the packet's timestamp, unwrapped.
   * @returns the message that this payload makes whole; undefined when it makes none whole, repeats what is
   * there or comes too late; junk when it can't be a part of a message.
   */
  push(payload: Uint8Array, ticks: RtpTicks): Parsed<CollectedMessage | undefined> {
    const fragment = parseFragment(payload);
    if (!fragment.ok) return fragment;
    const near = Number.isFinite(this.#droppedUpTo) ? this.#droppedUpTo : undefined;
    const number = unwrapNear(fragment.value.wrappedNumber, near, 32);
    if (number <= this.#droppedUpTo || this.#whole.has(number)) return parsed(undefined);
    const message = this.#open.get(number) ?? this.#begin(number, ticks, fragment.value);
    if (!message) return parsed(undefined);
    return this.#add(message, ticks, fragment.value);
  }

  /**
   * Forgets all unfinished messages up to `number`, because this one was shown or its time is over; fragments of
   * them that still come are ignored. Fragments have 32 bits of a number, and are taken for the message nearest
   * to the number given here.
   *
   * @param number the count of an authentic message, or a number from here.
   * @returns how many were forgotten.
   */
  dropUpTo(number: number): number {
    this.#droppedUpTo = Math.max(this.#droppedUpTo, number);
    const late = [...this.#open.keys()].filter((open) => open <= number);
    for (const open of late) this.#forget(open);
    for (const whole of this.#whole) if (whole <= number) this.#whole.delete(whole);
    return late.length;
  }

  #add(
    message: OpenMessage,
    ticks: RtpTicks,
    { offset, length, bytes }: Fragment,
  ): Parsed<CollectedMessage | undefined> {
    if (length !== message.bytes.length || ticks !== message.ticks) return junk("malformedData");
    message.bytes.set(bytes, offset);
    message.parts.add(offset, offset + bytes.length);
    if (!message.parts.areAll(length)) return parsed(undefined);
    const { number } = message;
    this.#forget(number);
    this.#remember(number);
    return parsed({ number, ticks, bytes: message.bytes });
  }

  /** @returns undefined when it is older than all that there is room for. */
  #begin(number: number, ticks: RtpTicks, { length }: Fragment): OpenMessage | undefined {
    const { maxMessages, maxBytes } = this.#limits;
    while (this.#open.size >= maxMessages || this.#openBytes + length > maxBytes) {
      // Infinity when none is open: then the message alone is over the limit.
      const oldest = Math.min(...this.#open.keys());
      this.#pushedOut += 1;
      if (oldest > number) return undefined;
      this.#forget(oldest);
    }
    const message = { number, ticks, bytes: new Uint8Array(length), parts: new Parts() };
    this.#open.set(number, message);
    this.#openBytes += length;
    return message;
  }

  #forget(number: number): void {
    const message = this.#open.get(number);
    if (!message) return;
    this.#open.delete(number);
    this.#openBytes -= message.bytes.length;
  }

  #remember(number: number): void {
    this.#whole.add(number);
    if (this.#whole.size <= REMEMBERED) return;
    for (const oldest of this.#whole) return void this.#whole.delete(oldest);
  }
}

/** Which bytes of a message are there: ranges in order, with gaps between them. */
class Parts {
  readonly #ranges: { start: number; end: number }[] = [];

  areAll(length: number): boolean {
    const [first] = this.#ranges;
    return first !== undefined && first.start === 0 && first.end === length;
  }

  add(start: number, end: number): void {
    const ranges = this.#ranges;
    let from = ranges.length;
    while (from > 0 && ranges[from - 1]!.end >= start) from -= 1;
    let to = from;
    const merged = { start, end };
    for (; to < ranges.length && ranges[to]!.start <= end; to++) {
      merged.start = Math.min(merged.start, ranges[to]!.start);
      merged.end = Math.max(merged.end, ranges[to]!.end);
    }
    ranges.splice(from, to - from, merged);
  }
}
