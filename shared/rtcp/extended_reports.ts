import { packets } from "rtp.js";
import { toSequenceNumber } from "../core/seq.ts";
import type { ExtendedSequence } from "../core/units.ts";
import { blockFormat, lengthFieldOf } from "./message_format.ts";
import type { NtpTime } from "./ntp.ts";

/** Version 2, without padding. */
const VERSION = 0x80;
const PADDING_BIT = 0x20;
export const EXTENDED_REPORT_TYPE = 207;
/** Of the first block: header and SSRC of the packet come before it (RFC 3611 section 2). */
const BLOCK_OFFSET = 8;
const BLOCK_HEAD_BYTES = 4;
const REFERENCE_TIME_BLOCK_TYPE = 4;
const REFERENCE_TIME_BYTES = 12;
const ECHO_BLOCK_TYPE = 5;
/** For each listener. */
const ECHO_BYTES = 12;

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
  (block, ssrc) => readReferenceTime(block.getView(), 0, ssrc),
  ({ ssrc, ntpTime }) => {
    const view = openReport(ssrc, REFERENCE_TIME_BLOCK_TYPE, REFERENCE_TIME_BYTES);
    view.setUint32(BLOCK_OFFSET + 4, ntpTime.seconds);
    view.setUint32(BLOCK_OFFSET + 8, ntpTime.fraction);
    return new Uint8Array(view.buffer);
  },
);

/**
 * The reference time of an extended report that holds nothing else, as almost all do.
 *
 * @returns undefined for any other extended report.
 */
export function readLoneReferenceTime(packet: DataView): ReferenceTime | undefined {
  const isLone = packet.byteLength === BLOCK_OFFSET + REFERENCE_TIME_BYTES &&
    (packet.getUint8(0) & PADDING_BIT) === 0 &&
    packet.getUint8(BLOCK_OFFSET) === REFERENCE_TIME_BLOCK_TYPE &&
    packet.getUint16(BLOCK_OFFSET + 2) === lengthFieldOf(REFERENCE_TIME_BYTES);
  return isLone ? readReferenceTime(packet, BLOCK_OFFSET, packet.getUint32(4)) : undefined;
}

/** @param at where the block begins. */
function readReferenceTime(view: DataView, at: number, ssrc: number): ReferenceTime {
  const ntpTime = { seconds: view.getUint32(at + 4), fraction: view.getUint32(at + 8) };
  return { type: "referenceTime", ssrc, ntpTime };
}

/** An extended report with one block. @param bytes of the block, its header included. */
function openReport(ssrc: number, blockType: number, bytes: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(BLOCK_OFFSET + bytes));
  view.setUint8(0, VERSION);
  view.setUint8(1, EXTENDED_REPORT_TYPE);
  view.setUint16(2, lengthFieldOf(view.byteLength));
  view.setUint32(4, ssrc);
  view.setUint8(BLOCK_OFFSET, blockType);
  view.setUint16(BLOCK_OFFSET + 2, lengthFieldOf(bytes));
  return view;
}

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
  ({ ssrc, reports }) => {
    const bytes = BLOCK_HEAD_BYTES + reports.length * ECHO_BYTES;
    const view = openReport(ssrc, ECHO_BLOCK_TYPE, bytes);
    let at = BLOCK_OFFSET + BLOCK_HEAD_BYTES;
    for (const report of reports) {
      view.setUint32(at, report.ssrc);
      view.setUint32(at + 4, report.lastReferenceTime);
      view.setUint32(at + 8, report.delaySince);
      at += ECHO_BYTES;
    }
    return new Uint8Array(view.buffer);
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
