import type { Rng } from "../../shared/core/rng.ts";
import {
  type AudioFormat,
  type ChannelName,
  type Codec,
  RTX_PAYLOAD_TYPES,
} from "../../shared/media/channel.ts";
import { PARITY_PAYLOAD_TYPE } from "../../shared/rtp/fec.ts";
import { Channel } from "./channel.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { HistoryLimits } from "../edge/sending/history.ts";
import { chooseStream, type StreamIdentity } from "../origin/packetizer.ts";
import { RepairStream } from "../edge/sending/repair_stream.ts";

/** Grows with what listeners need: see {@linkcode History.keepFor}. */
const SOUND_HISTORY: HistoryLimits = { capacity: 4096, maxAge: 2000 };
/** The whole timeline, as far as a request can name it: half the range of a sequence number. */
const EVENT_HISTORY: HistoryLimits = { capacity: 32_768, maxAge: Infinity };

/** Opens the channels of a broadcast, each with streams of its own. */
export class ChannelOpener {
  readonly #config: Pick<ServerConfig, "sequenceStart" | "intervalMillis">;
  readonly #rng: Rng;
  readonly #takenSsrcs: number[] = [];

  constructor(config: Pick<ServerConfig, "sequenceStart" | "intervalMillis">, rng: Rng) {
    this.#config = config;
    this.#rng = rng;
  }

  openAudio(audio: AudioFormat): Channel {
    const aheadMillis = Math.ceil(this.#config.intervalMillis ?? 0);
    const { fec, ...others } = this.#open("audio", audio.codec, SOUND_HISTORY);
    return new Channel({ ...others, fec, aheadMillis, audio });
  }

  openEvents(): Channel {
    const { fec: _unused, ...others } = this.#open("events", "json", EVENT_HISTORY);
    return new Channel({ ...others, aheadMillis: 0 });
  }

  #open(name: ChannelName, codec: Codec, history: HistoryLimits) {
    const { sequenceStart } = this.#config;
    const stream = this.#choose(codec, { sequenceStart });
    const [rtxSsrc, fecSsrc] = [this.#choose(codec).ssrc, this.#choose(codec).ssrc];
    const rtx = new RepairStream({ ssrc: rtxSsrc, payloadType: RTX_PAYLOAD_TYPES[name] });
    const fec = new RepairStream({ ssrc: fecSsrc, payloadType: PARITY_PAYLOAD_TYPE });
    return { name, codec, stream, rtx, fec, history };
  }

  #choose(codec: Codec, options: Pick<ServerConfig, "sequenceStart"> = {}): StreamIdentity {
    const stream = chooseStream(codec, this.#rng, { ...options, takenSsrcs: this.#takenSsrcs });
    this.#takenSsrcs.push(stream.ssrc);
    return stream;
  }
}
