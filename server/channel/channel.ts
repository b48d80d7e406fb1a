/*
 * A channel: one RTP stream of the broadcast (`audio` or `events`), with the streams that repair it. The
 * origin and the edge both use it, so it stands in a folder of its own.
 *
 * In: payloads with their media time, through `packetizer`. Out: RTP packets in clear; the numbers that an
 * ACCEPT tells a listener (`describe`); sender reports (`reports`).
 *
 * Its parts are next door: ../origin/packetizer.ts numbers packets, ../edge/sending/history.ts keeps them for
 * retransmission, ../edge/sending/repair_stream.ts numbers retransmissions and parity. Read next:
 * ../edge/sending/history.ts.
 */

import type { Rng } from "../../shared/core/rng.ts";
import { toBase64 } from "../../shared/text/base64.ts";
import {
  type ClockRate,
  type ExtendedSequence,
  type Millis,
  millisToTicks,
} from "../../shared/core/units.ts";
import {
  type AudioFormat,
  type ChannelName,
  type Codec,
  RTX_PAYLOAD_TYPES,
} from "../../shared/media/channel.ts";
import type { ChannelInfo } from "../../shared/admission/admission.ts";
import { toNtp } from "../../shared/rtcp/ntp.ts";
import type { SenderReport } from "../../shared/rtcp/rtcp.ts";
import { PARITY_PAYLOAD_TYPE } from "../../shared/rtp/fec.ts";
import { RepairStream } from "../edge/sending/repair_stream.ts";
import { History, type HistoryLimits } from "../edge/sending/history.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { ChannelTotals } from "../interface/output.ts";
import { chooseStream, Packetizer, type StreamIdentity } from "../origin/packetizer.ts";

/** The age grows with the listeners' latencies: see {@linkcode History.keepFor}. */
const SOUND_HISTORY: HistoryLimits = { capacity: 4096, maxAge: 2000 };
/** As much of the timeline as a NACK can name: half the range of a sequence number. */
const EVENT_HISTORY: HistoryLimits = { capacity: 32_768, maxAge: Infinity };

export interface ChannelFields {
  readonly name: ChannelName;
  readonly codec: Codec;
  readonly stream: StreamIdentity;
  readonly rtx: RepairStream;
  /** The stream of its parity. Events have none: they are requested until they have arrived. */
  readonly fec?: RepairStream;
  readonly history: HistoryLimits;
  /** How long before its media time a packet may be sent. */
  readonly aheadMillis: Millis;
  readonly audio?: AudioFormat;
}

/**
 * One RTP stream of the broadcast: its packetizer, the history of its packets, the streams that repair it,
 * and its sender reports.
 */
export class Channel {
  readonly packetizer: Packetizer;
  readonly history: History;
  readonly #fields: ChannelFields;

  constructor(fields: ChannelFields) {
    this.#fields = fields;
    this.packetizer = new Packetizer(fields.stream);
    this.history = new History(fields.history);
  }

  get name(): ChannelName {
    return this.#fields.name;
  }

  get codec(): Codec {
    return this.#fields.codec;
  }

  get clockRate(): ClockRate {
    return this.#fields.stream.clockRate;
  }

  /** The stream of its retransmissions. */
  get rtx(): RepairStream {
    return this.#fields.rtx;
  }

  /** The stream of its parity, if it has any. */
  get fec(): RepairStream | undefined {
    return this.#fields.fec;
  }

  get ssrc(): number {
    return this.#fields.stream.ssrc;
  }

  /** The channel as an ACCEPT describes it to a listener that is admitted now. */
  describe(): ChannelInfo {
    const { name, codec, stream, rtx, fec, aheadMillis, audio } = this.#fields;
    const { ssrc, payloadType, clockRate, sequenceBase, timestampBase } = stream;
    const nextSequence: ExtendedSequence = this.packetizer.nextSequence;
    return {
      channel: name,
      codec,
      ssrc,
      payloadType,
      sequenceBase,
      nextSequence,
      aheadMillis,
      clockRate: clockRate as number,
      timestampBase: timestampBase as number,
      rtx: { ...rtx.identity, nextSequence: rtx.nextSequence },
      ...(fec ? { fec: { ...fec.identity, nextSequence: fec.nextSequence } } : {}),
      ...(audio ? { sampleRate: audio.sampleRate, channelCount: audio.channelCount } : {}),
      ...(audio?.description ? { description: toBase64(audio.description) } : {}),
    };
  }

  /** Sender reports (RFC 3550 section 6.4.1) of the stream, and of its repair streams once they have packets. */
  reports(now: Millis, startedAt: Millis): SenderReport[] {
    const { rtx, fec } = this.#fields;
    const report = this.report(now, startedAt);
    const others = [rtx, fec].filter((stream) => stream !== undefined && stream.nextSequence > 0);
    return [report, ...others.map((stream) => stream!.report(report))];
  }

  /** The sender report of the stream alone. */
  report(now: Millis, startedAt: Millis): SenderReport {
    const { ssrc, clockRate } = this.#fields.stream;
    return {
      type: "senderReport",
      ssrc,
      ntpTime: toNtp(now),
      rtpTimestamp: this.packetizer.timestampAt(millisToTicks(now - startedAt, clockRate)),
      packetCount: this.packetizer.packetCount,
      octetCount: this.packetizer.octetCount,
    };
  }

  totals(): ChannelTotals {
    const { packetCount, octetCount } = this.packetizer;
    return { channel: this.name, ssrc: this.ssrc, packetCount, octetCount };
  }
}

/** Opens the channels of a broadcast: chooses an SSRC for each stream, different from all others. */
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
