import type { AcceptInfo } from "../../shared/admission/admission.ts";
import type { Channel } from "../channel/channel.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { ReportRate } from "../edge/admission/report_rate.ts";
import type { Timeline } from "../origin/timeline/timeline.ts";

export interface Described {
  readonly config: Pick<ServerConfig, "match" | "repair">;
  readonly reportRate: ReportRate;
  readonly channels: readonly Channel[];
  readonly timeline: Timeline;
  /** 16 hexadecimal digits. */
  readonly broadcastId: string;
}

/** What a listener that is let in now is told, but for its own SSRC. */
export function describeBroadcast(
  { config, reportRate, channels, timeline, broadcastId }: Described,
): Omit<AcceptInfo, "listenerSsrc"> {
  const { match } = config;
  const { isRtxOffered = true } = config.repair ?? {};
  return {
    keepaliveMillis: reportRate.keepaliveMillis,
    channels: channels.map((channel) => {
      const { rtx, ...others } = channel.describe();
      return isRtxOffered ? { rtx, ...others } : others;
    }),
    ...(match ? { match } : {}),
    broadcastId,
    timeline: timeline.head,
  };
}
