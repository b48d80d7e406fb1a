import { SharedLatency } from "../../../../client/receiving/clock/shared_latency.ts";
import { Playout } from "../../../../client/core/playout.ts";
import type { ListenerOutput } from "../../../../client/interface/output.ts";
import type { Stream } from "../../../../client/receiving/stream.ts";
import type { MediaWay } from "../../../../client/receiving/stream_ways.ts";
import { StreamSet } from "../../../../client/receiving/stream_set.ts";
import type { ChannelInfo } from "../../../../shared/admission/admission.ts";
import { Counters } from "../../../../shared/core/counters.ts";
import type { JunkName } from "../../../../shared/core/parsed.ts";
import { toSequenceNumber, toTimestamp } from "../../../../shared/core/seq.ts";
import type { ChannelLedger } from "../../../../shared/ledger/ledger.ts";
import { CODECS, type ScreenCodec } from "../../../../shared/media/channel.ts";
import type { FramePacket } from "../../../../shared/media/video/video_payload.ts";
import { toNtp } from "../../../../shared/rtcp/ntp.ts";
import { RoundTrip } from "../../../../shared/rtcp/round_trip.ts";
import { acceptInfo, audioChannel } from "../../scripted_host.ts";
import { T0 } from "../../starts.ts";
import type { Latency } from "../../../../client/interface/config.ts";

export function screenInfo(start: number, fields: Partial<ChannelInfo> = {}): ChannelInfo {
  const { ssrc = 555, codec = "h264" } = fields;
  const { sampleRate: _rate, channelCount: _count, ...numbers } = audioChannel(start, {
    channel: "screen",
    kind: "frames",
    codec,
    ssrc,
    payloadType: CODECS[codec as ScreenCodec].payloadType,
    clockRate: 90_000,
    rtx: { ssrc: 10 * ssrc + 1, payloadType: 112, nextSequence: 0 },
    ...fields,
  });
  return numbers;
}

/** The stream and the playout of a listener that watches a screen; the test is the host and the network. */
export class Watching {
  readonly junk = new Counters<JunkName>();
  readonly streams = new StreamSet();
  readonly playout = new Playout(this.streams, this.junk);
  readonly outputs: ListenerOutput[] = [];
  readonly roundTrip = new RoundTrip();
  readonly latency: SharedLatency;
  /** The numbers requested, and when. */
  readonly requests: { readonly at: number; readonly sequences: readonly number[] }[] = [];
  /** When key frames were requested. */
  readonly keyFrameRequests: number[] = [];
  now = T0;
  #retransmissions = 0;

  constructor(public info: ChannelInfo, latency: Latency = 200, roundTrip = 30) {
    this.latency = new SharedLatency(latency);
    this.roundTrip.add(roundTrip);
    this.adopt(info);
  }

  adopt(info: ChannelInfo): void {
    const accept = acceptInfo(0, { channels: [info], broadcastId: "00000000000000aa" });
    const options = {
      latency: this.latency,
      roundTrip: this.roundTrip,
      verifier: () => undefined,
    };
    this.outputs.push(...this.playout.adopt(accept, true, options, this.now));
  }

  /** From now on, packets are of that stream. */
  follow(info: ChannelInfo): void {
    this.info = info;
  }

  /** The host reports that it has sent that packet. */
  report(sequence: number): void {
    const report = {
      type: "senderReport",
      ssrc: this.info.ssrc,
      ntpTime: toNtp(this.now),
      rtpTimestamp: 0,
      packetCount: sequence - this.info.sequenceBase + 1,
      octetCount: 0,
    } as const;
    this.stream.onSenderReport(report, this.now, () => false);
  }

  get stream(): Stream {
    return this.streams.get(this.info.ssrc)!;
  }

  /** Lets time pass until then; the playout wakes at its deadlines. */
  runTo(end: number): void {
    for (let turn = 0; this.streams.deadline <= end; turn++) {
      if (turn > 100_000) throw new Error("The streams do not get past their deadline");
      this.now = Math.max(this.now, this.streams.deadline);
      this.wake();
    }
    this.now = Math.max(this.now, end);
  }

  wake(): void {
    this.outputs.push(...this.playout.play(this.now));
    for (const message of this.streams.nacks(9, (repair) => repair.poll(this.now), this.now)) {
      if (message.type !== "nack") continue;
      this.requests.push({ at: this.now, sequences: message.sequences });
    }
    for (const _ of this.streams.keyFrameRequests(9, this.now)) {
      this.keyFrameRequests.push(this.now);
    }
  }

  /** @param packet its ticks are since the beginning. */
  give(packet: FramePacket, way: Exclude<MediaWay, "parity"> = "original"): void {
    const media = {
      payloadType: this.info.payloadType,
      sequenceNumber: toSequenceNumber(packet.sequence),
      timestamp: toTimestamp(this.info.timestampBase + packet.ticks),
      ssrc: this.info.ssrc,
      marker: packet.marker,
      frameNumber: packet.frameNumber % 2 ** 32,
      payload: packet.payload,
    };
    const number = way === "original" ? packet.sequence : this.#retransmissions++;
    this.stream.take({ way, media, number }, this.now, () => false);
  }

  get frames(): Extract<ListenerOutput, { kind: "frame" }>[] {
    return this.outputs.filter((output) => output.kind === "frame");
  }

  get shown(): number[] {
    return this.frames.map(({ frame }) => frame.frameNumber);
  }

  get held(): boolean[] {
    return this.outputs.flatMap((output) => output.kind === "picture-held" ? [output.isHeld] : []);
  }

  get ledger(): ChannelLedger {
    return this.streams.ledgers(this.now)[0]!;
  }
}

/** What arrives when. */
export interface Delivery {
  readonly at: number;
  readonly packet: FramePacket;
  readonly way?: Exclude<MediaWay, "parity">;
}

/** Gives what arrives, in the order of time. */
export function deliver(watching: Watching, deliveries: readonly Delivery[]): void {
  for (const { at, packet, way } of [...deliveries].sort((one, other) => one.at - other.at)) {
    watching.runTo(T0 + at);
    watching.give(packet, way);
  }
}
