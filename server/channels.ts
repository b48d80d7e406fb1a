import type { Rng } from "../shared/core/rng.ts";
import type { ChannelName, Codec } from "../shared/media/channel.ts";
import { Channel } from "./channel.ts";
import type { ServerConfig } from "./config.ts";
import type { HistoryLimits } from "./history.ts";
import { chooseStream } from "./packetizer.ts";

const SOUND_HISTORY: HistoryLimits = { capacity: 1024, maxAge: 2000 };
const EVENT_HISTORY: HistoryLimits = { capacity: 4096, maxAge: Infinity };

/** The channels that the configuration asks for, each with a stream of its own. */
export function openChannels(config: ServerConfig, rng: Rng): readonly Channel[] {
  const takenSsrcs: number[] = [];
  const open = (name: ChannelName, codec: Codec, history: HistoryLimits): Channel => {
    const stream = chooseStream(codec, rng, { sequenceStart: config.sequenceStart, takenSsrcs });
    takenSsrcs.push(stream.ssrc);
    const isAudio = name === "audio";
    const aheadMillis = isAudio ? Math.ceil(config.intervalMillis ?? 0) : 0;
    return new Channel({
      ...{ name, codec, stream, history, aheadMillis },
      ...(isAudio ? { audio: config.audio } : {}),
    });
  };
  return [
    ...(config.audio ? [open("audio", config.audio.codec, SOUND_HISTORY)] : []),
    ...(config.hasEvents ? [open("events", "json", EVENT_HISTORY)] : []),
  ];
}
