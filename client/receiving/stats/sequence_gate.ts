import { TimestampUnwrapper, toTimestamp, unwrapNear } from "../../../shared/core/seq.ts";
import {
  type ClockRate,
  type ExtendedSequence,
  type Millis,
  type RtpTicks,
  ticksToMillis,
} from "../../../shared/core/units.ts";
import type { RtpPacket } from "../../../shared/rtp/rtp.ts";
import { WINDOW_SIZE } from "./seen_window.ts";
import type { Arrival } from "./arrival.ts";

/**
 * How far ahead of the highest number one packet may be and still be believed. RFC 3550 appendix A.1 uses
 * 3000, which is a minute of sound: one forged number would then count as a minute of losses.
 */
export const MAX_JUMP = 100;
/** How far ahead of the report before a sender report may be, if no packet came in between. */
const MAX_REPORTED_JUMP = 1000;
/** How much the delay may change from one packet to the next and still be believed. */
const MAX_TRANSIT_CHANGE: Millis = 10_000;
/** One turn of the 32-bit timestamp. */
const TIMESTAMP_CYCLE: RtpTicks = 2 ** 32;
/** The most packets held until others confirm them. */
const MAX_HELD = 8;
/** Frames are numbered no faster than packets; one forged number moves what later ones are unwrapped by no further. */
const MAX_FRAME_STEP = 100;

export interface GateOptions {
  readonly clockRate: ClockRate;
  /** The extended number of the first packet sent to this listener. */
  readonly nextSequence: ExtendedSequence;
  /** The unwrapped timestamp of the stream's very first packet. */
  readonly timestampBase: RtpTicks;
}

/**
 * Unwraps a stream's numbers and refuses implausible ones (similar to RFC 3550 appendix A.1): a packet far
 * from all others is held until the packet next to it arrives or a sender report reaches that far. So one
 * forged or damaged packet never spoils the ledger, and after a long outage every packet is still counted.
 */
export class SequenceGate {
  readonly #options: GateOptions;
  #timestamps: TimestampUnwrapper | undefined;
  #highest: ExtendedSequence;
  /** The highest number that came or that an ACCEPT gave. Reports, which others can forge, do not change it. */
  #highestCame: ExtendedSequence;
  /** The number in the latest report, believed or not. */
  #reported: ExtendedSequence;
  #transit: Millis | undefined;
  #held: Arrival[] = [];
  /** Near those of the packets before, unwrapped. */
  #frameNumber: number | undefined;
  /** The number in the latest report if that report was not believed. */
  #claimed: ExtendedSequence | undefined;
  #refused = 0;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#highest = options.nextSequence - 1;
    this.#highestCame = this.#highest;
    this.#reported = this.#highest;
  }

  /** The highest number that is believed to have been sent. */
  get highest(): ExtendedSequence {
    return this.#highest;
  }

  /** The highest number that came, as an original or repaired. */
  get highestCame(): ExtendedSequence {
    return this.#highestCame;
  }

  /** The number in the host's latest report, believed or not. */
  get reported(): ExtendedSequence {
    return this.#reported;
  }

  /** The extended number that a packet most likely has, before it is admitted. */
  peek(sequenceNumber: number): ExtendedSequence {
    return unwrapNear(sequenceNumber, this.#highest, 16);
  }

  /**
   * The extended numbers that a packet may have, the likeliest first. Only one of them opens the packet, so
   * a forged report cannot make the host's packets unreadable.
   */
  candidates(sequenceNumber: number): ExtendedSequence[] {
    const known = [this.#highest, this.#highestCame, this.#reported];
    return [...new Set(known.map((near) => unwrapNear(sequenceNumber, near, 16)))];
  }

  /** How many packets were refused since the last call. */
  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }

  /**
   * @param sequence the packet's extended number.
   * @returns the packets to be counted now, in order of arrival: none, this one, or this and held ones.
   */
  admit(
    packet: RtpPacket,
    arrivedAt: Millis,
    sequence: ExtendedSequence = this.peek(packet.sequenceNumber),
  ): Arrival[] {
    const ticks = this.#peekTicks(packet.timestamp);
    const arrival = this.#arrivalOf(packet, { sequence, ticks, arrivedAt });
    if (sequence < this.#options.nextSequence || sequence <= this.#highestCame - WINDOW_SIZE) {
      this.#refused++;
      return [];
    }
    if (!this.#isPlausible(arrival)) return this.#hold(arrival);
    this.#accept(arrival);
    return [arrival];
  }

  /**
   * Takes a repaired packet: the original that a retransmission carried, or one recovered from parity.
   *
   * @param first the number of the oldest wanted packet.
   * @param isPaced whether the timestamp must be plausible.
   * @param place the packet's extended number, where it is known.
   * @returns undefined when the packet is implausible or not wanted any more.
   */
  admitRepaired(
    packet: RtpPacket,
    arrivedAt: Millis,
    { first, isPaced, place }: {
      readonly first: ExtendedSequence;
      readonly isPaced: boolean;
      readonly place?: ExtendedSequence;
    },
  ): Arrival | undefined {
    const sequence = place ??
      unwrapNear(packet.sequenceNumber, this.#highestCame, 16);
    const ticks = this.#peekTicks(packet.timestamp);
    const arrival = this.#arrivalOf(packet, { sequence, ticks, arrivedAt });
    const isWanted = sequence >= first && sequence > this.#highestCame - WINDOW_SIZE;
    if (!isWanted || sequence > this.#highest + MAX_JUMP) return undefined;
    // A packet from before the join may be older than any delay.
    const isPast = sequence < this.#options.nextSequence;
    if (isPaced && !isPast && !this.#isPlausible(arrival)) return undefined;
    this.advanceTo(sequence);
    return arrival;
  }

  /**
   * A sender report says that every packet up to `sequence` was sent. It is believed when that number is
   * near the highest, near a held packet, or near the number in the report before.
   *
   * @returns the held packets that the report confirms.
   */
  confirmSent(sequence: ExtendedSequence): Arrival[] {
    this.#reported = sequence;
    if (sequence <= this.#highest) return [];
    const isConfirmed = sequence <= this.#highest + MAX_JUMP ||
      this.#held.some((held) => Math.abs(sequence - held.sequence) <= MAX_JUMP) ||
      (this.#claimed !== undefined && Math.abs(sequence - this.#claimed) <= MAX_REPORTED_JUMP);
    this.#claimed = isConfirmed ? undefined : sequence;
    if (!isConfirmed) return [];
    this.#highest = sequence;
    return this.#release((held) => this.#isPlausible(held));
  }

  /** A packet with this number came, or an ACCEPT says that the host has sent it. */
  advanceTo(sequence: ExtendedSequence): void {
    this.#highestCame = Math.max(this.#highestCame, sequence);
    this.#highest = Math.max(this.#highest, sequence);
  }

  /** The first timestamp is taken as later than the base, however long the stream has run. */
  #peekTicks(timestamp: number): RtpTicks {
    if (this.#timestamps) return this.#timestamps.peek(timestamp);
    const { timestampBase } = this.#options;
    const nearest = unwrapNear(timestamp, timestampBase, 32);
    return nearest < timestampBase ? nearest + TIMESTAMP_CYCLE : nearest;
  }

  #isPlausible(arrival: Arrival): boolean {
    if (arrival.sequence > this.#highest + MAX_JUMP) return false;
    return this.#transit === undefined ||
      Math.abs(this.#transitOf(arrival) - this.#transit) <= MAX_TRANSIT_CHANGE;
  }

  #hold(arrival: Arrival): Arrival[] {
    const isConfirmed = this.#held.some((held) => this.#agree(held, arrival, 1));
    this.#held.push(arrival);
    if (isConfirmed) return this.#release((held) => this.#agree(held, arrival, MAX_JUMP));
    if (this.#held.length > MAX_HELD) {
      this.#held.shift();
      this.#refused++;
    }
    return [];
  }

  #agree(one: Arrival, other: Arrival, maxDistance: number): boolean {
    if (one === other) return true;
    const distance = Math.abs(one.sequence - other.sequence);
    return distance > 0 && distance <= maxDistance &&
      Math.abs(this.#transitOf(one) - this.#transitOf(other)) <= MAX_TRANSIT_CHANGE;
  }

  #release(isConfirmed: (held: Arrival) => boolean): Arrival[] {
    const released = this.#held.filter(isConfirmed);
    this.#held = this.#held.filter((held) => !released.includes(held));
    for (const arrival of released) this.#accept(arrival);
    return released;
  }

  #accept(arrival: Arrival): void {
    this.#timestamps ??= new TimestampUnwrapper(arrival.ticks);
    this.#timestamps.unwrap(toTimestamp(arrival.ticks));
    this.#transit = this.#transitOf(arrival);
    this.advanceTo(arrival.sequence);
  }

  #transitOf(arrival: Arrival): Millis {
    return arrival.arrivedAt - ticksToMillis(arrival.ticks, this.#options.clockRate);
  }

  #arrivalOf(
    { marker, frameNumber, payload }: RtpPacket,
    numbers: Pick<Arrival, "sequence" | "ticks" | "arrivedAt">,
  ): Arrival {
    return {
      ...numbers,
      ...(marker && { marker }),
      ...(frameNumber !== undefined && { frameNumber: this.#unwrapFrame(frameNumber) }),
      payload: payload.slice(),
    };
  }

  /** Two forged numbers, each half a turn ahead, would else count all later frames a whole turn higher. */
  #unwrapFrame(wrapped: number): number {
    const frameNumber = unwrapNear(wrapped, this.#frameNumber, 32);
    const before = this.#frameNumber ?? frameNumber;
    const step = Math.min(Math.max(frameNumber - before, -MAX_FRAME_STEP), MAX_FRAME_STEP);
    this.#frameNumber = before + step;
    return frameNumber;
  }
}
