import { toSequenceNumber } from "../../../shared/core/seq.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";
import type { SenderReport } from "../../../shared/rtcp/rtcp.ts";
import { packParity, type Parity } from "../../../shared/rtp/fec.ts";
import { packRtx } from "../../../shared/rtp/rtx.ts";
import type { StreamPacket } from "./packetizer.ts";

const RTP_HEADER_BYTES = 12;

/**
 * A stream that repairs another one: its retransmissions (RFC 4588) or its parity (RFC 8627). Its sequence
 * numbers begin at 0. A listener may see only a few of its packets, and opening a sealed one requires
 * knowing how often the numbers have wrapped: the packet count of the sender reports gives that.
 */
export class RepairStream {
  #next: ExtendedSequence = 0;
  #octetCount = 0;

  constructor(readonly identity: { readonly ssrc: number; readonly payloadType: number }) {}

  get nextSequence(): ExtendedSequence {
    return this.#next;
  }

  /** @param original the datagram of a packet, unsealed, as it was first sent. */
  packRtx(original: Uint8Array): StreamPacket {
    return this.#number((sequenceNumber) => packRtx(original, this.identity, sequenceNumber));
  }

  /** @param timestamp the time of sending, on the RTP clock of the protected stream. */
  packParity(parity: Parity, timestamp: number): StreamPacket {
    return this.#number((sequenceNumber) =>
      packParity(parity, this.identity, { sequenceNumber, timestamp })
    );
  }

  /** @param ofOriginal the sender report of the repaired stream, for the same moment. */
  report(ofOriginal: SenderReport): SenderReport {
    const { ssrc } = this.identity;
    return { ...ofOriginal, ssrc, packetCount: this.#next as number, octetCount: this.#octetCount };
  }

  /** @param pack makes the packet that has a given sequence number. */
  #number(pack: (sequenceNumber: number) => Uint8Array): StreamPacket {
    const sequence = this.#next;
    this.#next = sequence + 1;
    const datagram = pack(toSequenceNumber(sequence));
    this.#octetCount += datagram.length - RTP_HEADER_BYTES;
    return { sequence, datagram };
  }
}
