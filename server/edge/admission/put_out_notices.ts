import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Outbox, Recipient } from "../sending/outbox.ts";
import { TimedQueue } from "../sending/timed_queue.ts";

/** Each is said this often, this far apart, since it may be lost. */
const COPIES = 3;
const COPY_INTERVAL_MILLIS: Millis = 100;
/** Those beyond are said once. */
const MAX_REPEATED = 1024;

interface PutOutNotice {
  readonly address: Address;
  readonly datagram: Uint8Array;
  copiesLeft: number;
}

/**
 * The last word to listeners that were put out: they get nothing else any more. Where very many are, not
 * all are told, so that the sound of those who stay has room: they are when they want in again.
 */
export class PutOutNotices {
  readonly #outbox: Outbox;
  readonly #waiting = new TimedQueue<PutOutNotice>(MAX_REPEATED);

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  get deadline(): Millis {
    return this.#waiting.deadline;
  }

  say({ address }: Recipient, datagram: Uint8Array, now: Millis): void {
    this.#outbox.answerStranger(address, datagram);
    this.#waiting.push({ address, datagram, copiesLeft: COPIES - 1 }, now + COPY_INTERVAL_MILLIS);
  }

  repeat(now: Millis): void {
    const take = () => this.#waiting.takeDue(now);
    for (let notice = take(); notice; notice = take()) {
      this.#outbox.answerStranger(notice.address, notice.datagram);
      if (--notice.copiesLeft > 0) this.#waiting.push(notice, now + COPY_INTERVAL_MILLIS);
    }
  }
}
