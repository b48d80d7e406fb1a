/*
 * The origin: what is broadcast. It knows nothing of listeners.
 *
 * In: audio (`sound/`), events (`timeline/`) or a simulated match (`simulation/`).
 * Out: RTP packets, each with its extended sequence number. The channel keeps them for repair, and
 * the edge sends them to all listeners.
 *
 * This file is the last step: both `sound/sound.ts` and `timeline/timeline_sender.ts` end here.
 * Read those two next, then `../channel/channel.ts`. `io/` holds what the audio and the events both
 * need to open files.
 */

import type { Rng } from "../../shared/core/rng.ts";
import { toSequenceNumber, toTimestamp } from "../../shared/core/seq.ts";
import type { ClockRate, ExtendedSequence, RtpTicks } from "../../shared/core/units.ts";
import { type Codec, CODECS } from "../../shared/media/channel.ts";
import { serializeRtp } from "../../shared/rtp/rtp.ts";

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

/**
 * Chooses the numbers of a new stream.
 *
 * @param options `takenSsrcs` are the SSRCs of the other streams, which this one must not use.
 */
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

/**
 * Makes an RTP packet of each payload. Sequence numbers and timestamps grow without limit here;
 * they wrap only when they are written into a packet.
 */
export class Packetizer {
  #packetCount = 0;
  #octetCount = 0;

  constructor(readonly stream: StreamIdentity) {}

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

  /** @returns the RTP timestamp, wrapped to 32 bits, of a time since the start of the broadcast. */
  timestampAt(ticks: RtpTicks): number {
    return toTimestamp((this.stream.timestampBase as number) + (ticks as number));
  }
}
