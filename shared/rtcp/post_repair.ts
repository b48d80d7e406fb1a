import { toSequenceNumber } from "../core/seq.ts";
import type { ExtendedSequence } from "../core/units.ts";

/**
 * What a listener could not play of a stream, and what it could only because it was repaired
 * (RFC 7509 section 3.1): this is how the host learns whether repairing is enough.
 */
export interface PostRepairLoss {
  readonly type: "postRepairLoss";
  /** The listener's. */
  readonly ssrc: number;
  /** Of the stream. */
  readonly mediaSsrc: number;
  /** The first and the last packet this is about; extended when written, 16 bits as read. */
  readonly first: ExtendedSequence;
  readonly last: ExtendedSequence;
  /** Not there when they should have been played. */
  readonly lost: number;
  readonly repaired: number;
}

export const POST_REPAIR_BLOCK_TYPE = 33;
/** SSRC, two sequence numbers, two counts: 3 words and not 4, as erratum 4525 corrects the RFC. */
const BODY_BYTES = 12;
const MAX_COUNT = 0xffff;

/**
 * Writes the body of the block, behind its type and length. Its end_seq is one past the last packet
 * (RFC 3611 section 4.1).
 */
export function writePostRepairLoss(loss: PostRepairLoss): DataView {
  const body = new DataView(new ArrayBuffer(BODY_BYTES));
  body.setUint32(0, loss.mediaSsrc);
  body.setUint16(4, toSequenceNumber(loss.first));
  body.setUint16(6, toSequenceNumber((loss.last as number) + 1));
  body.setUint16(8, Math.min(loss.lost, MAX_COUNT));
  body.setUint16(10, Math.min(loss.repaired, MAX_COUNT));
  return body;
}

/** @returns undefined when the block has not the length that it must have, or is about no packet. */
export function readPostRepairLoss(ssrc: number, body: DataView): PostRepairLoss | undefined {
  if (body.byteLength !== BODY_BYTES || body.getUint16(4) === body.getUint16(6)) return undefined;
  return {
    type: "postRepairLoss",
    ssrc,
    mediaSsrc: body.getUint32(0),
    first: body.getUint16(4),
    last: toSequenceNumber(body.getUint16(6) - 1),
    lost: body.getUint16(8),
    repaired: body.getUint16(10),
  };
}

/** How many packets the report is about; the numbers may have wrapped in between. */
export function countOf({ first, last }: PostRepairLoss): number {
  return toSequenceNumber((last as number) - (first as number)) + 1;
}
