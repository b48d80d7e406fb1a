import type { Millis } from "../../../shared/core/units.ts";
import { middleBits } from "../../../shared/rtcp/ntp.ts";
import { type ReferenceTime, type RtcpMessage, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import type { Channel } from "../../channel/channel.ts";

/** Reports go out this often. */
export const REPORT_INTERVAL_MILLIS = 1000;

/** A moment of the broadcast; before the start there is no clock to report. */
export interface ReportTime {
  readonly now: Millis;
  readonly startedAt: Millis | undefined;
}

/**
 * A sender report for each channel, the same for every listener; before the start only a sign of
 * life (RFC 3550 section 6).
 *
 * @param cname ties the channels to one clock; random, as RFC 7022 section 4.2 wants it.
 */
export function writeStatus(
  channels: readonly Channel[],
  cname: string,
  time: ReportTime,
): Uint8Array {
  return serializeRtcp(statusOf(channels, cname, time));
}

/** The last word. The counts in it tell which packets of the end were lost. */
export function writeGoodbye(
  channels: readonly Channel[],
  cname: string,
  time: ReportTime,
  reason: string,
): Uint8Array {
  const ssrcs = channels.map(({ ssrc }) => ssrc);
  const goodbye = { type: "goodbye", ssrcs, reason } as const;
  return serializeRtcp([...statusOf(channels, cname, time), goodbye]);
}

/**
 * Answers a listener's clock at once, so that nothing needs to be subtracted (RFC 3611 4.5).
 *
 * @param keepaliveMillis how often it is to report, if not as its ACCEPT said.
 */
export function writeEcho(
  hostSsrc: number,
  { ssrc, ntpTime }: ReferenceTime,
  keepaliveMillis?: Millis,
): Uint8Array {
  const report = { ssrc, lastReferenceTime: middleBits(ntpTime), delaySince: 0 };
  const echo = { type: "referenceTimeEcho", ssrc: hostSsrc, reports: [report] } as const;
  if (keepaliveMillis === undefined) return serializeRtcp([echo]);
  return serializeRtcp([echo, { type: "reportPace", ssrc: hostSsrc, keepaliveMillis }]);
}

function statusOf(
  channels: readonly Channel[],
  cname: string,
  { now, startedAt }: ReportTime,
): RtcpMessage[] {
  return channels.flatMap((channel): RtcpMessage[] => [
    ...(startedAt === undefined
      ? [{ type: "receiverReport", ssrc: channel.ssrc, reports: [] } as const]
      : channel.reports(now, startedAt)),
    { type: "sourceDescription", ssrc: channel.ssrc, cname },
  ]);
}
