import { packRtx } from "../../../shared/rtp/rtx.ts";
import type { StreamPacket } from "../../origin/packetizer.ts";
import { SideStream } from "./side_stream.ts";

/** The stream in which the packets of another are sent again, with numbers of its own (RFC 4588). */
export class RtxStream extends SideStream {
  /** @param original the datagram of a packet as it was made the first time. */
  wrap(original: Uint8Array): StreamPacket {
    return this.number((sequenceNumber) => packRtx(original, this.identity, sequenceNumber));
  }
}
