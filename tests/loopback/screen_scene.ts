import assert from "node:assert/strict";
import type { EncodedPicture } from "../../server/origin/screen/picture.ts";
import type { ListenerOutput } from "../../client/interface/output.ts";
import type { ListenerConfig } from "../../client/interface/config.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ScreenCodec } from "../../shared/media/channel.ts";
import { joinAnnexB } from "../../shared/media/video/h264.ts";
import { canonicalBytes } from "../../shared/media/video/screen_frame.ts";
import { numberedFrames } from "../fakes/numbered_frames.ts";
import { MP3 } from "../fakes/mp3_frames.ts";
import type { HostOptions, VirtualHost } from "../fakes/virtual_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld, type WorldOptions } from "../fakes/virtual_world.ts";
import { PPS, SPS } from "../shared/media/video/frames.ts";

/** What a screen is made of. */
export interface ScreenShape {
  readonly codec: ScreenCodec;
  /** Frames a second. */
  readonly rate: number;
  /** Frames from one key frame to the next. */
  readonly keyEvery: number;
  readonly keyBytes: number;
  /** Of the other frames. */
  readonly bytes: number;
  /** The order in which frames are shown, for each group of frames behind a key frame; absent: as they come. */
  readonly shownAt?: (place: number) => number;
}

/** 1.5 Mbit/s: 30 frames a second, a key frame every 2 s. */
export const USUAL: ScreenShape = {
  codec: "h264",
  rate: 30,
  keyEvery: 60,
  keyBytes: 40_000,
  bytes: 5678,
};

const TICKS_PER_SECOND = 90_000;
/** So much is read ahead. */
const BACKLOG_MILLIS: Millis = 1000;
const STEP_MILLIS: Millis = 100;

/** The picture with that number; no two are equal. */
export function pictureOf(index: number, shape: ScreenShape): EncodedPicture {
  const { codec, rate, keyEvery, keyBytes, bytes, shownAt = (place) => place } = shape;
  const place = index % keyEvery;
  const isKey = place === 0;
  const shown = index - place + shownAt(place);
  const content = new Uint8Array((isKey ? keyBytes : bytes) + index % 97).fill(0x55);
  new DataView(content.buffer).setUint32(12, index);
  const common = {
    ticks: Math.round(shown * TICKS_PER_SECOND / rate),
    isKey,
    gapBefore: false,
  };
  if (codec === "h264") {
    content[0] = 0x60 | (isKey ? 5 : 1);
    return { ...common, nalUnits: [content] };
  }
  // Shown, version 0, a first partition of no bytes; 640 by 360.
  content.set([isKey ? 0x10 : 0x11, 0, 0]);
  if (isKey) content.set([0x9d, 0x01, 0x2a, 128, 2, 104, 1], 3);
  return { ...common, bytes: content };
}

function bytesOf(picture: EncodedPicture): Uint8Array {
  return "nalUnits" in picture ? joinAnnexB(picture.nalUnits) : picture.bytes;
}

/** A frame that a listener showed, by the world's clock. */
export interface Shown {
  readonly number: number;
  readonly at: Millis;
  readonly isKey: boolean;
}

/** A host with a screen, and its listeners, in virtual time. */
export class ScreenScene {
  readonly world: VirtualWorld;
  readonly host: VirtualHost;
  /** What each listener showed. */
  readonly shown = new Map<VirtualListener, Shown[]>();
  #pushed = 0;
  /** The number of the source's first frame. */
  #firstNumber = 0;
  #hasEnded = false;

  constructor(
    readonly shape: ScreenShape,
    world: WorldOptions,
    host: HostOptions = {},
  ) {
    this.world = new VirtualWorld(world);
    const { codec } = shape;
    const screen = codec === "h264" ? { codec, parameterSets: [SPS, PPS] } : { codec };
    const audio = { ...MP3, sampleRate: 44_100 };
    this.host = this.world.startHost(
      { audio, hasEvents: false, screen, ...host },
      numberedFrames(),
    );
    this.#feed();
  }

  addListener(config: Partial<ListenerConfig> = { latency: 200 }): VirtualListener {
    return this.world.addListener(config);
  }

  /** Lets time pass, and checks all that is shown. */
  run(millis: Millis): void {
    for (const end = this.world.now + millis; this.world.now < end;) {
      this.#feed();
      this.world.run(Math.min(STEP_MILLIS, end - this.world.now));
      this.#take();
    }
  }

  runUntil(condition: () => boolean, limit: Millis, what: string): void {
    const end = this.world.now + limit;
    while (!condition()) {
      if (this.world.now >= end) throw new Error(`${what}: not within ${limit} ms`);
      this.run(STEP_MILLIS);
    }
  }

  /** The source ends and comes back, at once and with its first picture; frames are numbered on. */
  restart(): void {
    const { codec } = this.shape;
    this.world.tell(({ core }) => core.endScreen(this.world.hostNow));
    this.#hasEnded = true;
    this.run(2500);
    const screen = codec === "h264" ? { codec, parameterSets: [SPS, PPS] } : { codec };
    this.world.tell(({ core }) => core.openScreen(screen, this.world.hostNow));
    this.#firstNumber = (this.shown.get(this.world.listeners[0]!)?.at(-1)?.number ?? -1) + 1;
    this.#pushed = 0;
    this.#hasEnded = false;
  }

  /** Ends the source; all that waits is still sent, and the broadcast ends. */
  finish(): void {
    this.#hasEnded = true;
    this.world.tell(({ core }) => core.endScreen(this.world.hostNow));
    this.run(3000);
    this.world.finish();
    this.#take();
  }

  shownBy(listener: VirtualListener): readonly Shown[] {
    return this.shown.get(listener) ?? [];
  }

  #feed(): void {
    const { core } = this.host;
    while (!this.#hasEnded && core.screenBacklog < BACKLOG_MILLIS) {
      const picture = pictureOf(this.#pushed++, this.shape);
      this.world.tell(({ core }) => core.pushPicture(picture, this.world.hostNow));
    }
  }

  #take(): void {
    for (const listener of this.world.listeners) {
      const shown = this.shown.get(listener) ?? [];
      this.shown.set(listener, shown);
      for (const output of listener.outputs) {
        if (output.kind === "frame") shown.push(this.#check(listener, output, shown.at(-1)));
      }
      const others = listener.outputs.filter(({ kind }) => kind !== "frame" && kind !== "audio");
      listener.outputs.splice(0, Infinity, ...others);
    }
  }

  /** Never a wrong picture: the frame is as in the source, and nothing is missing since the last key frame. */
  #check(
    listener: VirtualListener,
    { frame, at }: Extract<ListenerOutput, { kind: "frame" }>,
    before: Shown | undefined,
  ): Shown {
    const number = frame.frameNumber;
    // What was shown at a restart is of the source before.
    const index = number >= this.#firstNumber ? number - this.#firstNumber : number;
    const picture = pictureOf(index, this.shape);
    assert.ok(areEqual(canonicalBytes(frame), bytesOf(picture)), `frame ${number} is another`);
    if (this.#firstNumber === 0) assert.equal(frame.ticks, picture.ticks);
    assert.ok(
      frame.isKey || number === before!.number + 1,
      `before frame ${number} one is missing`,
    );
    return { number, at: at + listener.behind, isKey: frame.isKey };
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
