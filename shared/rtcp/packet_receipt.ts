import { viewOf } from "../core/bytes.ts";
import { toSequenceNumber } from "../core/seq.ts";
import type { ExtendedSequence } from "../core/units.ts";
import type { AppPacket } from "./app_packet.ts";

/**
 * Which packet came last of all, and how long ago (RTCP APP "CAME"). It goes along with a request, so that
 * the host sees, without a look at its own clock, which of its answers were under way for so long that they
 * would have come: what LSR and DLSR are for sender reports.
 */
export interface PacketReceipt {
  readonly type: "packetReceipt";
  /** The listener's. */
  readonly ssrc: number;
  /** Of the stream it came in: the original one, or that of packets sent again. */
  readonly mediaSsrc: number;
  /** Extended when written, 16 bits as read. */
  readonly sequence: ExtendedSequence;
  /** In 1/65536 s. */
  readonly delaySince: number;
}

const NAME = "CAME";
/** SSRC, sequence number, two bytes of zero, delay. */
const DATA_BYTES = 12;

export function packPacketReceipt(receipt: PacketReceipt): AppPacket {
  const { ssrc, mediaSsrc, sequence, delaySince } = receipt;
  const data = new Uint8Array(DATA_BYTES);
  const view = viewOf(data);
  view.setUint32(0, mediaSsrc);
  view.setUint16(4, toSequenceNumber(sequence));
  view.setUint32(8, Math.min(delaySince, 0xffff_ffff));
  return { ssrc, name: NAME, data };
}

/** @returns undefined for an APP packet of another name or size: it is not ours. */
export function unpackPacketReceipt({ ssrc, name, data }: AppPacket): PacketReceipt | undefined {
  if (name !== NAME || data.length !== DATA_BYTES) return undefined;
  const view = viewOf(data);
  return {
    ...{ type: "packetReceipt", ssrc, mediaSsrc: view.getUint32(0) },
    ...{ sequence: view.getUint16(4), delaySince: view.getUint32(8) },
  };
}
