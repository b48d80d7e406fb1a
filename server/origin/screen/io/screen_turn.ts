import type { AudioFormat, EncodedFrame } from "../../../../shared/media/channel.ts";
import type { RtpTicks } from "../../../../shared/core/units.ts";
import type { ByteSourceContext } from "../../io/bytes/location.ts";
import type { EncodedPicture, ScreenFormat } from "../picture.ts";

/** A frame of sound, and when it is heard by the clock of the pictures beside it. */
export interface TimedFrame {
  readonly frame: EncodedFrame;
  readonly ticks: RtpTicks;
}

export interface TurnSound {
  readonly format: AudioFormat;
  /** To be called once. */
  frames(): AsyncGenerator<TimedFrame>;
}

/** A location opened once, from its beginning to its end. */
export interface ScreenTurn {
  readonly format: ScreenFormat;
  readonly isLive: boolean;
  /** When the first picture is shown, by the source's clock. */
  readonly firstTicks: RtpTicks;
  /** From the first key frame on, in decoding order, by the source's clock. To be called once. */
  pictures(): AsyncGenerator<EncodedPicture>;
  readonly sound?: TurnSound;
  /** What follows when the bytes began anew within this turn, as after a lost connection; else undefined. */
  next(): Promise<ScreenTurn | undefined>;
  close(): Promise<void>;
}

export interface TurnContext extends ByteSourceContext {
  /** Pictures in a second where the source has no times; when absent, those that it says. */
  readonly rate?: number;
  /** Whether the sound of the source is wanted. */
  readonly wantsSound: boolean;
  /** Told that the source has no times, and whether a rate is given or said by the source. */
  readonly onNoTimes: (hasRate: boolean) => void;
}
