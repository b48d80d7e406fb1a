import type { Address } from "../../../shared/driver/socket.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Outbox, Recipient } from "../sending/outbox.ts";

/** Each is said this often, this far apart, since it may be lost. */
const COPIES = 3;
const COPY_INTERVAL_MILLIS: Millis = 100;
/** Those beyond are said once. */
const MAX_REPEATED = 1024;

interface PutOutNotice {
  readonly address: Address;
  readonly datagram: Uint8Array;
  copiesLeft: number;
  nextAt: Millis;
}

/**
 * The last word to listeners that were put out: they get nothing else any more. Where very many are, not
 * all are told, so that the sound of those who stay has room: they are when they want in again.
 */
export class PutOutNotices {
  readonly #outbox: Outbox;
  #waiting: PutOutNotice[] = [];

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  get deadline(): Millis {
    // The intervals are equal, so that the first in is the first due.
    return this.#waiting[0]?.nextAt ?? Infinity;
  }

  say({ address }: Recipient, datagram: Uint8Array, now: Millis): void {
    this.#outbox.answerStranger(address, datagram);
    if (this.#waiting.length >= MAX_REPEATED) return;
    const nextAt = now + COPY_INTERVAL_MILLIS;
    this.#waiting.push({ address, datagram, copiesLeft: COPIES - 1, nextAt });
  }

  repeat(now: Millis): void {
    if (now < this.deadline) return;
    const due = this.#waiting.filter(({ nextAt }) => nextAt <= now);
    const later = this.#waiting.filter(({ nextAt }) => nextAt > now);
    for (const notice of due) {
      this.#outbox.answerStranger(notice.address, notice.datagram);
      notice.copiesLeft--;
      notice.nextAt = now + COPY_INTERVAL_MILLIS;
    }
    this.#waiting = [...later, ...due.filter(({ copiesLeft }) => copiesLeft > 0)];
  }
}
