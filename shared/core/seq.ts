import type { ExtendedSequence, RtpTicks } from "./units.ts";

/**
 * Wrapping and unwrapping of RTP sequence numbers (16 bits) and timestamps (32 bits), and of MPEG-TS's (33
 * bits). Numbers come in
 * as they stand in a packet and go out extended: they only grow, and one from before the start is
 * negative. All other code calculates with extended numbers and wraps them again when it writes a
 * packet. This is the only file that knows about wrap-around (lint rule R6). The types are in
 * units.ts. Read next: parsed.ts.
 */

/**
 * Of all numbers that wrap to `wrapped`, the one nearest to `near` (RFC 3711 section 3.3.1); `wrapped`
 * itself when `near` is undefined.
 *
 * @param bits the width of `wrapped`: 16 for a sequence number, 32 for a timestamp or a count, 33 for a
 * timestamp of MPEG-TS.
 */
export function unwrapNear(wrapped: number, near: number | undefined, bits: 16 | 32 | 33): number {
  if (near === undefined) return wrapped;
  const modulus = 2 ** bits;
  const forward = modulo(wrapped - near, modulus);
  return near + (forward < modulus / 2 ? forward : forward - modulus);
}

/** Unwraps a stream of numbers: each is taken as the candidate nearest to the highest so far. */
class Unwrapper<Extended extends number> {
  readonly #bits: 16 | 32 | 33;
  #highest: Extended | undefined;

  constructor(bits: 16 | 32 | 33, start?: Extended) {
    this.#bits = bits;
    this.#highest = start;
  }

  /** Unwraps without remembering, for numbers that are not to be trusted yet. */
  peek(wrapped: number): Extended {
    return unwrapNear(wrapped, this.#highest, this.#bits) as Extended;
  }

  unwrap(wrapped: number): Extended {
    const extended = this.peek(wrapped);
    if (this.#highest === undefined || extended > this.#highest) this.#highest = extended;
    return extended;
  }
}

/** Unwraps the sequence numbers of one stream. */
export class SequenceUnwrapper extends Unwrapper<ExtendedSequence> {
  /** @param start an extended number of the stream that is known already. */
  constructor(start?: ExtendedSequence) {
    super(16, start);
  }
}

/** Unwraps the timestamps of one stream. */
export class TimestampUnwrapper extends Unwrapper<RtpTicks> {
  /** @param start unwrapped ticks of the stream that are known already. */
  constructor(start?: RtpTicks) {
    super(32, start);
  }
}

/** Unwraps the timestamps of one MPEG-TS program, which have 33 bits at 90 kHz. */
export class TransportTimeUnwrapper extends Unwrapper<RtpTicks> {
  /** @param start unwrapped ticks of the program that are known already. */
  constructor(start?: RtpTicks) {
    super(33, start);
  }
}

/** Wraps an extended sequence number for a packet. */
export function toSequenceNumber(extended: ExtendedSequence): number {
  return modulo(extended, 0x1_0000);
}

/** Wraps unwrapped ticks for a packet; a fraction is rounded. */
export function toTimestamp(ticks: RtpTicks): number {
  return modulo(Math.round(ticks), 0x1_0000_0000);
}

/** Wraps a frame's number for a packet. */
export function toFrameNumber(unwrapped: number): number {
  return modulo(unwrapped, 0x1_0000_0000);
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}
