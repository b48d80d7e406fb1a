import type { Millis } from "../shared/core/units.ts";
import type { AcceptInfo } from "../shared/wire/admission.ts";
import type { Channel } from "./channel.ts";
import type { ServerConfig } from "./config.ts";
import type { Timeline } from "./timeline.ts";

const DEFAULT_KEEPALIVE_MILLIS: Millis = 5000;

export interface Described {
  readonly config: Pick<ServerConfig, "keepaliveMillis" | "match" | "repair">;
  readonly channels: readonly Channel[];
  readonly timeline: Timeline;
  /** 16 hexadecimal digits. */
  readonly broadcastId: string;
}

/** What a listener that is let in now is told, but for its own SSRC. */
export function describeBroadcast(
  { config, channels, timeline, broadcastId }: Described,
): Omit<AcceptInfo, "listenerSsrc"> {
  const { keepaliveMillis = DEFAULT_KEEPALIVE_MILLIS, match } = config;
  const { isRtxOffered = true } = config.repair ?? {};
  return {
    keepaliveMillis,
    channels: channels.map((channel) => {
      const { rtx, ...others } = channel.describe();
      return isRtxOffered ? { rtx, ...others } : others;
    }),
    ...(match ? { match } : {}),
    broadcastId,
    timeline: timeline.head,
  };
}
