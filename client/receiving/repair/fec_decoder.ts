import { Ring } from "../../../shared/core/ring.ts";
import {
  toFrameNumber,
  toSequenceNumber,
  toTimestamp,
  unwrapNear,
} from "../../../shared/core/seq.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";
import {
  MAX_PROTECTED,
  type Parity,
  parseParity,
  protectedSequences,
  recoverPacket,
} from "../../../shared/rtp/fec.ts";
import { junk, type Parsed, parsed } from "../../../shared/core/parsed.ts";
import { parseRtp, type RtpPacket, type RtpStream, serializeRtp } from "../../../shared/rtp/rtp.ts";
import { SeenWindow, WINDOW_SIZE } from "../stats/seen_window.ts";
import type { Arrival } from "../stats/arrival.ts";

/** How many packets are kept for recovery: more than the longest block and the one after it. */
const MAX_KEPT = 1024;
/** How many parity packets wait for more packets of their column or row; the oldest is dropped. */
const MAX_WAITING = 128;

/** The first byte of a packet (RFC 3550 section 5.1): version 2, no padding, no CSRC; with and without X. */
const BARE = 0x80;
const WITH_EXTENSION = 0x90;

interface Waiting {
  readonly parity: Parity;
  readonly sequences: readonly ExtendedSequence[];
}

/**
 * Recovers lost packets of one stream from parity (RFC 8627 section 6.3). Callers give it every packet of the
 * stream, original or repaired, and every parity packet; either may be the last piece.
 *
 * A recovered packet must pass the same checks as one from the network, so the caller gives it back to
 * `onPacket` only after that. Then further packets of the block can be recovered. If one call returns two
 * packets, giving back the first may already have recovered the second.
 */
export class FecDecoder {
  readonly #stream: RtpStream;
  readonly #hasFrames: boolean;
  readonly #kept = new Ring<Arrival>(MAX_KEPT);
  #seen = new SeenWindow();
  #highest: ExtendedSequence = -Infinity;
  #waiting: Waiting[] = [];
  #packetsReceived = 0;
  #bytesReceived = 0;
  #refused = 0;

  /** @param hasFrames whether its packets carry frame numbers, and a marker on a frame's last. */
  constructor(stream: RtpStream, hasFrames = false) {
    this.#stream = stream;
    this.#hasFrames = hasFrames;
  }

  /** Parity packets received, each counted once (webrtc-stats `fecPacketsReceived`). */
  get packetsReceived(): number {
    return this.#packetsReceived;
  }

  /** The bytes of their payloads (webrtc-stats `fecBytesReceived`). */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** A new stream of parity begins, with numbers of its own; it protects the same stream of packets. */
  beginStream(): void {
    this.#seen = new SeenWindow();
  }

  /** How many parity packets since the last call gave a packet that the host cannot have sent. */
  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }

  /** Takes a packet of the stream, original or repaired. @returns the packets recovered with it. */
  onPacket(arrival: Arrival): RtpPacket[] {
    const { sequence } = arrival;
    if (sequence <= this.#highest - MAX_KEPT) return [];
    this.#highest = Math.max(this.#highest, sequence);
    this.#kept.set(sequence, arrival);
    return this.#solve(({ sequences }) => sequences.includes(sequence));
  }

  /**
   * Takes a parity packet.
   *
   * @param parityNumber its extended number in the stream of parity.
   * @param highest the highest number of the protected stream; the protected packets must be near it.
   * @returns the packets recovered with it.
   */
  onParity(
    packet: RtpPacket,
    parityNumber: ExtendedSequence,
    highest: ExtendedSequence,
  ): Parsed<RtpPacket[]> {
    const parity = parseParity(packet);
    if (!parity.ok) return parity;
    if (parity.value.mediaSsrc !== this.#stream.ssrc) return junk("unknownSsrc");
    if (!this.#isNew(parityNumber)) return parsed([]);
    this.#packetsReceived++;
    this.#bytesReceived += packet.payload.length;
    const base = unwrapNear(parity.value.sequenceBase, highest, 16);
    const isNear = Math.abs(highest - base) <= MAX_KEPT - MAX_PROTECTED;
    if (!isNear) return junk("malformedParity");
    const waiting = { parity: parity.value, sequences: protectedSequences(parity.value, base) };
    this.#waiting.push(waiting);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    return parsed(this.#solve((one) => one === waiting));
  }

  /** A forged parity packet with a number far ahead must not make all later ones look old. */
  #isNew(parityNumber: ExtendedSequence): boolean {
    const { highest = -Infinity } = this.#seen;
    if (parityNumber <= highest - WINDOW_SIZE) this.#seen = new SeenWindow();
    return this.#seen.mark(parityNumber);
  }

  #solve(isConcerned: (waiting: Waiting) => boolean): RtpPacket[] {
    const recovered: RtpPacket[] = [];
    this.#waiting = this.#waiting.filter((waiting) => {
      if (!isConcerned(waiting)) return true;
      const missing = waiting.sequences.filter((sequence) => !this.#kept.has(sequence));
      if (missing.length > 1) return true;
      if (missing.length === 1) recovered.push(...this.#recover(waiting, missing[0]!));
      return false;
    });
    return recovered;
  }

  #recover({ parity, sequences }: Waiting, missing: ExtendedSequence): RtpPacket[] {
    const others = sequences.filter((sequence) => sequence !== missing)
      .map((sequence) => this.#restore(this.#kept.get(sequence)!));
    const datagram = recoverPacket(parity, others, toSequenceNumber(missing));
    const packet = datagram.ok ? parseRtp(datagram.value) : datagram;
    if (datagram.ok && packet.ok && this.#isOurs(packet.value, datagram.value)) {
      return [packet.value];
    }
    this.#refused++;
    return [];
  }

  /** The packet as the host made it: without padding, contributors, and extensions but for a frame's number. */
  #restore({ sequence, ticks, marker = false, frameNumber, payload }: Arrival): Uint8Array {
    return serializeRtp({
      payloadType: this.#stream.payloadType,
      sequenceNumber: toSequenceNumber(sequence),
      timestamp: toTimestamp(ticks),
      ssrc: this.#stream.ssrc,
      marker,
      ...(frameNumber !== undefined && { frameNumber: toFrameNumber(frameNumber) }),
      payload,
    });
  }

  /** A recovered packet has just the header that the host's packets of this stream have. */
  #isOurs({ payloadType, marker, frameNumber, payload }: RtpPacket, datagram: Uint8Array): boolean {
    const header = this.#hasFrames ? WITH_EXTENSION : BARE;
    const hasMarks = this.#hasFrames ? frameNumber !== undefined : !marker;
    return datagram[0] === header && hasMarks &&
      payloadType === this.#stream.payloadType && payload.length > 0;
  }
}
