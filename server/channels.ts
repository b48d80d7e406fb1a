import type { Rng } from "../shared/core/rng.ts";
import { type ChannelName, type Codec, RTX_PAYLOAD_TYPES } from "../shared/media/channel.ts";
import { PARITY_PAYLOAD_TYPE } from "../shared/wire/fec.ts";
import { Channel } from "./channel.ts";
import type { ServerConfig } from "./config.ts";
import type { HistoryLimits } from "./history.ts";
import { chooseStream } from "./packetizer.ts";
import { FecStream } from "./fec_stream.ts";
import { RtxStream } from "./rtx_stream.ts";

/** Grows with what listeners need: see {@linkcode History.keepFor}. */
const SOUND_HISTORY: HistoryLimits = { capacity: 4096, maxAge: 2000 };
/** The whole timeline, as far as a request can name it: half the range of a sequence number. */
const EVENT_HISTORY: HistoryLimits = { capacity: 32_768, maxAge: Infinity };

/** The channels that the configuration asks for, each with a stream of its own. */
export function openChannels(config: ServerConfig, rng: Rng): readonly Channel[] {
  const takenSsrcs: number[] = [];
  const open = (name: ChannelName, codec: Codec, history: HistoryLimits): Channel => {
    const stream = chooseStream(codec, rng, { sequenceStart: config.sequenceStart, takenSsrcs });
    takenSsrcs.push(stream.ssrc);
    const [rtxSsrc, fecSsrc] = [0, 1].map(() => {
      const { ssrc } = chooseStream(codec, rng, { takenSsrcs });
      takenSsrcs.push(ssrc);
      return ssrc;
    }) as [number, number];
    const rtx = new RtxStream({ ssrc: rtxSsrc, payloadType: RTX_PAYLOAD_TYPES[name] });
    const fec = new FecStream({ ssrc: fecSsrc, payloadType: PARITY_PAYLOAD_TYPE });
    const isAudio = name === "audio";
    const aheadMillis = isAudio ? Math.ceil(config.intervalMillis ?? 0) : 0;
    return new Channel({
      ...{ name, codec, stream, rtx, history, aheadMillis },
      ...(isAudio ? { fec } : {}),
      ...(isAudio ? { audio: config.audio } : {}),
    });
  };
  return [
    ...(config.audio ? [open("audio", config.audio.codec, SOUND_HISTORY)] : []),
    ...(config.hasEvents ? [open("events", "json", EVENT_HISTORY)] : []),
  ];
}
