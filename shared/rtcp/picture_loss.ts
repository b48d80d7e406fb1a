import { packets } from "rtp.js";
import { packetFormat } from "./message_format.ts";

/** Requests a key frame: the listener can't decode what comes (picture loss indication, RFC 4585 section 6.3.1). */
export interface PictureLossIndication {
  readonly type: "pictureLossIndication";
  /** The listener's. */
  readonly ssrc: number;
  /** Of the stream. */
  readonly mediaSsrc: number;
}

export const pictureLossIndication = packetFormat<PictureLossIndication, packets.PliPacket>(
  "pictureLossIndication",
  packets.PliPacket,
  (packet) => [{
    type: "pictureLossIndication",
    ssrc: packet.getSenderSsrc(),
    mediaSsrc: packet.getMediaSsrc(),
  }],
  ({ ssrc, mediaSsrc }) => {
    const packet = new packets.PliPacket();
    packet.setSenderSsrc(ssrc);
    packet.setMediaSsrc(mediaSsrc);
    return packet;
  },
);
