import { concat } from "../../../shared/core/bytes.ts";
import type { Millis } from "../../../shared/core/units.ts";
import { joinAnnexB } from "../../../shared/media/video/h264.ts";
import type { CaptureMessage } from "../../../shared/studio/capture_messages.ts";
import type { StudioMedia } from "../../../shared/studio/studio_media.ts";
import { BrowserMedia } from "../../../server/studio/browser_media.ts";
import type { CaptureOutput } from "../../../server/studio/capture_output.ts";
import { bytesOf, keySlice, PPS, slice, SPS } from "../../shared/media/video/frames.ts";

export const START: Millis = 1_790_000_000_000;
export const SOUND: CaptureMessage = {
  kind: "sound-format",
  codec: "opus",
  sampleRate: 48_000,
  channelCount: 2,
};
export const SCREEN: CaptureMessage = {
  kind: "screen-format",
  codec: "h264",
  width: 1280,
  height: 720,
};
/** Made by x264 in the profiles High and Baseline, of other sizes than {@linkcode SPS}. */
export const HIGH_SPS = bytesOf("67640028acd940780227e5c044000003000400000300503c60c658");

/** A 20 ms packet of CELT in stereo, filled with `value`. */
export function opus(value = 1): Uint8Array {
  return Uint8Array.of(0xfc, ...new Array(40).fill(value));
}

export function keyFrame(size = 500, sets: readonly Uint8Array[] = [SPS, PPS]): Uint8Array {
  return joinAnnexB([...sets, begun(keySlice(size))]);
}

export function deltaFrame(size = 100): Uint8Array {
  return joinAnnexB([begun(slice(size))]);
}

/** A slice that begins with macroblock 0, as the first of a picture does. */
function begun(unit: Uint8Array): Uint8Array {
  return unit.with(1, unit[1]! | 0x80);
}

/** A VP8 key frame of this size, or a frame that is none. */
export function vp8(width?: number, height = 0): Uint8Array {
  const body = new Uint8Array(20).fill(7);
  if (width === undefined) return concat(Uint8Array.of(0x11, 0, 0), body);
  const size = Uint8Array.of(width & 255, width >> 8, height & 255, height >> 8);
  return concat(Uint8Array.of(0x10, 0, 0, 0x9d, 1, 0x2a), size, body);
}

/** A page whose clock began with it, and what the host makes of its messages. */
export class Page {
  readonly media = new BrowserMedia();
  readonly outputs: CaptureOutput[] = [];
  /** The page's clock when it is this time at the host. */
  clockOf: (now: Millis) => number = (now) => (now - START) * 1000 + 5_000_000;
  now: Millis = START;

  constructor() {
    this.media.onPage();
  }

  say(message: CaptureMessage): CaptureOutput[] {
    return this.#note(this.media.onMessage(message, this.now));
  }

  /** @param delay how long the message was on its way: it arrives now. */
  bring(kind: StudioMedia["kind"], bytes: Uint8Array, delay: Millis = 2): CaptureOutput[] {
    return this.bringAt(kind, bytes, this.clockOf(this.now - delay));
  }

  bringAt(kind: StudioMedia["kind"], bytes: Uint8Array, at: number): CaptureOutput[] {
    return this.#note(this.media.onMedia({ kind, isKey: false, at, bytes }, this.now));
  }

  /** Waits, and tells the core when it wants to be told. */
  wait(millis: Millis): CaptureOutput[] {
    const end = this.now + millis;
    const outputs: CaptureOutput[] = [];
    while (this.media.deadline <= end) {
      this.now = Math.max(this.now, this.media.deadline);
      outputs.push(...this.#note(this.media.advance(this.now)));
    }
    this.now = end;
    return outputs;
  }

  #note(outputs: CaptureOutput[]): CaptureOutput[] {
    this.outputs.push(...outputs);
    return outputs;
  }
}

export function kindsOf(outputs: readonly CaptureOutput[]): string[] {
  return outputs.map((output) =>
    "channel" in output ? `${output.kind} ${output.channel}` : output.kind
  );
}
