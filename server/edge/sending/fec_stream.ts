import { packParity, type Parity } from "../../../shared/rtp/fec.ts";
import type { StreamPacket } from "../../origin/packetizer.ts";
import { SideStream } from "./side_stream.ts";

/** The stream in which parity of another travels, with numbers of its own (RFC 8627). */
export class FecStream extends SideStream {
  /** @param timestamp when it is sent, on the clock of the stream it protects. */
  wrap(parity: Parity, timestamp: number): StreamPacket {
    return this.number((sequenceNumber) =>
      packParity(parity, this.identity, { sequenceNumber, timestamp })
    );
  }
}
