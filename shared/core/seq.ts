import type { ExtendedSequence, RtpTicks } from "./units.ts";

/**
 * Turns numbers that wrap at `2^bits` into ones that only grow, by taking the candidate nearest to
 * the highest seen (RFC 3711 section 3.3.1). This is the one place where wrap-around is handled:
 * nothing behind it compares wrapped numbers. A number from before the start comes out negative.
 */
class Unwrapper {
  readonly #modulus: number;
  #highest: number | undefined;

  constructor(bits: 16 | 32, start?: number) {
    this.#modulus = 2 ** bits;
    this.#highest = start;
  }

  /** Unwraps without remembering, for numbers that are not to be trusted yet. */
  peek(wrapped: number): number {
    if (this.#highest === undefined) return wrapped;
    const half = this.#modulus / 2;
    const forward = modulo(wrapped - this.#highest, this.#modulus);
    return this.#highest + (forward < half ? forward : forward - this.#modulus);
  }

  unwrap(wrapped: number): number {
    const extended = this.peek(wrapped);
    if (this.#highest === undefined || extended > this.#highest) this.#highest = extended;
    return extended;
  }
}

/** Unwraps 16-bit RTP sequence numbers; `start` is where the stream is known to stand. */
export class SequenceUnwrapper {
  readonly #unwrapper: Unwrapper;
  constructor(start?: ExtendedSequence) {
    this.#unwrapper = new Unwrapper(16, start);
  }
  peek(sequenceNumber: number): ExtendedSequence {
    return this.#unwrapper.peek(sequenceNumber);
  }
  unwrap(sequenceNumber: number): ExtendedSequence {
    return this.#unwrapper.unwrap(sequenceNumber);
  }
}

/** Unwraps 32-bit RTP timestamps. */
export class TimestampUnwrapper {
  readonly #unwrapper: Unwrapper;
  constructor(start?: RtpTicks) {
    this.#unwrapper = new Unwrapper(32, start);
  }
  peek(timestamp: number): RtpTicks {
    return this.#unwrapper.peek(timestamp);
  }
  unwrap(timestamp: number): RtpTicks {
    return this.#unwrapper.unwrap(timestamp);
  }
}

/** Wraps an extended sequence number for the wire. */
export function toSequenceNumber(extended: ExtendedSequence): number {
  return modulo(extended, 0x1_0000);
}

/** Wraps unwrapped ticks for the wire; they may carry a fraction, which is rounded. */
export function toTimestamp(ticks: RtpTicks): number {
  return modulo(Math.round(ticks), 0x1_0000_0000);
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}
