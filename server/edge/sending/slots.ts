import type { Millis } from "../../../shared/core/units.ts";
import type { Job, Recipient } from "./job.ts";

/**
 * A datagram for a crowd leaves in so many parts, one after the other. A listener has the same slot as long as its
 * session lasts, so that every packet is late by the same time for it, and no jitter comes of the slots.
 */
export const SLOT_COUNT = 10;

/**
 * A slot is not used before those in use have so many listeners each: waking up costs a host as much as some dozens of
 * copies, which with fewer listeners would be a large part of all.
 */
export const SLOT_SIZE = 400;
/** In this order, so that those in use lie far apart. */
const ORDER = [0, 5, 2, 7, 4, 9, 1, 6, 3, 8];

/** How long after the first slot this one is. @param spread the time over which all slots leave. */
export function slotDelay(slot: number, spread: Millis): Millis {
  return spread * slot / SLOT_COUNT;
}

/** Chooses the slots of listeners: no more slots than are needed, and about as many listeners in each. */
export class SlotNumbers {
  readonly #counts = new Array<number>(SLOT_COUNT).fill(0);

  take(): number {
    const slot = ORDER.find((slot) => this.#counts[slot]! < SLOT_SIZE) ?? this.#emptiest;
    this.#counts[slot]!++;
    return slot;
  }

  get #emptiest(): number {
    return this.#counts.indexOf(Math.min(...this.#counts));
  }

  giveBack(slot: number): void {
    this.#counts[slot]!--;
  }

  clear(): void {
    this.#counts.fill(0);
  }
}

/** What the listeners of one slot are to be sent. */
export interface SlotJob {
  readonly job: Job;
  readonly slot: number;
  readonly recipients: readonly Recipient[];
  /** When the slot is. */
  readonly at: Millis;
}

/** What waits for one slot, in the order in which it came. */
class Lane {
  readonly #jobs: SlotJob[] = [];
  /** The packets that wait, by SSRC. */
  readonly #packets = new Map<number, number>();
  #first = 0;
  /** The first one whose time has not come. */
  #firstLater = 0;

  get length(): number {
    return this.#jobs.length - this.#first;
  }

  /** When the next one is due that is not due yet. */
  get deadline(): Millis {
    return this.#jobs[this.#firstLater]?.at ?? Infinity;
  }

  /** The first one, if it is due. */
  get due(): SlotJob | undefined {
    return this.#first < this.#firstLater ? this.#jobs[this.#first] : undefined;
  }

  /** One never overtakes another, also when slots come to lie closer together. */
  earliest(at: Millis): Millis {
    return Math.max(at, this.#jobs.at(-1)?.at ?? -Infinity);
  }

  advance(now: Millis): void {
    const { length } = this.#jobs;
    while (this.#firstLater < length && this.#jobs[this.#firstLater]!.at <= now) this.#firstLater++;
  }

  waiting(ssrc: number): number {
    return this.#packets.get(ssrc) ?? 0;
  }

  put(slotJob: SlotJob): void {
    this.#jobs.push(slotJob);
    this.#count(slotJob.job, 1);
  }

  takeDue(): void {
    this.#count(this.#jobs[this.#first++]!.job, -1);
    if (this.#first < this.#jobs.length && this.#first < MAX_TAKEN) return;
    this.#jobs.splice(0, this.#first);
    this.#firstLater -= this.#first;
    this.#first = 0;
  }

  #count({ ssrc }: Job, change: number): void {
    if (ssrc === undefined) return;
    const count = this.waiting(ssrc) + change;
    if (count > 0) this.#packets.set(ssrc, count);
    else this.#packets.delete(ssrc);
  }
}

/** Jobs that have left are removed from a lane when there are so many of them. */
const MAX_TAKEN = 64;

/**
 * What is sent to a crowd, until each listener's slot comes. Bounded: a datagram is held once for all, and beyond
 * `capacity` datagrams it is dropped for the slots that are behind.
 */
export class Slots {
  readonly #capacity: number;
  readonly #lanes = Array.from({ length: SLOT_COUNT }, () => new Lane());
  /** What waits for any slot: while that is nothing, no lane is looked at. */
  #count = 0;
  /** The receivers of each slot, by the list of all, which never changes. */
  readonly #shares = new WeakMap<readonly Recipient[], readonly (readonly Recipient[])[]>();

  /** @param capacity in datagrams for each slot. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The most datagrams that wait for any slot. */
  get longest(): number {
    if (this.#count === 0) return 0;
    return this.#lanes.reduce((most, { length }) => Math.max(most, length), 0);
  }

  /** When the next slot is; Infinity when nothing waits for one that has not come. */
  get deadline(): Millis {
    if (this.#count === 0) return Infinity;
    return this.#lanes.reduce((earliest, { deadline }) => Math.min(earliest, deadline), Infinity);
  }

  /** @returns how many copies were dropped, because too much waits for their slots. */
  put(job: Job, spread: Millis, now: Millis): number {
    let dropped = 0;
    for (const [slot, recipients] of this.#sharesOf(job.recipients).entries()) {
      if (recipients.length === 0) continue;
      const lane = this.#lanes[slot]!;
      const at = lane.earliest(now + slotDelay(slot, spread));
      if (lane.length >= this.#capacity) dropped += recipients.length;
      else {
        lane.put({ job, slot, recipients, at });
        this.#count++;
      }
    }
    this.advance(now);
    return dropped;
  }

  /** Makes due what is due now. */
  advance(now: Millis): void {
    if (this.#count === 0) return;
    for (const lane of this.#lanes) lane.advance(now);
  }

  /** What leaves next; undefined when nothing is due. */
  get next(): SlotJob | undefined {
    if (this.#count === 0) return undefined;
    let next: SlotJob | undefined;
    for (const { due } of this.#lanes) if (due && (!next || due.at < next.at)) next = due;
    return next;
  }

  /** All of {@linkcode next} has left. */
  takeNext({ slot }: SlotJob): void {
    this.#lanes[slot]!.takeDue();
    this.#count--;
  }

  /** How many packets of a stream the listeners of a slot have not been sent so far. */
  waiting(slot: number, ssrc: number): number {
    return this.#lanes[slot]!.waiting(ssrc);
  }

  #sharesOf(recipients: readonly Recipient[]): readonly (readonly Recipient[])[] {
    let shares = this.#shares.get(recipients);
    if (!shares) {
      const slots: Recipient[][] = Array.from({ length: SLOT_COUNT }, () => []);
      for (const recipient of recipients) slots[recipient.slot ?? 0]!.push(recipient);
      this.#shares.set(recipients, shares = slots);
    }
    return shares;
  }
}
