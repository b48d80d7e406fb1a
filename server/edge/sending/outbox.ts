import type { Transmit } from "../../../shared/driver/driver.ts";
import type { Address } from "../../../shared/driver/socket.ts";

/** Who a datagram is for. */
export interface Recipient {
  readonly address: Address;
  /** Nothing is sent to one that left, not even what was queued before. */
  readonly hasLeft: boolean;
}

interface Job {
  readonly datagram: Uint8Array;
  readonly recipients: readonly Recipient[];
  readonly kind: "media" | "repair" | "parity" | "control";
}

/**
 * What waits for the network. One datagram for a thousand listeners is one entry: the bytes and the
 * list of who gets them, shared by all. When it is full, what comes is dropped and counted.
 */
export class Outbox {
  readonly #jobs: (Job | undefined)[];
  #first = 0;
  #length = 0;
  /** Into the recipients of the first job. */
  #cursor = 0;
  #mediaSent = 0;
  #mediaBytesSent = 0;
  #repairsSent = 0;
  #paritySent = 0;
  #overflowed = 0;

  /** @param capacity datagrams, each counted once whatever the number of its recipients. */
  constructor(capacity = 1024) {
    this.#jobs = new Array(capacity).fill(undefined);
  }

  /** Media packets handed out, those sent again and parity included, each copy counted. */
  get mediaSent(): number {
    return this.#mediaSent;
  }

  get mediaBytesSent(): number {
    return this.#mediaBytesSent;
  }

  /** Of the media packets, those that were sent again. */
  get repairsSent(): number {
    return this.#repairsSent;
  }

  /** Of the media packets, those of parity. */
  get paritySent(): number {
    return this.#paritySent;
  }

  /** Copies dropped because the network did not take them as fast as they came, or too many waited for their time. */
  get overflowed(): number {
    return this.#overflowed;
  }

  /** @param recipients is read later: hand in a list that never changes. */
  sendMedia(recipients: readonly Recipient[], datagram: Uint8Array): void {
    this.#push({ recipients, datagram, kind: "media" });
  }

  sendControl(recipients: readonly Recipient[], datagram: Uint8Array): void {
    this.#push({ recipients, datagram, kind: "control" });
  }

  /** Packets that are sent again; the first transmission of others is never crowded out by such. */
  sendRepair(recipients: readonly Recipient[], datagram: Uint8Array): void {
    if (this.#isHalfFull) this.#overflowed += recipients.length;
    else this.#push({ recipients, datagram, kind: "repair" });
  }

  /** What brings lost packets back; it stands back likewise. */
  sendParity(recipients: readonly Recipient[], datagram: Uint8Array): void {
    if (this.#isHalfFull) this.#overflowed += recipients.length;
    else this.#push({ recipients, datagram, kind: "parity" });
  }

  /** Found no room where others wait for their time: counted, and not sent. */
  leaveOut(copies: number): void {
    this.#overflowed += copies;
  }

  /** An answer that costs us nothing to leave out; media is never crowded out by such. */
  answerStranger(address: Address, datagram: Uint8Array): void {
    if (this.#isHalfFull) this.#overflowed++;
    else this.sendControl([{ address, hasLeft: false }], datagram);
  }

  poll(): Transmit | undefined {
    for (; this.#length > 0; this.#dropFirst()) {
      const job = this.#jobs[this.#first]!;
      while (this.#cursor < job.recipients.length) {
        const recipient = job.recipients[this.#cursor++]!;
        if (!recipient.hasLeft) return this.#handOut(recipient, job);
      }
    }
  }

  #handOut({ address }: Recipient, { datagram, kind }: Job): Transmit {
    if (kind === "repair") this.#repairsSent++;
    if (kind === "parity") this.#paritySent++;
    if (kind !== "control") {
      this.#mediaSent++;
      this.#mediaBytesSent += datagram.length;
    }
    return { to: address, datagram };
  }

  get #isHalfFull(): boolean {
    return this.#length >= this.#jobs.length / 2;
  }

  #push(job: Job): void {
    if (job.recipients.length === 0) return;
    if (this.#length === this.#jobs.length) {
      this.#overflowed += job.recipients.length;
      return;
    }
    this.#jobs[(this.#first + this.#length) % this.#jobs.length] = job;
    this.#length++;
  }

  #dropFirst(): void {
    this.#jobs[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#jobs.length;
    this.#length--;
    this.#cursor = 0;
  }
}
