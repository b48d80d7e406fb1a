import { viewOf } from "../core/bytes.ts";
import type { Millis } from "../core/units.ts";
import type { AppPacket } from "./app_packet.ts";

/**
 * How far apart a listener's reports may be from now on (RTCP APP "PACE"), when that is no longer what its ACCEPT
 * said: the more listen, the more seldom each reports, so that all together don't drown the host (the aim of RFC
 * 3550 section 6.2).
 */
export interface ReportPace {
  readonly type: "reportPace";
  /** The host's. */
  readonly ssrc: number;
  readonly keepaliveMillis: Millis;
}

const NAME = "PACE";
const DATA_BYTES = 4;
/** What an ACCEPT may say. */
export const KEEPALIVE_RANGE = { shortest: 100, longest: 60_000 };

export function packReportPace({ ssrc, keepaliveMillis }: ReportPace): AppPacket {
  const data = new Uint8Array(DATA_BYTES);
  viewOf(data).setUint32(0, keepaliveMillis);
  return { ssrc, name: NAME, data };
}

/** @returns undefined for a packet of another name or size, or a pace that no host sets: it is not ours. */
export function unpackReportPace({ ssrc, name, data }: AppPacket): ReportPace | undefined {
  if (name !== NAME || data.length !== DATA_BYTES) return undefined;
  const keepaliveMillis = viewOf(data).getUint32(0);
  const { shortest, longest } = KEEPALIVE_RANGE;
  if (keepaliveMillis < shortest || keepaliveMillis > longest) return undefined;
  return { type: "reportPace", ssrc, keepaliveMillis };
}
