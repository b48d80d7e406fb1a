import { concat } from "../core/bytes.ts";
import { Counters } from "../core/counters.ts";
import { unwrapNear } from "../core/seq.ts";
import type { Millis } from "../core/units.ts";
import { FRAGMENT_BYTES } from "../rtcp/lane_messages.ts";
import {
  type Acknowledgement,
  type Fragment,
  MAX_MESSAGE_BYTES,
  MAX_UNDER_WAY,
  SENDING_PACE,
} from "./lane_sender.ts";
import { Pace } from "./pace.ts";

/** The names under which a receiver counts what is unusual. */
export type ReceivingCount =
  /** A fragment that was there already. */
  | "duplicate"
  /** A fragment that no sender may send yet, or one of too many in a second. */
  | "beyondWindow"
  | "overRate"
  /** A message that was dropped: too large, or fragments that do not belong together. */
  | "brokenMessage";

/**
 * Puts fragments in order and together. It keeps at most {@linkcode MAX_UNDER_WAY} fragments and the
 * beginning of one message.
 */
export class LaneReceiver {
  readonly counts: Pick<Counters<ReceivingCount>, "add" | "get">;
  readonly #pace = new Pace({
    perSecond: 2 * SENDING_PACE.perSecond,
    burst: 2 * SENDING_PACE.burst,
  });
  /** Extended number of the lowest fragment that is missing. */
  #next: number;
  /** Fragments from `#next` on. */
  readonly #ahead = new Map<number, Fragment>();
  /** The beginning of a message; undefined between messages and in one that is dropped. */
  #parts: Uint8Array[] | undefined;
  #isAckDue = false;
  #isRequestDue = false;

  /** @param start the number of the first fragment. @param counts may be those of many lanes. */
  constructor(start = 0, counts: Pick<Counters<ReceivingCount>, "add" | "get"> = new Counters()) {
    this.counts = counts;
    this.#next = start;
  }

  /** The bytes of all fragments that are kept. */
  get heldBytes(): number {
    const ahead = [...this.#ahead.values()].map(({ bytes }) => bytes);
    return lengthOf(ahead) + lengthOf(this.#parts ?? []);
  }

  /** How many fragments are kept that wait for an earlier one. */
  get heldAhead(): number {
    return this.#ahead.size;
  }

  /** @returns the messages that are whole now, in order. */
  onFragment(fragment: Fragment, now: Millis): Uint8Array[] {
    if (!this.#pace.take(now)) return this.#ignore("overRate");
    const number = unwrapNear(fragment.fragment, this.#next, 32);
    if (number >= this.#next + MAX_UNDER_WAY) return this.#ignore("beyondWindow");
    // A duplicate is acknowledged too, because the acknowledgement may have been lost.
    this.#isAckDue = true;
    if (number < this.#next || this.#ahead.has(number)) return this.#ignore("duplicate");
    this.#ahead.set(number, fragment);
    return this.#takeInOrder();
  }

  #ignore(why: ReceivingCount): Uint8Array[] {
    this.counts.add(why);
    return [];
  }

  /** @returns what to acknowledge now, once. */
  takeAck(): Acknowledgement | undefined {
    if (!this.#isAckDue) return undefined;
    this.#isAckDue = false;
    let mask = 0;
    for (const number of this.#ahead.keys()) mask |= 1 << (number - this.#next - 1);
    const isRequest = this.#isRequestDue;
    this.#isRequestDue = false;
    return { next: this.#next, mask, ...(isRequest && { isRequest }) };
  }

  /** The next acknowledgement asks the sender to repeat what is missing. */
  request(): void {
    this.#isAckDue = this.#isRequestDue = true;
  }

  get isAckDue(): boolean {
    return this.#isAckDue;
  }

  #takeInOrder(): Uint8Array[] {
    const messages: Uint8Array[] = [];
    for (;;) {
      const fragment = this.#ahead.get(this.#next);
      if (fragment === undefined) return messages;
      this.#ahead.delete(this.#next++);
      const message = this.#add(fragment);
      if (message) messages.push(message);
    }
  }

  /** @returns the message that ends with this fragment. */
  #add({ isFirst, isLast, bytes }: Fragment): Uint8Array | undefined {
    if (isFirst === (this.#parts !== undefined)) this.#break();
    if (isFirst) this.#parts = [];
    const parts = this.#parts;
    if (parts === undefined) return undefined;
    parts.push(bytes);
    if (!isPossible(parts, isLast)) return this.#break();
    if (!isLast) return undefined;
    this.#parts = undefined;
    return concat(...parts);
  }

  #break(): undefined {
    this.counts.add("brokenMessage");
    this.#parts = undefined;
  }
}

/** All fragments but the last are full, which bounds their number as well as their bytes. */
function isPossible(parts: readonly Uint8Array[], isLast: boolean): boolean {
  const isFull = isLast || parts.at(-1)!.length === FRAGMENT_BYTES;
  return isFull && lengthOf(parts) <= MAX_MESSAGE_BYTES;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((length, part) => length + part.length, 0);
}
