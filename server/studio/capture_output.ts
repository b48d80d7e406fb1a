import type { Millis } from "../../shared/core/units.ts";
import type { AudioFormat, EncodedFrame } from "../../shared/media/channel.ts";
import type { CaptureControl } from "../../shared/studio/capture_messages.ts";
import type { EncodedPicture, ScreenFormat } from "../origin/screen/picture.ts";
import type { Oddity } from "./oddities.ts";

/** What comes of the messages of the page, in this order. */
export type CaptureOutput =
  /** The channel begins: a first good packet or key frame is there, and directly follows. */
  | { readonly kind: "sound-started"; readonly format: AudioFormat }
  | { readonly kind: "screen-started"; readonly format: ScreenFormat }
  /**
   * @property at when it began by the host's clock. It directly follows the packet before it, unless a pause
   * or a hold-up was between them.
   */
  | { readonly kind: "sound"; readonly frame: EncodedFrame; readonly at: Millis }
  /** @property at when it was captured, by the host's clock; `picture.ticks` is the same in 90 kHz. */
  | { readonly kind: "picture"; readonly picture: EncodedPicture; readonly at: Millis }
  /** The pictures have this size from the next one on, which is a key frame. The channel stays. */
  | { readonly kind: "screen-resized"; readonly format: ScreenFormat }
  /** Nothing has come for a while, and something has come again; the channel stays. */
  | { readonly kind: "paused" | "resumed"; readonly channel: "audio" | "screen" }
  /** The host ended the channel on the page, or the page brings another format, which needs another channel. */
  | { readonly kind: "sound-stopped" }
  | { readonly kind: "screen-stopped" }
  /** For the page. */
  | { readonly kind: "control"; readonly control: CaptureControl }
  /** For the host. */
  | { readonly kind: "warning"; readonly text: string };

/** Something was refused or changed. It is counted, and said now and then. */
export interface OddOutput {
  readonly kind: "odd";
  readonly oddity: Oddity;
  readonly detail?: string;
}

export type MediumOutput = CaptureOutput | OddOutput;
