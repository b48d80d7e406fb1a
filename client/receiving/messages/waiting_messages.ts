import type { ExtendedSequence, Millis, RtpTicks } from "../../../shared/core/units.ts";
import type { DataMessage } from "../../../shared/data/data_message.ts";

/** A whole, authentic message. */
export interface WholeMessage {
  readonly message: DataMessage;
  readonly ticks: RtpTicks;
  /** Of all its bytes. */
  readonly bytes: number;
  /** The lowest and the highest of its packets. */
  readonly first: ExtendedSequence;
  readonly last: ExtendedSequence;
  /** When the first of its packets came, and when it was whole. */
  readonly firstAt: Millis;
  readonly wholeAt: Millis;
}

/** The most that waits; what is over leaves early. The host sends at most 64 messages and 2.5 MB a second. */
const MAX_WAITING = { messages: 4096, bytes: 64 << 20 };

/** Whole messages that wait until they are due. */
export class WaitingMessages {
  readonly #dueAt: (message: WholeMessage) => Millis;
  /** Ascending by count. */
  #waiting: WholeMessage[] = [];
  #bytes = 0;

  /** @param dueAt when a message is due; this may change at any time. */
  constructor(dueAt: (message: WholeMessage) => Millis) {
    this.#dueAt = dueAt;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** When the next messages are due; Infinity when none waits. */
  get deadline(): Millis {
    let earliest: Millis = Infinity;
    for (const whole of this.#waiting) earliest = Math.min(earliest, this.#leavesAt(whole));
    return earliest;
  }

  /** When the last of them is due; -Infinity when none waits. */
  get lastDueAt(): Millis {
    return Math.max(-Infinity, ...this.#waiting.map((whole) => this.#leavesAt(whole)));
  }

  /** Whether a message of this count waits. */
  has(count: number): boolean {
    return this.#waiting.some(({ message }) => message.head.count === count);
  }

  add(whole: WholeMessage): void {
    const { count } = whole.message.head;
    const behind = this.#waiting.findIndex(({ message }) => message.head.count > count);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, whole);
    this.#bytes += whole.bytes;
  }

  /** Takes out those that are due, with all that have a lower count; ascending. */
  takeDue(now: Millis): WholeMessage[] {
    return this.#take(this.#waiting.findLastIndex((whole) => this.#leavesAt(whole) <= now) + 1);
  }

  takeAll(): WholeMessage[] {
    return this.#take(this.#waiting.length);
  }

  #leavesAt(whole: WholeMessage): Millis {
    const isFull = this.#waiting.length > MAX_WAITING.messages || this.#bytes > MAX_WAITING.bytes;
    return isFull && whole === this.#waiting[0]
      ? whole.wholeAt
      : Math.max(this.#dueAt(whole), whole.wholeAt);
  }

  #take(count: number): WholeMessage[] {
    const taken = this.#waiting.splice(0, count);
    for (const { bytes } of taken) this.#bytes -= bytes;
    return taken;
  }
}
