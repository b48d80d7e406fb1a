import { toSequenceNumber, toTimestamp } from "../../../shared/core/seq.ts";
import type { ClockRate, ExtendedSequence, RtpTicks } from "../../../shared/core/units.ts";
import { serializeRtp } from "../../../shared/rtp/rtp.ts";

/** The numbers of one RTP stream; random ones (RFC 3550 sections 5.1 and 8.1). */
export interface StreamIdentity {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly clockRate: ClockRate;
  /** Sequence number of the first packet, below 2^16. Later ones grow from it without wrapping. */
  readonly sequenceBase: ExtendedSequence;
  /** RTP timestamp of the start of the broadcast. */
  readonly timestampBase: RtpTicks;
}

/** An RTP packet and its extended sequence number. */
export interface StreamPacket {
  readonly sequence: ExtendedSequence;
  readonly datagram: Uint8Array;
}

export interface PacketMarks {
  /** On the last packet of a frame. */
  readonly marker?: boolean;
  /** The frame that the packet is a part of; it wraps in the packet. */
  readonly frameNumber?: number;
}

/** The packets and payload bytes of a stream before now. */
export interface SentBefore {
  readonly packetCount: number;
  readonly octetCount: number;
}

/**
 * Makes an RTP packet of each payload. Sequence numbers and timestamps grow without limit here;
 * they wrap only when they are written into a packet.
 */
export class Packetizer {
  #packetCount: number;
  #octetCount: number;

  constructor(
    readonly stream: StreamIdentity,
    { packetCount, octetCount }: SentBefore = { packetCount: 0, octetCount: 0 },
  ) {
    this.#packetCount = packetCount;
    this.#octetCount = octetCount;
  }

  /** The sequence number of the next packet. */
  get nextSequence(): ExtendedSequence {
    return this.stream.sequenceBase + this.#packetCount;
  }

  get packetCount(): number {
    return this.#packetCount;
  }

  /** Payload bytes so far: the sender's octet count of RFC 3550 section 6.4.1. */
  get octetCount(): number {
    return this.#octetCount;
  }

  /** @param ticks media time since the start of the broadcast; a fraction is rounded. */
  packetize(
    payload: Uint8Array,
    ticks: RtpTicks,
    { marker = false, frameNumber }: PacketMarks = {},
  ): StreamPacket {
    const { ssrc, payloadType } = this.stream;
    const sequence = this.nextSequence;
    const datagram = serializeRtp({
      payloadType,
      sequenceNumber: toSequenceNumber(sequence),
      timestamp: this.timestampAt(ticks),
      ssrc,
      marker,
      ...(frameNumber !== undefined && { frameNumber: frameNumber % 2 ** 32 }),
      payload,
    });
    this.#packetCount++;
    this.#octetCount += payload.length;
    return { sequence, datagram };
  }

  /** @returns the RTP timestamp, wrapped to 32 bits, of a time since the start of the broadcast. */
  timestampAt(ticks: RtpTicks): number {
    return toTimestamp((this.stream.timestampBase as number) + (ticks as number));
  }
}
