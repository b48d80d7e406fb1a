import { junk, type JunkName, type Parsed, parsed } from "../../../shared/core/parsed.ts";
import { unwrapNear } from "../../../shared/core/seq.ts";
import type { RtpTicks } from "../../../shared/core/units.ts";
import { type Fragment, parseFragment } from "../../../shared/data/fragments.ts";
import { MessageParts, type Part } from "./message_parts.ts";

/** All bytes of a message, signature included. */
export interface CollectedMessage<Tag = undefined> {
  /** Its count, by its fragments: to be compared with the head's. */
  readonly number: number;
  readonly ticks: RtpTicks;
  readonly bytes: Uint8Array;
  /** Of the fragments that it is made of, in the order of their offsets. */
  readonly tags: readonly Tag[];
}

/** A message some of whose fragments are there. */
export interface UnfinishedMessage {
  readonly number: number;
  readonly ticks: RtpTicks;
}

export interface CollectorLimits {
  /** Unfinished messages at a time. */
  readonly maxMessages: number;
  /** Bytes of the fragments of all unfinished messages together. */
  readonly maxBytes: number;
  /** Fragments of all of them together: short ones take more than their bytes. */
  readonly maxParts: number;
}

export interface CollectorOptions<Tag> extends Partial<CollectorLimits> {
  /** Why a whole message is not the host's; undefined if it is. */
  readonly check?: (collected: CollectedMessage<Tag>) => JunkName | undefined;
}

const DEFAULT_LIMITS: CollectorLimits = { maxMessages: 256, maxBytes: 32 << 20, maxParts: 32_768 };
/** So many whole messages are remembered, whose fragments may come again. */
const REMEMBERED = 1024;

interface OpenMessage<Tag> {
  readonly wrappedNumber: number;
  readonly ticks: RtpTicks;
  readonly parts: MessageParts<Tag>;
}

/**
 * Collects fragments, in any order and of several messages, into whole messages.
 *
 * Another listener can forge fragments with the group's key. So those that contradict each other in length or time
 * are collected apart, until one such message is whole and authentic. What is over a limit pushes out the message
 * of which no fragment came for the longest time, whatever its number, and is counted: the host's messages go on.
 */
export class MessageCollector<Tag = undefined> {
  readonly #options: CollectorLimits & CollectorOptions<Tag>;
  /** By number, time and length; that of the latest fragment comes last. */
  readonly #open = new Map<string, OpenMessage<Tag>>();
  #heldBytes = 0;
  #heldParts = 0;
  /** Fragments of messages up to this number are too late. Numbers are unwrapped near it. */
  #droppedUpTo = -Infinity;
  readonly #whole = new Set<number>();
  #pushedOut = 0;

  constructor(options: CollectorOptions<Tag> = {}) {
    this.#options = { ...DEFAULT_LIMITS, ...options };
  }

  /** Messages that were pushed out by newer ones, since they were too many or too large together. */
  get pushedOut(): number {
    return this.#pushedOut;
  }

  /** Bytes held for unfinished messages. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Fragments held for unfinished messages. */
  get heldParts(): number {
    return this.#heldParts;
  }

  /** In the order of their numbers. Forged ones may be among them, with any number. */
  get unfinished(): readonly UnfinishedMessage[] {
    return [...this.#open.values()]
      .map(({ wrappedNumber, ticks }) => ({ number: this.#unwrap(wrappedNumber), ticks }))
      .sort((one, other) => one.number - other.number);
  }

  /**
   * @param ticks the packet's timestamp, unwrapped.
   * @param tag what the caller knows of the fragment.
   * @returns the message that this payload makes whole; undefined when it makes none whole, repeats what is
   * there or comes too late; junk when it can't be a part of a message, or what it makes whole is not authentic.
   */
  push(
    payload: Uint8Array,
    ticks: RtpTicks,
    ...[tag]: Tag extends undefined ? [] : [Tag]
  ): Parsed<CollectedMessage<Tag> | undefined> {
    const fragment = parseFragment(payload);
    if (!fragment.ok) return fragment;
    const number = this.#unwrap(fragment.value.wrappedNumber);
    if (number <= this.#droppedUpTo || this.#whole.has(number)) return parsed(undefined);
    return this.#add(number, ticks, fragment.value, tag as Tag);
  }

  /**
   * Forgets all unfinished messages up to `number`, because this one was shown or its time is over; fragments of
   * them that still come are ignored. Fragments have 32 bits of a number, and are taken for the message nearest
   * to the number given here.
   *
   * @param number the count of an authentic message.
   * @returns how many were forgotten.
   */
  dropUpTo(number: number): number {
    this.#droppedUpTo = Math.max(this.#droppedUpTo, number);
    const late = [...this.#open].filter(([, { wrappedNumber }]) =>
      this.#unwrap(wrappedNumber) <= number
    );
    for (const [key] of late) this.#forget(key);
    for (const whole of this.#whole) if (whole <= number) this.#whole.delete(whole);
    return late.length;
  }

  #unwrap(wrapped: number): number {
    const near = Number.isFinite(this.#droppedUpTo) ? this.#droppedUpTo : undefined;
    return unwrapNear(wrapped, near, 32);
  }

  #add(
    number: number,
    ticks: RtpTicks,
    { wrappedNumber, offset, length, bytes }: Fragment,
    tag: Tag,
  ): Parsed<CollectedMessage<Tag> | undefined> {
    const key = `${wrappedNumber} ${ticks} ${length}`;
    const message = this.#open.get(key) ??
      { wrappedNumber, ticks, parts: new MessageParts<Tag>(length) };
    const part = { offset, bytes, tag };
    if (!message.parts.add(part)) return parsed(undefined);
    this.#heldBytes += bytes.length;
    this.#heldParts++;
    // The latest is the last to be pushed out.
    this.#open.delete(key);
    this.#open.set(key, message);
    const whole = this.#findWhole(number, message, part);
    if (message.parts.isExhausted) this.#forget(key);
    this.#limit();
    return whole;
  }

  #findWhole(
    number: number,
    { ticks, parts }: OpenMessage<Tag>,
    latest: Part<Tag>,
  ): Parsed<CollectedMessage<Tag> | undefined> {
    let problem: JunkName | undefined;
    for (const { bytes, parts: used } of parts.wholes(latest)) {
      const collected = { number, ticks, bytes, tags: used.map(({ tag }) => tag) };
      problem = this.#options.check?.(collected);
      if (problem !== undefined) continue;
      this.#finish(number);
      return parsed(collected);
    }
    return problem === undefined ? parsed(undefined) : junk(problem);
  }

  /** What else claims to be that message is not needed any more. */
  #finish(number: number): void {
    for (const [key, { wrappedNumber }] of this.#open) {
      if (this.#unwrap(wrappedNumber) === number) this.#forget(key);
    }
    this.#whole.add(number);
    if (this.#whole.size <= REMEMBERED) return;
    for (const oldest of this.#whole) return void this.#whole.delete(oldest);
  }

  #limit(): void {
    for (const key of this.#open.keys()) {
      if (!this.#isOverfull()) return;
      this.#pushedOut++;
      this.#forget(key);
    }
  }

  #isOverfull(): boolean {
    const { maxMessages, maxBytes, maxParts } = this.#options;
    return this.#open.size > maxMessages || this.#heldBytes > maxBytes ||
      this.#heldParts > maxParts;
  }

  #forget(key: string): void {
    const message = this.#open.get(key);
    if (!message) return;
    this.#open.delete(key);
    this.#heldBytes -= message.parts.bytes;
    this.#heldParts -= message.parts.count;
  }
}
