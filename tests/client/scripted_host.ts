import type { Rng } from "../../shared/core/rng.ts";
import { toSequenceNumber, toTimestamp } from "../../shared/core/seq.ts";
import { type Address, addressKey } from "../../shared/driver/socket.ts";
import {
  type AcceptInfo,
  type AdmissionMessage,
  type ChannelInfo,
  parseAdmission,
  serializeAdmission,
} from "../../shared/admission/admission.ts";
import { Lane } from "../../shared/lane/lane.ts";
import {
  type ChannelStarted,
  type Described,
  type HostMessage,
  serializeHostMessage,
} from "../../shared/lane/messages.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { parseScore, serializeEvent, type TimelineEvent } from "../../shared/event/event.ts";
import { middleBits, toNtp } from "../../shared/rtcp/ntp.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { serializeRtp } from "../../shared/rtp/rtp.ts";
import { ListenerCore } from "../../client/core/listener_core.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import type { ListenerConfig } from "../../client/interface/config.ts";
import type { JoinedInfo, ListenerOutput } from "../../client/interface/output.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import { packFrames } from "../../shared/media/payload.ts";
import { T0 } from "./starts.ts";

export const HOST: Address = { hostname: "10.0.0.1", port: 5004 };
export const COOKIE = Uint8Array.of(1, 2, 3, 4);
/** 1152 samples at 44 100 Hz on the 90 kHz clock. */
export const FRAME_TICKS = 1152 * 90_000 / 44_100;

export function sampleEvent(
  count: number,
  fields: Partial<TimelineEvent> = {},
  event: Partial<TimelineEvent["event"]> = {},
): TimelineEvent {
  return {
    count,
    type: 1,
    score: "0 x 0",
    content: `Foul number ${count}.`,
    time: T0 + count,
    event: {
      id: `id-${count}`,
      type: "event",
      title: "Foul",
      origin: "Home",
      time: T0,
      clock: "10:00",
      period: 1,
      ...event,
    },
    ...fields,
  };
}

export function audioChannel(nextSequence: number, fields: Partial<ChannelInfo> = {}): ChannelInfo {
  return {
    channel: "audio",
    kind: "paced",
    codec: "mp3",
    ssrc: 111,
    payloadType: 14,
    clockRate: 90_000,
    sequenceBase: nextSequence,
    nextSequence,
    timestampBase: 2 ** 32 - 90_000,
    aheadMillis: 0,
    sampleRate: 44_100,
    channelCount: 1,
    ...fields,
  };
}

/** The stream of retransmitted events, for channels that have one. */
export const EVENTS_RTX = { ssrc: 2222, payloadType: 111, nextSequence: 0 };

export function eventsChannel(
  nextSequence: number,
  fields: Partial<ChannelInfo> = {},
): ChannelInfo {
  return {
    channel: "events",
    kind: "ordered",
    codec: "json",
    ssrc: 222,
    payloadType: 98,
    clockRate: 1000,
    sequenceBase: nextSequence,
    nextSequence,
    timestampBase: 2 ** 32 - 500,
    aheadMillis: 0,
    ...fields,
  };
}

/** Of the scripted host itself. */
export const HOST_SSRC = 1000;

/** All that the host tells a listener that it lets in: part by the ACCEPT, part by the first message. */
export function acceptInfo(start = 0, fields: Partial<JoinedInfo> = {}): JoinedInfo {
  return {
    listenerSsrc: 333,
    hostSsrc: HOST_SSRC,
    keepaliveMillis: 5000,
    broadcastId: "00000000000000bb",
    channels: [audioChannel(start), eventsChannel(start)],
    match: { home: "Home", away: "Away" },
    timeline: { count: 0, score: "0 x 0" },
    ...fields,
  };
}

/** The part that the ACCEPT tells. */
export function inAccept({ match: _match, channels, timeline, ...others }: JoinedInfo): AcceptInfo {
  return {
    ...others,
    timeline: { ...timeline, score: parseScore(timeline.score) },
    channels: channels.map(numbersOf),
  };
}

export function numbersOf(info: ChannelInfo): ChannelStarted["numbers"] {
  const { channel: _, codec: _codec, sampleRate: _rate, channelCount: _count, ...rest } = info;
  const { description: _head, ...numbers } = rest;
  return numbers;
}

export function descriptionOf(info: ChannelInfo): ChannelStarted["description"] {
  const { ssrc, channel, codec, sampleRate, channelCount, description } = info;
  return JSON.parse(
    JSON.stringify({ ssrc, channel, codec, sampleRate, channelCount, description }),
  );
}

/** The part that the first message tells. */
export function inMessage({ match, channels }: JoinedInfo): Described {
  return { type: "described", ...(match && { match }), channels: channels.map(descriptionOf) };
}

/** A listener core whose host is the test, which writes every datagram by hand. */
export class Scene {
  now = T0;
  /** Where the host is. */
  host: Address = HOST;
  readonly core: ListenerCore;
  readonly outputs: ListenerOutput[] = [];
  readonly admissions: AdmissionMessage[] = [];
  readonly reports: RtcpMessage[] = [];
  /** When each admission message was sent, since the start. */
  readonly admissionTimes: number[] = [];
  #clientRandom = new Uint8Array(16);
  #connectionId: bigint | undefined;
  #lane: Lane | undefined;

  constructor(config: Partial<ListenerConfig>, readonly rng: Rng) {
    this.core = new ListenerCore({ server: HOST, latency: "normal", ...config }, {
      rng,
      now: T0,
      ciphers: nodeCiphers,
    });
    this.run(0);
  }

  /** Lets `millis` pass, waking the core at its deadlines. */
  run(millis: number): void {
    const end = this.now + millis;
    this.#drain();
    for (let turn = 0; (this.core.deadline ?? Infinity) <= end; turn++) {
      if (turn > 100_000) throw new Error("The core does not get past its deadline");
      this.now = Math.max(this.now, this.core.deadline!);
      this.core.advance(this.now);
      this.#drain();
    }
    this.now = end;
  }

  give(datagram: Uint8Array, from = this.host): void {
    // The socket's buffer is used again for the next datagram.
    const buffer = datagram.slice();
    this.core.receive(buffer, from, this.now);
    buffer.fill(0xee);
    this.#drain();
  }

  retry(cookie = COOKIE): void {
    this.give(serializeAdmission({ type: "retry", clientRandom: this.#clientRandom, cookie }));
  }

  /** The ACCEPT, and in a new session the message that describes the channels. */
  accept(info = acceptInfo(), connectionId = 77n): void {
    const isNew = this.#connectionId !== connectionId;
    this.acceptOnly(info, connectionId);
    if (isNew) this.tell(inMessage(info));
  }

  acceptOnly(told = acceptInfo(), connectionId = 77n): void {
    const clientRandom = this.#clientRandom;
    const { listenerSsrc } = told;
    if (this.#connectionId !== connectionId) {
      this.#lane = new Lane({ ssrc: HOST_SSRC, listenerSsrc });
    }
    this.#connectionId = connectionId;
    const info = inAccept(told);
    this.give(serializeAdmission({ type: "accept", clientRandom, connectionId, info }));
  }

  /** Sends a message by the lane of the session. */
  tell(message: HostMessage): void {
    // Without a session there is no lane.
    this.#lane?.send(serializeHostMessage(message), this.now);
    this.#sendLane();
  }

  begin(info: ChannelInfo): void {
    const [numbers, description] = [numbersOf(info), descriptionOf(info)];
    this.tell({ type: "channel-started", numbers, description });
  }

  #sendLane(): void {
    for (const messages of this.#lane?.poll(this.now) ?? []) this.give(serializeRtcp(messages));
  }

  reject(code: number, retryAfterMillis = 0): void {
    const clientRandom = this.#clientRandom;
    this.give(
      serializeAdmission({ type: "reject", clientRandom, code, retryAfterMillis, reason: "no" }),
    );
  }

  join(info = acceptInfo()): void {
    this.retry();
    this.run(0);
    this.accept(info);
    this.run(0);
  }

  sound(number: number, { start = 0, from = this.host, channel = audioChannel(start) } = {}): void {
    this.give(soundDatagram(channel, start, number), from);
  }

  event(number: number, { start = 0, count = number + 1 } = {}): void {
    const channel = eventsChannel(start);
    this.give(serializeRtp({
      payloadType: 98,
      sequenceNumber: toSequenceNumber(start + number),
      timestamp: toTimestamp(channel.timestampBase + this.now - T0),
      ssrc: channel.ssrc,
      marker: false,
      payload: serializeEvent(sampleEvent(count)),
    }));
  }

  /** Retransmits an event on {@linkcode EVENTS_RTX}. */
  eventAgain(number: number, { start = 0, count = number + 1 } = {}): void {
    const payload = serializeEvent(sampleEvent(count));
    const again = new Uint8Array(2 + payload.length);
    new DataView(again.buffer).setUint16(0, toSequenceNumber(start + number));
    again.set(payload, 2);
    this.give(serializeRtp({
      payloadType: EVENTS_RTX.payloadType,
      sequenceNumber: 7,
      timestamp: toTimestamp(eventsChannel(start).timestampBase),
      ssrc: EVENTS_RTX.ssrc,
      marker: false,
      payload: again,
    }));
  }

  senderReport(packetCount: number, ssrc = 111): void {
    this.give(serializeRtcp([
      {
        type: "senderReport",
        ssrc,
        ntpTime: toNtp(this.now),
        rtpTimestamp: 0,
        packetCount,
        octetCount: 0,
      },
      { type: "sourceDescription", ssrc, cname: "host" },
    ]));
  }

  /** Echoes the listener's newest report, which arrived `heldMillis` ago. */
  echo(heldMillis = 0): void {
    const { ssrc, ntpTime } = this.heard("referenceTime").at(-1)!;
    const echo = { ssrc, lastReferenceTime: middleBits(ntpTime) };
    this.give(serializeRtcp([
      { type: "receiverReport", ssrc: 111, reports: [] },
      {
        type: "referenceTimeEcho",
        ssrc: 111,
        reports: [{ ...echo, delaySince: Math.round(heldMillis * 65.536) }],
      },
    ]));
  }

  /** The host's report while it sends no media. */
  hostReport(ssrc = HOST_SSRC): void {
    this.give(serializeRtcp([
      { type: "receiverReport", ssrc, reports: [] },
      { type: "sourceDescription", ssrc, cname: "host" },
    ]));
  }

  goodbye(...ssrcs: number[]): void {
    this.give(serializeRtcp([
      { type: "receiverReport", ssrc: ssrcs[0]!, reports: [] },
      { type: "goodbye", ssrcs },
    ]));
  }

  /** Sends `count` packets of sound from packet `first` on, each at its time. */
  stream(
    first: number,
    count: number,
    start = 0,
    lost: (number: number) => boolean = () => false,
  ): void {
    for (let number = first; number < first + count; number++) {
      const sendAt = T0 + number * FRAME_TICKS / 90;
      if (sendAt > this.now) this.run(sendAt - this.now);
      if (!lost(number)) this.sound(number, { start });
    }
  }

  /** The listener's RTCP messages of one type. */
  heard<Type extends RtcpMessage["type"]>(type: Type): Extract<RtcpMessage, { type: Type }>[] {
    return this.reports.filter((message) => message.type === type) as never;
  }

  said<Kind extends ListenerOutput["kind"]>(kind: Kind): Extract<ListenerOutput, { kind: Kind }>[] {
    return this.outputs.filter((output) => output.kind === kind) as never;
  }

  get states(): string[] {
    return this.said("connection").map(({ state }) => state);
  }

  channel(name: "audio" | "events") {
    return this.core.snapshot(this.now).channels.find(({ channel }) => channel === name)!;
  }

  get junk(): Readonly<Record<string, number>> {
    return this.core.snapshot(this.now).junk;
  }

  #drain(): void {
    for (let next = this.core.pollTransmit(); next; next = this.core.pollTransmit()) {
      const isToHost = next.to.length === 1 &&
        addressKey(next.to[0]!.address) === addressKey(this.host);
      if (!isToHost) throw new Error("Sent to somebody else than the host");
      this.#note(next.datagram);
    }
    for (let next = this.core.pollOutput(); next; next = this.core.pollOutput()) {
      if (next.kind === "seal-join") throw new Error("This host does not encrypt");
      this.outputs.push(next);
    }
  }

  #note(datagram: Uint8Array): void {
    const kind = demux(datagram);
    if (!kind.ok) throw new Error(`Sent junk: ${kind.junk}`);
    if (kind.value === "rtcp") {
      const messages = parseRtcp(datagram);
      if (!messages.ok) throw new Error("Sent malformed RTCP");
      const ofLane = messages.value.filter((message) => message.type === "laneAck");
      this.#lane?.receive(ofLane, this.now);
      this.reports.push(...messages.value.filter((message) => message.type !== "laneAck"));
      return;
    }
    const message = parseAdmission(datagram);
    if (!message.ok) throw new Error("Sent a malformed admission message");
    this.#clientRandom = message.value.clientRandom.slice();
    this.admissions.push(message.value);
    this.admissionTimes.push(this.now - T0);
  }
}

export function soundDatagram(channel: ChannelInfo, start: number, number: number): Uint8Array {
  const [packed] = packFrames("mp3", [mp3Frame(number)]);
  return serializeRtp({
    payloadType: channel.payloadType,
    sequenceNumber: toSequenceNumber(start + number),
    timestamp: toTimestamp(channel.timestampBase + number * FRAME_TICKS),
    ssrc: channel.ssrc,
    marker: false,
    payload: packed!.payload,
  });
}
