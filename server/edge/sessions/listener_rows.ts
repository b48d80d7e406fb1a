import { type Millis, ticksToMillis } from "../../../shared/core/units.ts";
import type { ReceptionReport } from "../../../shared/rtcp/rtcp.ts";
import type { ListenerChannelRow, ListenerRow } from "../../interface/listener_row.ts";
import type { Channel } from "../sending/channel.ts";
import { namesOf, type Session } from "./sessions.ts";

/** What is known of each listener that has reported, those who came first at the beginning. */
export function listenerRows(
  sessions: readonly Session[],
  channels: readonly Channel[],
  now: Millis,
): ListenerRow[] {
  const joined = sessions.filter(({ isIn }) => isIn);
  return joined.sort((one, other) => one.acceptedAt - other.acceptedAt)
    .map((session) => rowOf(session, channels, now));
}

function rowOf(session: Session, channels: readonly Channel[], now: Millis): ListenerRow {
  const { id, address, acceptedAt, roundTrip, latencyMillis: latency, pass } = session;
  const reports = session.lastReport ?? [];
  return {
    id,
    address,
    ...namesOf(session),
    ...(pass && { tokenId: pass.id }),
    age: Math.max(now - acceptedAt, 0),
    ...(roundTrip.latest !== undefined && { roundTrip: roundTrip.smoothed }),
    ...(latency !== undefined && { latency }),
    channels: channels.flatMap((channel) => channelRow(channel, reports)),
  };
}

function channelRow(
  { ssrc: wanted, name: channel, clockRate }: Channel,
  reports: readonly ReceptionReport[],
): ListenerChannelRow[] {
  const report = reports.find(({ ssrc }) => ssrc === wanted);
  if (!report) return [];
  const { cumulativeLost: packetsLost } = report;
  const fractionLost = report.fractionLost / 256;
  return [{ channel, fractionLost, packetsLost, jitter: ticksToMillis(report.jitter, clockRate) }];
}
