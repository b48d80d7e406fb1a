import assert from "node:assert/strict";
import type { ListenerConfig } from "../../client/interface/config.ts";
import type { ListenerOutput } from "../../client/interface/output.ts";
import type { CheckedMessage } from "../../server/origin/data/message_check.ts";
import type { Millis } from "../../shared/core/units.ts";
import { openImage } from "../../shared/data/data_message.ts";
import type { HostOptions, VirtualHost } from "../fakes/virtual_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld, type WorldOptions } from "../fakes/virtual_world.ts";
import { MP3 } from "../fakes/mp3_frames.ts";
import { numberedFrames } from "../fakes/numbered_frames.ts";
import { noiseOf, numbered, withNoise } from "../server/origin/data/messages.ts";

/** What a source of live data gives. */
export interface DataShape {
  /** Messages a second. */
  readonly rate: number;
  /** Messages from one with a picture to the next. */
  readonly pictureEvery: number;
  readonly pictureBytes: number;
}

/** 50 messages a second, a picture of 120 kB in every tenth: 5 Mbit/s. */
export const USUAL: DataShape = { rate: 50, pictureEvery: 10, pictureBytes: 120_000 };

/** A message that a listener gave out, by the world's clock. */
export interface Given {
  /** Its place in the source. */
  readonly index: number;
  readonly count: number;
  readonly at: Millis;
}

/** A host with live data, and its listeners, in virtual time. */
export class DataScene {
  readonly world: VirtualWorld;
  readonly host: VirtualHost;
  /** When each message of the source was pushed. */
  readonly pushedAt: Millis[] = [];
  readonly #given = new Map<VirtualListener, Given[]>();
  readonly #shape: DataShape;
  #nextAt: Millis;
  #hasEnded = false;

  constructor(shape: DataShape, world: WorldOptions, host: HostOptions = {}) {
    this.#shape = shape;
    this.world = new VirtualWorld(world);
    const audio = { ...MP3, sampleRate: 44_100 };
    const options = { audio, hasEvents: false, hasData: true, dataStaysOpen: true, ...host };
    this.host = this.world.startHost(options, numberedFrames());
    this.#nextAt = this.world.now;
  }

  addListener(config: Partial<ListenerConfig> = { latency: 200 }): VirtualListener {
    return this.world.addListener(config);
  }

  /** Lets time pass, and checks all that is given out. */
  run(millis: Millis): void {
    const end = this.world.now + millis;
    for (; this.#nextAt <= end; this.#nextAt += 1000 / this.#shape.rate) {
      this.world.run(this.#nextAt - this.world.now);
      this.#push();
    }
    this.world.run(end - this.world.now);
    this.#take();
  }

  start(): void {
    const end = this.world.now + 5000;
    while (this.host.said("started").length === 0 && this.world.now < end) this.run(100);
  }

  /** Ends the source and the broadcast. */
  finish(): void {
    this.pause();
    this.run(1000);
    this.world.finish();
    this.#take();
  }

  /** The source gives nothing for now. */
  pause(): void {
    this.#hasEnded = true;
  }

  resume(): void {
    this.#hasEnded = false;
  }

  givenBy(listener: VirtualListener): readonly Given[] {
    return this.#given.get(listener) ?? [];
  }

  /** How long after its push each message was given out. */
  ages(listener: VirtualListener): Millis[] {
    return this.givenBy(listener).map(({ index, at }) => at - this.pushedAt[index]!);
  }

  #push(): void {
    if (this.#hasEnded) return;
    const index = this.pushedAt.push(this.world.now) - 1;
    const message = messageAt(index, this.#shape);
    this.world.tell(({ core }) => core.pushData(message, this.world.hostNow));
  }

  #take(): void {
    for (const listener of this.world.listeners) {
      const given = this.#given.get(listener) ?? [];
      this.#given.set(listener, given);
      for (const output of listener.outputs) {
        if (output.kind === "data") given.push(this.#check(listener, output, given.at(-1)));
      }
      const others = listener.outputs.filter(({ kind }) => kind !== "data" && kind !== "audio");
      listener.outputs.splice(0, Infinity, ...others);
    }
  }

  /** It is the source's, and comes in order. */
  #check(
    listener: VirtualListener,
    { message, at }: Extract<ListenerOutput, { kind: "data" }>,
    before: Given | undefined,
  ): Given {
    const { count, values } = message.head;
    const index = values["index"] as number;
    const image = openImage(message);
    const { pictureBytes } = this.#shape;
    const expected = hasPicture(index, this.#shape) ? noiseOf(index, pictureBytes) : undefined;
    assert.ok(image.ok && areEqual(image.value, expected), `the picture of message ${index}`);
    if (before) assert.ok(count > before.count, `message ${count} came after ${before.count}`);
    return { index, count, at: at + listener.behind };
  }
}

function hasPicture(index: number, { pictureEvery }: DataShape): boolean {
  return index % pictureEvery === pictureEvery - 1;
}

function messageAt(index: number, shape: DataShape): CheckedMessage {
  return hasPicture(index, shape) ? withNoise(index, shape.pictureBytes) : numbered(index);
}

function areEqual(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (!one || !other) return one === other;
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
