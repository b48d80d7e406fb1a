import { packets } from "rtp.js";
import { toSequenceNumber } from "../core/seq.ts";
import type { ExtendedSequence } from "../core/units.ts";
import { blockFormat } from "./message_format.ts";
import type { NtpTime } from "./ntp.ts";

/**
 * A listener's clock, which the host echoes (RFC 3611 section 4.4). A listener sends no media and so
 * no sender reports; with this message it can measure its round trip all the same.
 */
export interface ReferenceTime {
  readonly type: "referenceTime";
  /** The listener's. */
  readonly ssrc: number;
  readonly ntpTime: NtpTime;
}

export const referenceTime = blockFormat<ReferenceTime, packets.RrtExtendedReport>(
  "referenceTime",
  packets.RrtExtendedReport,
  (block, ssrc) => ({
    type: "referenceTime",
    ssrc,
    ntpTime: { seconds: block.getNtpSeconds(), fraction: block.getNtpFraction() },
  }),
  ({ ntpTime }) => {
    const block = new packets.RrtExtendedReport();
    block.setNtpSeconds(ntpTime.seconds);
    block.setNtpFraction(ntpTime.fraction);
    return block;
  },
);

/** The echo to one listener; its fields correspond to LSR and DLSR in a {@linkcode ReceptionReport}. */
export interface ReferenceTimeEchoReport {
  /** The listener's. */
  readonly ssrc: number;
  /** Middle 32 bits of the last reference time's NTP time; 0 when none came. */
  readonly lastReferenceTime: number;
  /** Since that reference time arrived, in 1/65536 s. */
  readonly delaySince: number;
}

/** The host's answer to {@linkcode ReferenceTime} (RFC 3611 section 4.5). */
export interface ReferenceTimeEcho {
  readonly type: "referenceTimeEcho";
  /** The host's. */
  readonly ssrc: number;
  readonly reports: readonly ReferenceTimeEchoReport[];
}

export const referenceTimeEcho = blockFormat<ReferenceTimeEcho, packets.DlrrExtendedReport>(
  "referenceTimeEcho",
  packets.DlrrExtendedReport,
  (block, ssrc) => {
    const reports = block.getSubReports().map((report) => ({
      ssrc: report.ssrc,
      lastReferenceTime: report.lrr,
      delaySince: report.dlrr,
    }));
    return { type: "referenceTimeEcho", ssrc, reports };
  },
  ({ reports }) => {
    const block = new packets.DlrrExtendedReport();
    for (const { ssrc, lastReferenceTime, delaySince } of reports) {
      block.addSubReport({ ssrc, lrr: lastReferenceTime, dlrr: delaySince });
    }
    return block;
  },
);

/**
 * How many packets of a stream a listener could not play, and how many it could play only because they
 * were repaired (RFC 7509 section 3.1). From it the host learns whether the repair is sufficient.
 */
export interface PostRepairLoss {
  readonly type: "postRepairLoss";
  /** The listener's. */
  readonly ssrc: number;
  /** Of the stream. */
  readonly mediaSsrc: number;
  /** The first and the last packet that is counted; extended to be written, 16 bits as read. */
  readonly first: ExtendedSequence;
  readonly last: ExtendedSequence;
  /** Packets that were missing at their playout time. */
  readonly lost: number;
  readonly repaired: number;
}

const POST_REPAIR_BLOCK_TYPE = 33;
/** SSRC, two sequence numbers, two counts: 3 words and not 4, as erratum 4525 corrects the RFC. */
const POST_REPAIR_BYTES = 12;
const MAX_COUNT = 0xffff;

export const postRepairLoss = blockFormat<PostRepairLoss, packets.GenericExtendedReport>(
  "postRepairLoss",
  packets.GenericExtendedReport,
  readPostRepairLoss,
  writePostRepairLoss,
);

/** How many packets the report counts; the numbers may have wrapped in between. */
export function countOf({ first, last }: PostRepairLoss): number {
  return toSequenceNumber((last as number) - (first as number)) + 1;
}

/** @returns undefined for another block, for a wrong length, and for a report on no packet. */
function readPostRepairLoss(
  block: packets.GenericExtendedReport,
  ssrc: number,
): PostRepairLoss | undefined {
  if (block.getReportType() as number !== POST_REPAIR_BLOCK_TYPE) return undefined;
  const body = block.getBody();
  if (body.byteLength !== POST_REPAIR_BYTES || body.getUint16(4) === body.getUint16(6)) {
    return undefined;
  }
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

/** The block's end_seq is the number after the last packet (RFC 3611 section 4.1). */
function writePostRepairLoss(loss: PostRepairLoss): packets.GenericExtendedReport {
  const body = new DataView(new ArrayBuffer(POST_REPAIR_BYTES));
  body.setUint32(0, loss.mediaSsrc);
  body.setUint16(4, toSequenceNumber(loss.first));
  body.setUint16(6, toSequenceNumber((loss.last as number) + 1));
  body.setUint16(8, Math.min(loss.lost, MAX_COUNT));
  body.setUint16(10, Math.min(loss.repaired, MAX_COUNT));
  const block = new packets.GenericExtendedReport(undefined, POST_REPAIR_BLOCK_TYPE);
  block.setBody(body);
  return block;
}
