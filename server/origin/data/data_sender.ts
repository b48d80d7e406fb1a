/*
 * Live data of the host: what a source gives is checked, limited, numbered and cut into payloads.
 *
 * In: messages of one source (`io/data_source.ts`), which message_draft.ts reads and message_check.ts checks
 * against the set-up and the picture's own bytes; or those of simulate_beam.ts. Out: payloads of the channel
 * `data`, each with its time and marker, at 20 Mbit/s at most; and counts.
 *
 * Order: `push` (a message waits, and a newer one supersedes it), `take` (what may leave is numbered and signed by
 * outgoing_data.ts, and leaves in fragments). bad_messages.ts tells the host of messages that were refused, and
 * file_pace.ts when the lines of a file are due. Read next: message_check.ts.
 */
import type { Millis } from "../../../shared/core/units.ts";
import { DataPacker } from "../../../shared/data/fragments.ts";
import type { CheckedMessage } from "./message_check.ts";
import { type DataStreamKeys, writeOutgoing } from "./outgoing_data.ts";

/** 20 Mbit/s. */
const BYTES_PER_MILLI = 2500;
/** What a packet adds to its payload: headers of RTP, SRTP, UDP and IPv4. */
const OVERHEAD_BYTES = 57;
/** So many bytes leave at once after a pause. */
const MAX_BURST_BYTES = 25_000;
/** Fragments leave in groups of this size while more wait, so that the host need not wake for each. */
const GROUP_BYTES = 5000;
/** A message up to this size leaves before larger ones, so that a picture does not delay values. */
const SMALL_BYTES = 25_000;
/** A message is numbered while fewer bytes of its size wait: a quarter of a second. */
const MAX_BACKLOG_BYTES = 250 * BYTES_PER_MILLI;
/** A little more than 60, so that a source whose clock runs fast loses none. */
const MESSAGES_PER_SECOND = 64;
const MAX_BURST_MESSAGES = 16;

export interface DataSenderOptions extends DataStreamKeys {
  /** At most one message leaves in each interval. */
  readonly interval?: Millis;
}

/** A payload of a message. */
export interface OutgoingPayload {
  readonly payload: Uint8Array;
  /** Whether it ends its message. */
  readonly marker: boolean;
  /** The message's count. */
  readonly count: number;
  /** When the message was numbered: the same for all its payloads. */
  readonly at: Millis;
}

export interface DataCounts {
  /** Messages that were pushed. */
  readonly received: number;
  /** Messages that were not sent, because a newer one came before they could leave. */
  readonly superseded: number;
  /** Messages that were numbered, all of which are sent. */
  readonly sent: number;
}

interface Leaving {
  readonly packer: DataPacker;
  readonly count: number;
  readonly at: Millis;
}

/**
 * Sends messages within the limits. What does not fit waits, and is superseded by the next message before it gets
 * a number, so that no listener ever misses a number for the host's limits.
 */
export class DataSender {
  readonly #options: DataSenderOptions;
  #waiting: CheckedMessage | undefined;
  readonly #small = new Leavings();
  readonly #large = new Leavings();
  readonly #bytes = new Bucket(BYTES_PER_MILLI, MAX_BURST_BYTES);
  readonly #messages = new Bucket(MESSAGES_PER_SECOND / 1000, MAX_BURST_MESSAGES);
  readonly #slots: Slots | undefined;
  #startedAt: Millis | undefined;
  #counts = { received: 0, superseded: 0, sent: 0 };

  constructor(options: DataSenderOptions) {
    this.#options = options;
    this.#slots = options.interval === undefined ? undefined : new Slots(options.interval);
  }

  get counts(): DataCounts {
    return { ...this.#counts };
  }

  /** Whether a message that is pushed now supersedes none. */
  get hasRoom(): boolean {
    return this.#waiting === undefined;
  }

  /** When to call {@linkcode take}; Infinity when nothing waits. */
  get deadline(): Millis {
    if (this.#startedAt === undefined) return Infinity;
    const leaves = this.#backlog === 0
      ? Infinity
      : this.#bytes.timeOf(Math.min(GROUP_BYTES, this.#backlog));
    const numbered = this.#waiting && this.#fits(this.#waiting) ? this.#mayNumberAt : Infinity;
    return Math.min(leaves, numbered);
  }

  /** The broadcast has started; until then the newest message waits. */
  start(now: Millis): void {
    this.#startedAt ??= now;
    this.#slots?.start(now);
  }

  push(message: CheckedMessage, now: Millis): void {
    this.#counts.received += 1;
    if (this.#waiting) this.#counts.superseded += 1;
    this.#waiting = message;
    this.#numberWaiting(now);
  }

  /** The payloads that leave now, in order; fragments of several messages may follow each other. */
  take(now: Millis): OutgoingPayload[] {
    this.#numberWaiting(now);
    const payloads: OutgoingPayload[] = [];
    while (this.#backlog > 0 && this.#bytes.has(1, now)) {
      const next = this.#small.next() ?? this.#large.next();
      if (!next) break;
      this.#bytes.spend(next.payload.length + OVERHEAD_BYTES);
      payloads.push(next);
      // Bytes have left, so the waiting message may fit now.
      this.#numberWaiting(now);
    }
    return payloads;
  }

  get #backlog(): number {
    return this.#small.bytes + this.#large.bytes;
  }

  get #mayNumberAt(): Millis {
    return Math.max(this.#messages.timeOf(1), this.#slots?.next ?? -Infinity);
  }

  #fits(message: CheckedMessage): boolean {
    return this.#queueOf(message).bytes < MAX_BACKLOG_BYTES;
  }

  #queueOf({ valueBytes, image }: CheckedMessage): Leavings {
    return valueBytes + (image?.bytes.length ?? 0) <= SMALL_BYTES ? this.#small : this.#large;
  }

  #numberWaiting(now: Millis): void {
    const message = this.#waiting;
    if (!message || this.#startedAt === undefined || !this.#fits(message)) return;
    if (!this.#messages.has(1, now) || now < (this.#slots?.next ?? -Infinity)) return;
    this.#messages.spend(1);
    this.#slots?.use(now);
    this.#waiting = undefined;
    const count = this.#counts.sent += 1;
    const packer = new DataPacker(count, writeOutgoing(message, count, now, this.#options));
    this.#queueOf(message).push({ packer, count, at: now });
  }
}

/** Messages that leave one after the other. */
class Leavings {
  readonly #queue: Leaving[] = [];
  #bytes = 0;

  /** Bytes that have not left yet. */
  get bytes(): number {
    return this.#bytes;
  }

  push(leaving: Leaving): void {
    this.#queue.push(leaving);
    this.#bytes += leaving.packer.remaining;
  }

  next(): OutgoingPayload | undefined {
    const [first] = this.#queue;
    if (!first) return undefined;
    const { packer, count, at } = first;
    const before = packer.remaining;
    const next = packer.next()!;
    this.#bytes -= before - packer.remaining;
    if (next.marker) this.#queue.shift();
    return { ...next, count, at };
  }
}

/** Fills at a rate up to `capacity`; what is spent may exceed what is there, and is then owed. */
class Bucket {
  readonly #perMilli: number;
  readonly #capacity: number;
  #level: number;
  #at: Millis = -Infinity;

  constructor(perMilli: number, capacity: number) {
    this.#perMilli = perMilli;
    this.#capacity = this.#level = capacity;
  }

  /** Whether there is as much as `amount`, but for rounding. */
  has(amount: number, now: Millis): boolean {
    if (now > this.#at) {
      const filled = this.#at === -Infinity ? 0 : (now - this.#at) * this.#perMilli;
      this.#level = Math.min(this.#capacity, this.#level + filled);
      this.#at = now;
    }
    return this.#level >= amount - 1e-6;
  }

  spend(amount: number): void {
    this.#level -= amount;
  }

  /** When there is as much as `amount`; in the past when there is now. */
  timeOf(amount: number): Millis {
    if (this.#at === -Infinity) return -Infinity;
    return this.#at + (amount - this.#level) / this.#perMilli;
  }
}

/** Intervals since the start, in each of which one message may leave. */
class Slots {
  readonly #interval: Millis;
  #startedAt: Millis = 0;
  #next: Millis = -Infinity;

  constructor(interval: Millis) {
    if (!(interval > 0)) throw new RangeError(`An interval must be above 0, not ${interval}`);
    this.#interval = interval;
  }

  /** From when on a message may leave. */
  get next(): Millis {
    return this.#next;
  }

  start(now: Millis): void {
    if (this.#next !== -Infinity) return;
    this.#startedAt = this.#next = now;
  }

  /** A message leaves; the next one may in the next interval. */
  use(now: Millis): void {
    const slot = Math.floor((now - this.#startedAt) / this.#interval) + 1;
    this.#next = this.#startedAt + slot * this.#interval;
  }
}
