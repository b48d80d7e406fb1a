/*
 * Sending: what is between a finished packet and the network.
 *
 * In: datagrams with the list of their receivers, from ../edge_core.ts (media), sender_reports.ts,
 * ../repair (retransmissions, parity) and ../admission (answers, put-out notices).
 * Out: one datagram and a part of its receivers at a time (`poll`); shared/driver/driver.ts writes them to the
 * socket, and tells how many copies the system accepted (`onSent`).
 *
 * Beside this queue: history.ts keeps sent packets, repair_stream.ts numbers retransmissions and parity,
 * timed_queue.ts holds packets until they are due, plain_receivers.ts lists players that get plain RTP.
 *
 * Read next: history.ts, then ../repair/repairs.ts.
 */

import { Counters } from "../../../shared/core/counters.ts";
import { MAX_DESTINATIONS, type Transmit } from "../../../shared/driver/driver.ts";
import { type SendErrorName, sendErrorName } from "../../../shared/driver/send_errors.ts";
import type { Destination, RefusedSend } from "../../../shared/driver/socket.ts";

/** A receiver of a datagram. */
export interface Recipient {
  /** Read at the moment of sending; another one after a move. */
  readonly destination: Destination;
  /** Nothing is sent to a listener that has left, not even what was queued before. */
  readonly hasLeft: boolean;
}

type Kind = "media" | "repair" | "parity" | "control";

interface Job {
  readonly datagram: Uint8Array;
  readonly recipients: readonly Recipient[];
  readonly kind: Kind;
}

/** A datagram and a part of its receivers. */
class Part implements Transmit {
  constructor(
    readonly datagram: Uint8Array,
    readonly to: readonly Destination[],
    readonly kind: Kind,
  ) {}
}

/**
 * The queue of datagrams that wait for the network. A datagram for a thousand listeners is one entry: its
 * bytes and the list of its receivers. When the queue is full, new datagrams are dropped and counted.
 *
 * Datagrams leave in the order in which they came, each to all of its receivers before the next one. What
 * was sent is counted when the system has accepted it: see {@linkcode Outbox.onSent}.
 */
export class Outbox {
  readonly #jobs: (Job | undefined)[];
  #first = 0;
  #length = 0;
  /** The next recipient of the first job. */
  #cursor = 0;
  #mediaSent = 0;
  #mediaBytesSent = 0;
  #repairsSent = 0;
  #paritySent = 0;
  #refused = 0;
  readonly #errors = new Counters<SendErrorName>();
  #overflowed = 0;

  /** @param capacity in datagrams; each counts once, whatever the number of its recipients. */
  constructor(capacity = 1024) {
    this.#jobs = new Array(capacity).fill(undefined);
  }

  /** RTP packets that the system accepted, retransmissions and parity included; each copy counts. */
  get mediaSent(): number {
    return this.#mediaSent;
  }

  get mediaBytesSent(): number {
    return this.#mediaBytesSent;
  }

  /** Retransmissions among them. */
  get repairsSent(): number {
    return this.#repairsSent;
  }

  /** Parity packets among them. */
  get paritySent(): number {
    return this.#paritySent;
  }

  /** Copies of any kind that the system refused to send. */
  get refused(): number {
    return this.#refused;
  }

  /** The same by the name of the error, as far as it was told. */
  get errors(): Partial<Record<SendErrorName, number>> {
    return this.#errors.snapshot();
  }

  /** Copies dropped because this queue was full, or a queue of packets that wait for their time. */
  get overflowed(): number {
    return this.#overflowed;
  }

  /** @param recipients is read later, so the list must never change. */
  sendMedia(recipients: readonly Recipient[], datagram: Uint8Array): void {
    this.#push({ recipients, datagram, kind: "media" });
  }

  sendControl(recipients: readonly Recipient[], datagram: Uint8Array): void {
    this.#push({ recipients, datagram, kind: "control" });
  }

  /** Sends a retransmission, unless the queue is half full: it must not crowd out first transmissions. */
  sendRepair(recipients: readonly Recipient[], datagram: Uint8Array): void {
    if (this.isHalfFull) this.#overflowed += recipients.length;
    else this.#push({ recipients, datagram, kind: "repair" });
  }

  /** Sends parity, unless the queue is half full. */
  sendParity(recipients: readonly Recipient[], datagram: Uint8Array): void {
    if (this.isHalfFull) this.#overflowed += recipients.length;
    else this.#push({ recipients, datagram, kind: "parity" });
  }

  /** Counts copies that were dropped because a queue of packets that wait for their time was full. */
  leaveOut(copies: number): void {
    this.#overflowed += copies;
  }

  /** Answers an address that is not a session's, unless the queue is half full: media comes first. */
  answerStranger(destination: Destination, datagram: Uint8Array): void {
    if (this.isHalfFull) this.#overflowed++;
    else this.sendControl([{ destination, hasLeft: false }], datagram);
  }

  poll(): Transmit | undefined {
    for (; this.#length > 0; this.#dropFirst()) {
      const { datagram, recipients, kind } = this.#jobs[this.#first]!;
      const to = this.#nextDestinations(recipients);
      if (to.length > 0) return new Part(datagram, to, kind);
    }
  }

  /** Counts what the system accepted of a `Transmit` from `poll`. */
  onSent(transmit: Transmit, accepted: number, refused: readonly RefusedSend[] = []): void {
    for (const one of refused) this.#errors.add(sendErrorName(one));
    this.#refused += transmit.to.length - accepted;
    if (!(transmit instanceof Part) || transmit.kind === "control") return;
    if (transmit.kind === "repair") this.#repairsSent += accepted;
    if (transmit.kind === "parity") this.#paritySent += accepted;
    this.#mediaSent += accepted;
    this.#mediaBytesSent += accepted * transmit.datagram.length;
  }

  /** The next part of the first job's receivers, without those that have left; empty when none is left. */
  #nextDestinations(recipients: readonly Recipient[]): Destination[] {
    const to: Destination[] = [];
    while (this.#cursor < recipients.length && to.length < MAX_DESTINATIONS) {
      const { destination, hasLeft } = recipients[this.#cursor++]!;
      if (!hasLeft) to.push(destination);
    }
    return to;
  }

  /** What can wait should not be sent then: media comes first. */
  get isHalfFull(): boolean {
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
