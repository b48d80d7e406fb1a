import assert from "node:assert/strict";
import { TokenExaminer } from "../../server/tokens/token_examiner.ts";
import type { Access, ServeOptions, ServerConfig } from "../../server/interface/config.ts";
import type { NewEvent } from "../../server/origin/timeline/new_event.ts";
import type { ExamineJoin, ServerOutput } from "../../server/interface/output.ts";
import { ServerCore } from "../../server/core/server_core.ts";
import type { Journal } from "../../server/origin/timeline/timeline.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { type Address, addressKey } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { AudioFormat, ChannelName, EncodedFrame } from "../../shared/media/channel.ts";
import {
  type AcceptInfo,
  type AcceptMessage,
  type AdmissionMessage,
  type ChannelInfo,
  type JoinInfo,
  parseAdmission,
  serializeAdmission,
} from "../../shared/admission/admission.ts";
import { channelInfoOf } from "../../shared/admission/channel_description.ts";
import { Lane } from "../../shared/lane/lane.ts";
import { type Described, type HostMessage, parseHostMessage } from "../../shared/lane/messages.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { parseRtp, type RtpPacket } from "../../shared/rtp/rtp.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";

export const START: Millis = 1_763_600_000_000;
export const MP3: AudioFormat = { codec: "mp3", sampleRate: 44_100, channelCount: 2 };
export const FRAME_MILLIS = 1152 / 44.1;

export function config(changes: Partial<ServerConfig> = {}): ServerConfig {
  return {
    hasEvents: true,
    capacity: 100,
    waitFor: 0,
    plainReceivers: [],
    ...changes,
  };
}

/** Not encrypted: making the host's key takes real time, and these tests run in virtual time. */
export function serveOptions(changes: Partial<ServeOptions> = {}): ServeOptions {
  return {
    host: "127.0.0.1",
    port: 5004,
    audio: [],
    loop: false,
    simulate: false,
    language: "en",
    capacity: 100,
    waitFor: 0,
    tokens: [],
    isOpen: false,
    isPlain: true,
    plainReceivers: [],
    plainScreenReceivers: [],
    json: false,
    ...changes,
  };
}

/** A complete MPEG-1 layer III frame: 128 kbit/s at 44 100 Hz, 417 bytes, with its number inside. */
export function mp3Frame(index: number): EncodedFrame {
  const bytes = new Uint8Array(417);
  bytes.set([0xff, 0xfb, 0x90, 0x04]);
  new DataView(bytes.buffer).setUint32(40, index);
  return { bytes, sampleCount: 1152, sampleRate: 44_100 };
}

export function goal(content = "GOAL!"): NewEvent {
  const event = {
    type: "event",
    title: "Goal",
    origin: "Home",
    clock: "12:34",
    period: 1,
  } as const;
  return { type: 2, content, score: "1 x 0", event };
}

export interface StageOptions extends Partial<ServerConfig> {
  readonly access?: Access;
  /** JOINs are left in `asked`, for the test to answer. */
  readonly holdsJoins?: boolean;
}

interface SentCopy {
  readonly datagram: Uint8Array;
  readonly to: Address;
  readonly at: Millis;
}

/** A host in virtual time, without encryption, and all that it sent and told, with the times. */
export class Stage {
  now: Millis = START;
  readonly core: ServerCore;
  readonly #examiner: TokenExaminer;
  readonly #holdsJoins: boolean;
  readonly asked: ExamineJoin[] = [];
  readonly outputs: ServerOutput[] = [];
  readonly sent: SentCopy[] = [];

  constructor(
    { access = { kind: "open" }, holdsJoins = false, ...changes }: StageOptions = {},
    seed = 1,
    journal?: Journal,
  ) {
    const deps = {
      rng: new SeededRng(seed),
      now: this.now,
      ciphers: nodeCiphers,
      ...(journal && { journal }),
    };
    this.#holdsJoins = holdsJoins;
    this.#examiner = new TokenExaminer(access);
    this.core = new ServerCore(config(changes), deps);
  }

  drain(): void {
    for (let next = this.core.pollOutput(); next; next = this.core.pollOutput()) {
      if (next.kind !== "examine-join") this.outputs.push(next);
      else if (this.#holdsJoins) this.asked.push(next);
      else this.#examine(next);
    }
    for (let next = this.core.pollTransmit(); next; next = this.core.pollTransmit()) {
      const { datagram, to } = next;
      for (const { address } of to) this.sent.push({ datagram, to: address, at: this.now });
      this.core.onSent(next, to.length);
    }
  }

  #examine({ id, join }: ExamineJoin): void {
    const examined = this.#examiner.examine(join);
    assert(!(examined instanceof Promise), "time stands still here");
    this.core.onExamined(id, examined, this.now);
  }

  tell(input: (core: ServerCore) => void): this {
    input(this.core);
    this.drain();
    return this;
  }

  receive(datagram: Uint8Array, from: Address): void {
    this.tell((core) => core.receive(datagram, from, this.now));
  }

  /** Lets time pass and calls the core at each deadline, later by `lateness`. */
  run(millis: Millis, lateness: () => Millis = () => 0): this {
    const end = this.now + millis;
    for (;;) {
      const deadline = this.core.deadline ?? Infinity;
      const wakeAt = Math.max(this.now, deadline) + lateness();
      if (wakeAt > end) break;
      this.now = wakeAt;
      this.tell((core) => core.advance(this.now));
      assert((this.core.deadline ?? Infinity) > deadline, "a deadline that is past stays past");
    }
    this.now = end;
    return this;
  }

  pushFrames(count: number, first = 0): this {
    for (let index = first; index < first + count; index++) {
      this.tell((core) => core.pushAudio(mp3Frame(index), this.now));
    }
    return this;
  }

  /** Everything sent to `address` since the last call. */
  take(address: Address): Uint8Array[] {
    const taken = this.sent.filter(({ to }) => addressKey(to) === addressKey(address));
    const rest = this.sent.filter(({ to }) => addressKey(to) !== addressKey(address));
    this.sent.splice(0, this.sent.length, ...rest);
    return taken.map(({ datagram }) => datagram);
  }

  said<Kind extends ServerOutput["kind"]>(kind: Kind): Extract<ServerOutput, { kind: Kind }>[] {
    return this.outputs.filter((output) => output.kind === kind) as never;
  }
}

let guestCount = 0;

/** The simplest listener: it writes the handshake and RTCP by hand. */
export class Guest {
  readonly clientRandom: Uint8Array;
  readonly rtp: RtpPacket[] = [];
  readonly rtcp: RtcpMessage[] = [];
  readonly answers: AdmissionMessage[] = [];
  info: AcceptInfo | undefined;
  /** What the host has told of the channels. */
  readonly messages: HostMessage[] = [];
  #lane: Lane | undefined;

  constructor(
    readonly stage: Stage,
    readonly address: Address = { hostname: "10.0.0.9", port: 40_000 + guestCount },
    clientRandom?: Uint8Array,
  ) {
    this.clientRandom = clientRandom ?? new SeededRng(guestCount++).bytes(16);
  }

  hello(): Uint8Array {
    const { clientRandom } = this;
    this.stage.receive(serializeAdmission({ type: "hello", clientRandom }), this.address);
    this.listen();
    const retry = this.answers.findLast(({ type }) => type === "retry");
    return (retry as Extract<AdmissionMessage, { type: "retry" }>).cookie;
  }

  joinWith(cookie: Uint8Array, info: JoinInfo = {}): AdmissionMessage | undefined {
    const { clientRandom } = this;
    const before = this.answers.length;
    this.stage.receive(
      serializeAdmission({ type: "join", clientRandom, cookie, info }),
      this.address,
    );
    this.listen();
    return this.answers[before];
  }

  join(info: JoinInfo = {}): AdmissionMessage | undefined {
    const answer = this.joinWith(this.hello(), info);
    if (answer?.type === "accept") this.report();
    return answer;
  }

  /** Acknowledges the messages that came, too. */
  report(...more: RtcpMessage[]): void {
    const ssrc = this.info!.listenerSsrc;
    const acks = this.listen().#lane!.poll(this.stage.now).flat();
    this.tell({ type: "receiverReport", ssrc, reports: [] }, ...more, ...acks);
  }

  /** Sends a message by its lane, once, and reads what comes back. */
  say(message: Uint8Array): void {
    assert(this.#lane!.send(message, this.stage.now), "the lane has room");
    for (const messages of this.#lane!.poll(this.stage.now)) this.tell(...messages);
    this.report();
  }

  leave(): void {
    this.tell({ type: "goodbye", ssrcs: [this.info!.listenerSsrc] });
  }

  tell(...messages: RtcpMessage[]): void {
    this.stage.receive(serializeRtcp(messages), this.address);
    this.listen();
  }

  /** Reads all that arrived. */
  listen(): this {
    for (const datagram of this.stage.take(this.address)) this.#read(datagram);
    return this;
  }

  get described(): Described {
    const found = this.messages.findLast(({ type }) => type === "described");
    assert(found, "nothing is described");
    return found as Described;
  }

  channel(name: ChannelName): ChannelInfo {
    const description = this.described.channels.find(({ channel }) => channel === name);
    const numbers = this.info?.channels.find(({ ssrc }) => ssrc === description?.ssrc);
    assert(description && numbers, `no ${name}`);
    return channelInfoOf(numbers, description);
  }

  packets(name: ChannelName): RtpPacket[] {
    const { ssrc } = this.channel(name);
    return this.listen().rtp.filter((packet) => packet.ssrc === ssrc);
  }

  heard<Type extends RtcpMessage["type"]>(type: Type): Extract<RtcpMessage, { type: Type }>[] {
    return this.listen().rtcp.filter((message) => message.type === type) as never;
  }

  #onAccept({ info }: AcceptMessage): void {
    const { listenerSsrc } = info;
    const isNew = listenerSsrc !== this.info?.listenerSsrc;
    if (isNew) this.#lane = new Lane({ ssrc: listenerSsrc, listenerSsrc });
    this.info = info;
  }

  #readMessages(messages: readonly RtcpMessage[]): void {
    const ofLane = messages.filter((message) =>
      message.type === "laneData" || message.type === "laneAck"
    );
    for (const bytes of this.#lane?.receive(ofLane, this.stage.now) ?? []) {
      const message = parseHostMessage(bytes);
      assert(message.ok && message.value);
      this.messages.push(message.value);
    }
  }

  #read(datagram: Uint8Array): void {
    const kind = demux(datagram);
    assert(kind.ok);
    if (kind.value === "admission") {
      const message = parseAdmission(datagram);
      assert(message.ok);
      if (message.value.type === "accept") this.#onAccept(message.value);
      this.answers.push(message.value);
    } else if (kind.value === "rtcp") {
      const messages = parseRtcp(datagram);
      assert(messages.ok);
      this.rtcp.push(...messages.value);
      this.#readMessages(messages.value);
    } else {
      const packet = parseRtp(datagram);
      assert(packet.ok);
      this.rtp.push(packet.value);
    }
  }
}
