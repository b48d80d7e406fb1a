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
import { CHANNEL_KINDS, type ChannelKind } from "../../shared/media/channel_kinds.ts";
import type { ChannelInfo } from "../../shared/admission/admission.ts";
import { toNtp } from "../../shared/rtcp/ntp.ts";
import type { SenderReport } from "../../shared/rtcp/rtcp.ts";
import { PARITY_PAYLOAD_TYPE } from "../../shared/rtp/fec.ts";
import { RepairStream } from "../edge/sending/repair_stream.ts";
import { History } from "../edge/sending/history.ts";
import type { ServerConfig } from "../interface/config.ts";
import type { ChannelTotals } from "../interface/output.ts";
import { chooseStream, Packetizer, type StreamIdentity } from "../origin/packetizer.ts";

export interface ChannelFields {
  readonly name: ChannelName;
  readonly kind: ChannelKind;
  readonly codec: Codec;
  readonly stream: StreamIdentity;
  readonly rtx: RepairStream;
  /** The stream of its parity, if its kind has any. */
  readonly fec?: RepairStream;
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
    this.history = new History(CHANNEL_KINDS[fields.kind].history);
  }

  get name(): ChannelName {
    return this.#fields.name;
  }

  get kind(): ChannelKind {
    return this.#fields.kind;
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
    const { name, kind, codec, stream, rtx, fec, aheadMillis, audio } = this.#fields;
    const { ssrc, payloadType, clockRate, sequenceBase, timestampBase } = stream;
    const nextSequence: ExtendedSequence = this.packetizer.nextSequence;
    return {
      channel: name,
      kind,
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
    const { ssrc, clockRate } = this.#fields.stream;
    const report: SenderReport = {
      type: "senderReport",
      ssrc,
      ntpTime: toNtp(now),
      rtpTimestamp: this.packetizer.timestampAt(millisToTicks(now - startedAt, clockRate)),
      packetCount: this.packetizer.packetCount,
      octetCount: this.packetizer.octetCount,
    };
    const others = [rtx, fec].filter((stream) => stream !== undefined && stream.nextSequence > 0);
    return [report, ...others.map((stream) => stream!.report(report))];
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
    const fields = this.#open("audio", "paced", audio.codec);
    return new Channel({ ...fields, aheadMillis, audio });
  }

  openEvents(): Channel {
    return new Channel({ ...this.#open("events", "ordered", "json"), aheadMillis: 0 });
  }

  #open(name: ChannelName, kind: ChannelKind, codec: Codec) {
    const { sequenceStart } = this.#config;
    const stream = this.#choose(codec, { sequenceStart });
    const [rtxSsrc, fecSsrc] = [this.#choose(codec).ssrc, this.#choose(codec).ssrc];
    const rtx = new RepairStream({ ssrc: rtxSsrc, payloadType: RTX_PAYLOAD_TYPES[name] });
    const fec = new RepairStream({ ssrc: fecSsrc, payloadType: PARITY_PAYLOAD_TYPE });
    const { hasParity } = CHANNEL_KINDS[kind];
    return { name, kind, codec, stream, rtx, ...(hasParity ? { fec } : {}) };
  }

  #choose(codec: Codec, options: Pick<ServerConfig, "sequenceStart"> = {}): StreamIdentity {
    const stream = chooseStream(codec, this.#rng, { ...options, takenSsrcs: this.#takenSsrcs });
    this.#takenSsrcs.push(stream.ssrc);
    return stream;
  }
}
