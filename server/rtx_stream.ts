import { toSequenceNumber } from "../shared/core/seq.ts";
import type { ExtendedSequence } from "../shared/core/units.ts";
import type { SenderReport } from "../shared/wire/rtcp.ts";
import { packRtx, type RtxStream as RtxIdentity } from "../shared/wire/rtx.ts";
import type { StreamPacket } from "./packetizer.ts";

/**
 * The stream in which the packets of another are sent again, with numbers of its own (RFC 4588). They
 * begin at 0, so that its sender reports' packet count tells a listener, which sees only few of its
 * packets, how often they have wrapped: without that a sealed one can't be opened.
 */
export class RtxStream {
  #next: ExtendedSequence = 0;
  #octetCount = 0;

  constructor(readonly identity: RtxIdentity) {}

  get nextSequence(): ExtendedSequence {
    return this.#next;
  }

  /** @param ofOriginal that of the stream whose packets are sent again, at the same moment. */
  report(ofOriginal: SenderReport): SenderReport {
    const { ssrc } = this.identity;
    return { ...ofOriginal, ssrc, packetCount: this.#next as number, octetCount: this.#octetCount };
  }

  /** @param original the datagram of a packet as it was made the first time. */
  wrap(original: Uint8Array): StreamPacket {
    const sequence = this.#next;
    this.#next = sequence + 1;
    this.#octetCount += original.length;
    return { sequence, datagram: packRtx(original, this.identity, toSequenceNumber(sequence)) };
  }
}
