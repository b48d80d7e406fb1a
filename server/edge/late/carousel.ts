import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";
import type { Channel } from "../sending/channel.ts";
import type { Remembered } from "../sending/history.ts";
import type { Outbox } from "../sending/outbox.ts";
import type { StreamPacket } from "../sending/packetizer.ts";
import type { Session } from "../sessions/sessions.ts";
import type { Unanswered } from "../../interface/output.ts";

/** Packets leave together in steps of this time. */
const STEP_MILLIS: Millis = 5;

export interface CarouselOptions {
  readonly channel: Channel;
  /** The first packet of the key frame or message with which listeners begin. */
  readonly start: ExtendedSequence;
  readonly outbox: Outbox;
  readonly protect: (packet: StreamPacket) => Uint8Array;
  /** How many bytes may leave in a millisecond. */
  readonly rate: () => number;
}

/** A listener that gets the packets from the start up to the one that it was told of as its next. */
interface Joiner {
  readonly session: Session;
  /** For each packet from the start on, whether it is still to be sent: 1 or 0. */
  isWanted: Uint8Array;
  wanted: number;
  /** What may be sent again on request: as much as is sent without. */
  repeatBytes: number;
}

/**
 * Sends the packets since the start to the listeners that joined later, round and round. Each packet goes to
 * all who still want it, so a hundred who join at once cost no more than one, and each has all packets after one
 * round, wherever that began.
 */
export class Carousel {
  readonly #options: CarouselOptions;
  #start: ExtendedSequence;
  readonly #joiners = new Map<Session, Joiner>();
  readonly #sentAt = new Map<ExtendedSequence, Millis>();
  /** Those who want anything. */
  #waiting: Joiner[] = [];
  #cursor: ExtendedSequence;
  /** When there are tokens for the next packet. */
  #coveredAt: Millis = -Infinity;

  constructor(options: CarouselOptions) {
    this.#options = options;
    this.#start = options.start;
    this.#cursor = options.start;
  }

  /** When the next packets leave; Infinity when nobody wants any. */
  get deadline(): Millis {
    if (this.#waiting.length === 0) return Infinity;
    return Math.ceil(this.#coveredAt / STEP_MILLIS) * STEP_MILLIS;
  }

  /** How many listeners it knows: those that may request packets again. */
  get size(): number {
    return this.#joiners.size;
  }

  /**
   * Listeners begin with another key frame or message, so what was before it is wanted no longer. Whoever joined
   * since it began still gets its beginning; all others get all of it without this.
   */
  beginFrom(start: ExtendedSequence): void {
    if (start <= this.#start) return;
    const passed = (start as number) - (this.#start as number);
    this.#start = start;
    this.#cursor = Math.max(this.#cursor, start);
    for (const sequence of this.#sentAt.keys()) {
      if (sequence < start) this.#sentAt.delete(sequence);
    }
    for (const [session, joiner] of this.#joiners) {
      joiner.isWanted = joiner.isWanted.subarray(passed);
      joiner.wanted = joiner.isWanted.reduce((sum, isWanted) => sum + isWanted, 0);
      if (joiner.isWanted.length === 0) this.#joiners.delete(session);
    }
    this.#waiting = this.#waiting.filter(({ wanted }) => wanted > 0);
  }

  /** Whether the listener is still being sent what it wants. */
  isServing(session: Session): boolean {
    return (this.#joiners.get(session)?.wanted ?? 0) > 0;
  }

  /** @param end the number of the first packet that the listener gets without this. */
  add(session: Session, end: ExtendedSequence, now: Millis): void {
    if (this.#joiners.has(session) || end <= this.#start) return;
    const count = (end as number) - (this.#start as number);
    const isWanted = new Uint8Array(count).fill(1);
    const repeatBytes = this.#options.channel.history.bytesBetween(this.#start, end, now);
    const joiner = { session, isWanted, wanted: count, repeatBytes };
    this.#joiners.set(session, joiner);
    this.#waiting.push(joiner);
    this.#coveredAt = Math.max(this.#coveredAt, now);
  }

  /** A listener did not receive a packet. @returns why it is not sent again, if so. */
  request(session: Session, sequence: ExtendedSequence, now: Millis): Unanswered | undefined {
    const joiner = this.#joiners.get(session);
    const index = (sequence as number) - (this.#start as number);
    const isWanted = joiner?.isWanted[index];
    const remembered = this.#options.channel.history.get(sequence, now);
    if (!joiner || isWanted === undefined || !remembered) return "gone";
    // It has not been sent yet, or may be under way.
    const sentAt = this.#sentAt.get(sequence) ?? -Infinity;
    if (isWanted === 1 || now - sentAt < session.holdOffMillis) return undefined;
    const { length } = remembered.datagram;
    if (joiner.repeatBytes < length) return "overBudget";
    joiner.repeatBytes -= length;
    joiner.isWanted[index] = 1;
    if (joiner.wanted++ === 0) this.#waiting.push(joiner);
    this.#coveredAt = Math.max(this.#coveredAt, now);
    return undefined;
  }

  /** Sends what may leave now. */
  advance(now: Millis): void {
    if (this.#coveredAt > now) return;
    this.#waiting = this.#waiting.filter(({ session, wanted }) => wanted > 0 && !session.hasLeft);
    this.#coveredAt = Math.max(this.#coveredAt, now - STEP_MILLIS);
    while (this.#coveredAt <= now && this.#waiting.length > 0) {
      // First transmissions come first.
      if (this.#options.outbox.isHalfFull) this.#coveredAt = now + STEP_MILLIS;
      else this.#sendNext(now);
      this.#waiting = this.#waiting.filter(({ wanted }) => wanted > 0);
    }
  }

  /** Where key frames or messages are rare, very many may join and leave between two of them. */
  forget(session: Session): void {
    this.#joiners.delete(session);
  }

  #sendNext(now: Millis): void {
    const sequence = this.#nextWanted();
    const takers = this.#waiting.filter((joiner) => this.#take(joiner, sequence));
    const remembered = this.#options.channel.history.get(sequence, now);
    if (remembered) this.#send(sequence, remembered, takers.map(({ session }) => session), now);
  }

  #send(
    sequence: ExtendedSequence,
    { datagram }: Remembered,
    to: readonly Session[],
    now: Millis,
  ): void {
    const { channel, outbox, protect, rate } = this.#options;
    outbox.sendRepair(to, protect(channel.rtx.packRtx(datagram)));
    this.#sentAt.set(sequence, now);
    this.#coveredAt += datagram.length / rate();
  }

  /** @returns whether the listener wanted the packet; from now on it does not. */
  #take(joiner: Joiner, sequence: ExtendedSequence): boolean {
    const index = (sequence as number) - (this.#start as number);
    if (joiner.isWanted[index] !== 1) return false;
    joiner.isWanted[index] = 0;
    joiner.wanted--;
    return true;
  }

  /** The first packet from the cursor on, round about, that anybody wants. Somebody must want one. */
  #nextWanted(): ExtendedSequence {
    const [start, count] = [this.#start as number, this.#longest];
    const isWanted = (index: number) =>
      this.#waiting.some((joiner) => joiner.isWanted[index] === 1);
    let index = ((this.#cursor as number) - start) % count;
    while (!isWanted(index)) index = (index + 1) % count;
    this.#cursor = start + index + 1;
    return start + index;
  }

  get #longest(): number {
    return Math.max(...this.#waiting.map(({ isWanted }) => isWanted.length));
  }
}
