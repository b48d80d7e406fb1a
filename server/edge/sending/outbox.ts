/*
 * Sending: what is between a finished packet and the network.
 *
 * In: datagrams with the list of their receivers, from ../edge_core.ts (media), sender_reports.ts,
 * ../repair (retransmissions, parity) and ../admission (answers, put-out notices).
 * Out: one datagram and a part of its receivers at a time (`poll`); shared/driver/driver.ts writes them to the
 * socket, and tells how many copies the system accepted (`onSent`).
 *
 * Beside this queue: slots.ts spreads what goes to a crowd over some time, which crowd_pace.ts chooses; history.ts
 * keeps sent packets, repair_stream.ts numbers retransmissions and parity, timed_queue.ts holds packets until they
 * are due, plain_receivers.ts lists players that get plain RTP.
 *
 * Read next: slots.ts, history.ts, then ../repair/repairs.ts.
 */

import { Counters } from "../../../shared/core/counters.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { MAX_DESTINATIONS, type Transmit } from "../../../shared/driver/driver.ts";
import { type SendErrorName, sendErrorName } from "../../../shared/driver/send_errors.ts";
import type { Destination, RefusedSend } from "../../../shared/driver/socket.ts";
import type { Job, JobKind, Recipient, SlotWriter } from "./job.ts";
import { type SlotJob, Slots } from "./slots.ts";

export type { Recipient, SlotWriter } from "./job.ts";

/** What goes to more than so many leaves in slots, whatever it is. */
const FEW = 64;
/** So many datagrams that need no slot may leave between two parts of slots that are due. */
const OTHERS_BETWEEN = 64;

/** A datagram and a part of its receivers. */
class Part implements Transmit {
  constructor(
    readonly datagram: Uint8Array,
    readonly to: readonly Destination[],
    readonly kind: JobKind,
  ) {}
}

/** A job of which some receivers have been given out. */
interface UnderWay {
  readonly datagram: Uint8Array;
  readonly kind: JobKind;
  readonly recipients: readonly Recipient[];
  /** The next of the recipients. */
  cursor: number;
  /** Absent for a job of the queue. */
  readonly slotJob?: SlotJob;
}

/**
 * The queue of datagrams that wait for the network. A datagram for a thousand listeners is one entry: its
 * bytes and the list of its receivers. When the queue is full, new datagrams are dropped and counted.
 *
 * Datagrams leave in the order in which they came, each to all of its receivers before the next one. Where there is
 * a crowd, what goes to all waits for the slot of each instead, and all else leaves between the slots. What was sent
 * is counted when the system has accepted it: see {@linkcode Outbox.onSent}.
 */
export class Outbox {
  readonly #jobs: (Job | undefined)[];
  readonly #slots: Slots;
  #first = 0;
  #length = 0;
  #underWay: UnderWay | undefined;
  #othersInARow = 0;
  #spreadMillis: Millis = 0;
  #now: Millis = -Infinity;
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
    this.#slots = new Slots(capacity);
  }

  /** The time over which the slots of a datagram for all leave; 0 while it leaves at once. */
  get spreadMillis(): Millis {
    return this.#spreadMillis;
  }

  /** Spreads what comes from now on. */
  set spreadMillis(spread: Millis) {
    this.#spreadMillis = spread;
  }

  /** When the next slot is; Infinity when nothing waits for one. */
  get deadline(): Millis {
    return this.#slots.deadline;
  }

  /** Call it before anything is sent, and when {@linkcode deadline} is reached. */
  advance(now: Millis): void {
    this.#now = Math.max(now, this.#now);
    this.#slots.advance(this.#now);
  }

  /** Nothing waits for its slot any longer. */
  endSlots(): void {
    this.#slots.advance(Infinity);
  }

  /** How many packets of a stream, sent to all, the listeners of a slot have not been sent so far. */
  waiting(slot: number, ssrc: number): number {
    return this.#slots.waiting(slot, ssrc);
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

  /**
   * @param recipients is read later, so the list must never change.
   * @param ssrc of the stream, if {@linkcode waiting} will be asked about it.
   */
  sendMedia(recipients: readonly Recipient[], datagram: Uint8Array, ssrc?: number): void {
    this.#send({ recipients, datagram, kind: "media", ssrc });
  }

  sendControl(recipients: readonly Recipient[], datagram: Uint8Array): void {
    this.#send({ recipients, datagram, kind: "control" });
  }

  /** Sends control to all, written for each slot when it comes: what was sent before differs. */
  sendReport(recipients: readonly Recipient[], write: SlotWriter): void {
    if (this.#hasSlots) this.#putIntoSlots({ recipients, datagram: write, kind: "control" });
    else this.sendControl(recipients, write(0, this.#now));
  }

  /** Sends a retransmission, unless the queue is half full: it must not crowd out first transmissions. */
  sendRepair(recipients: readonly Recipient[], datagram: Uint8Array): void {
    if (this.isHalfFull) this.#overflowed += recipients.length;
    else this.#send({ recipients, datagram, kind: "repair" });
  }

  /** Sends parity, unless the queue is half full. */
  sendParity(recipients: readonly Recipient[], datagram: Uint8Array): void {
    if (this.isHalfFull) this.#overflowed += recipients.length;
    else this.#send({ recipients, datagram, kind: "parity" });
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
    for (;;) {
      const underWay = this.#underWay ??= this.#next();
      if (!underWay) return undefined;
      const to = nextDestinations(underWay);
      if (to.length > 0) return new Part(underWay.datagram, to, underWay.kind);
      this.#finish(underWay);
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

  /** What can wait should not be sent then: media comes first. */
  get isHalfFull(): boolean {
    const half = this.#jobs.length / 2;
    return this.#length >= half || this.#slots.longest >= half;
  }

  get #hasSlots(): boolean {
    return this.#spreadMillis > 0 || !this.#slots.isEmpty;
  }

  /** Media and parity in their order; of all else only what goes to many. */
  #send(job: Job): void {
    const isOfStream = job.kind === "media" || job.kind === "parity";
    const isForSlots = isOfStream || job.recipients.length > FEW;
    if (isForSlots && this.#hasSlots) this.#putIntoSlots(job);
    else this.#push(job);
  }

  #putIntoSlots(job: Job): void {
    this.#overflowed += this.#slots.put(job, this.#spreadMillis, this.#now);
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

  #next(): UnderWay | undefined {
    const slotJob = this.#slots.next;
    const isTurnOfSlots = this.#length === 0 || this.#othersInARow >= OTHERS_BETWEEN;
    if (slotJob && isTurnOfSlots) return this.#begin(slotJob.job, slotJob);
    return this.#length > 0 ? this.#begin(this.#jobs[this.#first]!) : undefined;
  }

  #begin({ datagram, kind, recipients: all }: Job, slotJob?: SlotJob): UnderWay {
    this.#othersInARow = slotJob ? 0 : this.#othersInARow + 1;
    const { slot = 0, recipients = all } = slotJob ?? {};
    const bytes = typeof datagram === "function" ? datagram(slot, this.#now) : datagram;
    return { datagram: bytes, kind, recipients, cursor: 0, ...(slotJob && { slotJob }) };
  }

  #finish({ slotJob }: UnderWay): void {
    this.#underWay = undefined;
    if (slotJob) return this.#slots.takeNext(slotJob);
    this.#jobs[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.#jobs.length;
    this.#length--;
  }
}

/** The next part of the receivers, without those that have left; empty when none is left. */
function nextDestinations(underWay: UnderWay): Destination[] {
  const { recipients } = underWay;
  const to: Destination[] = [];
  while (underWay.cursor < recipients.length && to.length < MAX_DESTINATIONS) {
    const { destination, hasLeft } = recipients[underWay.cursor++]!;
    if (!hasLeft) to.push(destination);
  }
  return to;
}
