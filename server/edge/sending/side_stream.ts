import { toSequenceNumber } from "../../../shared/core/seq.ts";
import type { ExtendedSequence } from "../../../shared/core/units.ts";
import type { SenderReport } from "../../../shared/rtcp/rtcp.ts";
import type { StreamPacket } from "../../origin/packetizer.ts";

/**
 * A stream that goes with another and of which a listener may see only few packets. Its numbers begin
 * at 0, so that its sender reports' packet count tells how often they have wrapped: without that a
 * sealed packet can't be opened.
 */
export class SideStream {
  #next: ExtendedSequence = 0;
  #octetCount = 0;

  constructor(readonly identity: { readonly ssrc: number; readonly payloadType: number }) {}

  get nextSequence(): ExtendedSequence {
    return this.#next;
  }

  /** @param ofOriginal that of the stream it goes with, at the same moment. */
  report(ofOriginal: SenderReport): SenderReport {
    const { ssrc } = this.identity;
    return { ...ofOriginal, ssrc, packetCount: this.#next as number, octetCount: this.#octetCount };
  }

  /** @param write gives the packet of a sequence number. @param octets of its payload. */
  protected number(write: (sequenceNumber: number) => Uint8Array): StreamPacket {
    const sequence = this.#next;
    this.#next = sequence + 1;
    const datagram = write(toSequenceNumber(sequence));
    this.#octetCount += datagram.length - RTP_HEADER_BYTES;
    return { sequence, datagram };
  }
}

const RTP_HEADER_BYTES = 12;
