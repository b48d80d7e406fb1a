import type { Rng } from "../../shared/core/rng.ts";
import { toSequenceNumber, toTimestamp } from "../../shared/core/seq.ts";
import type { ClockRate, ExtendedSequence, RtpTicks } from "../../shared/core/units.ts";
import { type Codec, CODECS } from "../../shared/media/channel.ts";
import { serializeRtp } from "../../shared/rtp/rtp.ts";

/** What sets one RTP stream apart; chosen at random (RFC 3550 sections 5.1 and 8.1). */
export interface StreamIdentity {
  readonly ssrc: number;
  readonly payloadType: number;
  readonly clockRate: ClockRate;
  /** Of the first packet; below 2^16, grows without wrapping from there. */
  readonly sequenceBase: ExtendedSequence;
  /** Where the broadcast's start lies on the stream's clock. */
  readonly timestampBase: RtpTicks;
}

/** A packet as it is sent, with the number it is remembered by. */
export interface StreamPacket {
  readonly sequence: ExtendedSequence;
  readonly datagram: Uint8Array;
}

/** @param takenSsrcs those of the other streams, which this one must not have. */
export function chooseStream(
  codec: Codec,
  rng: Rng,
  options: { sequenceStart?: ExtendedSequence; takenSsrcs?: readonly number[] } = {},
): StreamIdentity {
  const { payloadType, clockRate } = CODECS[codec];
  let ssrc = rng.uint32();
  while (options.takenSsrcs?.includes(ssrc)) ssrc = rng.uint32();
  const sequenceBase = options.sequenceStart ?? toSequenceNumber(rng.uint32());
  return { ssrc, payloadType, clockRate, sequenceBase, timestampBase: rng.uint32() };
}

/** Numbers payloads and puts them in RTP packets. Numbers grow inside and wrap on the wire only. */
export class Packetizer {
  #packetCount = 0;
  #octetCount = 0;

  constructor(readonly stream: StreamIdentity) {}

  /** The sequence number of the packet that comes next. */
  get nextSequence(): ExtendedSequence {
    return this.stream.sequenceBase + this.#packetCount;
  }

  get packetCount(): number {
    return this.#packetCount;
  }

  /** Payload bytes, as sender reports count them (RFC 3550 section 6.4.1). */
  get octetCount(): number {
    return this.#octetCount;
  }

  /** @param ticks the payload's time since the broadcast's start; a fraction is rounded. */
  packetize(payload: Uint8Array, ticks: RtpTicks): StreamPacket {
    const { ssrc, payloadType } = this.stream;
    const sequence = this.nextSequence;
    const datagram = serializeRtp({
      payloadType,
      sequenceNumber: toSequenceNumber(sequence),
      timestamp: this.timestampAt(ticks),
      ssrc,
      marker: false,
      payload,
    });
    this.#packetCount++;
    this.#octetCount += payload.length;
    return { sequence, datagram };
  }

  /** @returns the wrapped RTP timestamp of a time since the broadcast's start. */
  timestampAt(ticks: RtpTicks): number {
    return toTimestamp((this.stream.timestampBase as number) + (ticks as number));
  }
}
