import type { ExtendedSequence, Millis, RtpTicks } from "../../../shared/core/units.ts";

/** A packet of a stream, its numbers unwrapped. */
export interface Arrival {
  readonly sequence: ExtendedSequence;
  readonly ticks: RtpTicks;
  readonly arrivedAt: Millis;
  /** Whether it is the last packet of its frame. */
  readonly marker?: boolean;
  /** The frame that it is a part of, unwrapped; of a screen alone. */
  readonly frameNumber?: number;
  /** A copy, never a view of the socket's buffer. */
  readonly payload: Uint8Array;
}
