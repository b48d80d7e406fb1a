import { SharedLatency } from "../../../client/receiving/clock/shared_latency.ts";
import { Playout } from "../../../client/core/playout.ts";
import type { JoinedInfo, ListenerOutput } from "../../../client/interface/output.ts";
import type { Stream } from "../../../client/receiving/stream.ts";
import type { MediaWay } from "../../../client/receiving/stream_ways.ts";
import { StreamSet } from "../../../client/receiving/stream_set.ts";
import type { ChannelInfo } from "../../../shared/admission/admission.ts";
import { Counters } from "../../../shared/core/counters.ts";
import type { JunkName } from "../../../shared/core/parsed.ts";
import { serializeEvent } from "../../../shared/event/event.ts";
import type { ChannelLedger } from "../../../shared/ledger/ledger.ts";
import { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import { acceptInfo, audioChannel, eventsChannel, sampleEvent } from "../scripted_host.ts";
import { packet, T0 } from "../starts.ts";

export const OPUS_MILLIS = 20;
export const OPUS_TICKS = 960;

const side = (ssrc: number, payloadType: number, nextSequence = 0) => ({
  ssrc,
  payloadType,
  nextSequence,
});

/** A channel that no version has yet: another one of the kind of `audio`. */
export function screenChannel(start: number, fields: Partial<ChannelInfo> = {}): ChannelInfo {
  const { ssrc = 555 } = fields;
  return audioChannel(start, {
    channel: "screen",
    codec: "opus",
    ssrc,
    payloadType: 97,
    clockRate: 48_000,
    rtx: side(10 * ssrc + 1, 112),
    fec: side(10 * ssrc + 2, 120),
    ...fields,
  });
}

/** Another one of the kind of `events`. */
export function dataChannel(start: number, fields: Partial<ChannelInfo> = {}): ChannelInfo {
  const { ssrc = 666 } = fields;
  const rtx = side(10 * ssrc + 1, 113);
  return eventsChannel(start, { channel: "data", ssrc, rtx, ...fields });
}

/** The streams and the playout of a listener; the test is the host and the network. */
export class Listening {
  readonly junk = new Counters<JunkName>();
  readonly streams = new StreamSet();
  readonly playout = new Playout(this.streams, this.junk);
  readonly outputs: ListenerOutput[] = [];
  readonly options = {
    latency: new SharedLatency(200),
    roundTrip: new RoundTrip(),
    verifier: () => undefined,
  };
  now = T0;

  adopt(
    channels: readonly ChannelInfo[],
    isNew = true,
    fields: Partial<JoinedInfo> = { broadcastId: "00000000000000aa" },
  ): void {
    const info = acceptInfo(0, { channels: [...channels], ...fields });
    this.outputs.push(...this.playout.adopt(info, isNew, this.options, this.now));
  }

  begin(info: ChannelInfo): void {
    this.outputs.push(...this.playout.addChannel(info, this.options, this.now));
  }

  /** Lets time pass; the playout wakes at its deadlines. */
  run(millis: number): void {
    const end = this.now + millis;
    for (let turn = 0; this.streams.deadline <= end; turn++) {
      if (turn > 10_000) throw new Error("The streams do not get past their deadline");
      this.now = Math.max(this.now, this.streams.deadline);
      this.outputs.push(...this.playout.play(this.now));
      for (const { repair } of this.streams) repair.poll(this.now);
    }
    this.now = end;
  }

  /** The packet with that index, of whatever kind. @returns false when its SSRC is unknown. */
  give(info: ChannelInfo, index: number, way: "original" | "retransmission" = "original"): boolean {
    const ssrc = way === "original" ? info.ssrc : info.rtx!.ssrc;
    const route = this.streams.routeOf(ssrc);
    if (!route || route.way !== way) return false;
    const sequence = info.sequenceBase + index;
    const isPaced = info.kind === "paced";
    const media = packet({
      sequence,
      ssrc: info.ssrc,
      payloadType: info.payloadType,
      ticks: info.timestampBase + index * (isPaced ? OPUS_TICKS : OPUS_MILLIS),
      payload: isPaced
        ? Uint8Array.of(0xf8, index >> 8, index & 0xff)
        : serializeEvent(sampleEvent(index + 1)),
    });
    const number = way === "original" ? sequence : index;
    const place = isPaced ? {} : { place: sequence };
    route.stream.take({ way: way as MediaWay, media, number, ...place }, this.now, () => false);
    return true;
  }

  /** Gives packets `first` to `first + count - 1` of each channel, at their times. */
  stream(
    channels: readonly ChannelInfo[],
    first: number,
    count: number,
    isLost: (index: number) => boolean = () => false,
  ): void {
    for (let index = first; index < first + count; index++) {
      for (const info of channels) if (!isLost(index)) this.give(info, index);
      this.run(OPUS_MILLIS);
    }
  }

  streamOf({ ssrc }: ChannelInfo): Stream {
    return this.streams.get(ssrc)!;
  }

  /** The indices of the packets of sound that were played, or the counts of the events. */
  played(channel: string): number[] {
    return this.outputs.flatMap((output) => {
      if (output.kind === "event") return output.channel === channel ? [output.event.count] : [];
      if (output.kind !== "audio" || output.channel !== channel) return [];
      return output.frames.map(({ bytes }) => bytes[1]! * 256 + bytes[2]!);
    });
  }

  ledger(channel: string): ChannelLedger {
    return this.streams.ledgers(this.now).find((ledger) => ledger.channel === channel)!;
  }
}

export function upTo(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Expected, received, lost on the network, repaired in time, missing in the end; they must add up. */
export function counts(ledger: ChannelLedger): number[] {
  const { packetsExpected, packetsReceived, networkLost, packetsRepaired, residualLost } = ledger;
  return [
    packetsExpected,
    packetsReceived,
    networkLost,
    packetsRepaired.nack + packetsRepaired.fec,
    residualLost,
  ];
}
