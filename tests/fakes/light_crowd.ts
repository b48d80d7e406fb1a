import assert from "node:assert/strict";
import {
  type AcceptInfo,
  parseAdmission,
  serializeAdmission,
} from "../../shared/admission/admission.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Address } from "../../shared/driver/socket.ts";
import { Lane } from "../../shared/lane/lane.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { parseRtp } from "../../shared/rtp/rtp.ts";
import { HOST, type VirtualWorld } from "./virtual_world.ts";

/** Its ports are far from those of complete listeners. */
const FIRST_PORT = 60_000;
const JOINING_AT_ONCE = 50;
const BETWEEN_MILLIS: Millis = 40;
const PATIENCE_MILLIS: Millis = 5000;

/** A packet of media as it came. */
export interface LightArrival {
  readonly ssrc: number;
  /** As in the packet: 16 bits. */
  readonly sequenceNumber: number;
  readonly at: Millis;
}

/** The least that is a listener: it joins without encryption, acknowledges, and notes when what came. */
export class LightListener {
  readonly media: LightArrival[] = [];
  readonly control: { readonly message: RtcpMessage; readonly at: Millis }[] = [];
  readonly address: Address;
  info: AcceptInfo | undefined;
  readonly #world: VirtualWorld;
  readonly #clientRandom: Uint8Array;
  #lane: Lane | undefined;

  constructor(world: VirtualWorld, index: number) {
    this.#world = world;
    this.#clientRandom = new SeededRng(7_000_000 + index).bytes(16);
    this.address = { hostname: `10.7.${index >> 8}.${index & 255}`, port: FIRST_PORT };
    world.net.attach(this.address, (datagram) => this.#read(datagram));
  }

  hello(): void {
    this.#send(serializeAdmission({ type: "hello", clientRandom: this.#clientRandom }));
  }

  /** Says it to the host. */
  tell(...messages: RtcpMessage[]): void {
    this.#send(serializeRtcp(messages));
  }

  /** An empty report. */
  report(...more: RtcpMessage[]): void {
    this.tell({ type: "receiverReport", ssrc: this.info!.listenerSsrc, reports: [] }, ...more);
  }

  #send(datagram: Uint8Array): void {
    this.#world.net.send(datagram, this.address, HOST, this.#world.now);
  }

  #read(datagram: Uint8Array): void {
    const kind = demux(datagram);
    assert(kind.ok);
    if (kind.value === "admission") this.#onAnswer(datagram);
    else if (kind.value === "rtcp") this.#onControl(datagram);
    else {
      const packet = parseRtp(datagram);
      assert(packet.ok);
      const { ssrc, sequenceNumber } = packet.value;
      this.media.push({ ssrc, sequenceNumber, at: this.#world.now });
    }
  }

  #onAnswer(datagram: Uint8Array): void {
    const message = parseAdmission(datagram);
    assert(message.ok);
    const clientRandom = this.#clientRandom;
    if (message.value.type === "retry" && !this.info) {
      const { cookie } = message.value;
      this.#send(serializeAdmission({ type: "join", clientRandom, cookie, info: {} }));
    } else if (message.value.type === "accept" && !this.info) {
      const { listenerSsrc } = this.info = message.value.info;
      this.#lane = new Lane({ ssrc: listenerSsrc, listenerSsrc });
      this.report();
    }
  }

  #onControl(datagram: Uint8Array): void {
    const messages = parseRtcp(datagram);
    assert(messages.ok);
    const at = this.#world.now;
    for (const message of messages.value) this.control.push({ message, at });
    const ofLane = messages.value.filter((message) =>
      message.type === "laneData" || message.type === "laneAck"
    );
    this.#lane?.receive(ofLane, at);
    const answers = this.#lane?.poll(at).flat() ?? [];
    if (answers.length > 0) this.report(...answers);
  }
}

/** Lets so many join, a few at a time. The world's host must not encrypt. */
export function joinLightCrowd(world: VirtualWorld, count: number, first = 0): LightListener[] {
  const crowd = Array.from(
    { length: count },
    (_, index) => new LightListener(world, first + index),
  );
  for (let index = 0; index < count; index += JOINING_AT_ONCE) {
    for (const listener of crowd.slice(index, index + JOINING_AT_ONCE)) listener.hello();
    world.run(BETWEEN_MILLIS);
  }
  world.runUntil(() => crowd.every(({ info }) => info), PATIENCE_MILLIS, "not all have joined");
  return crowd;
}
