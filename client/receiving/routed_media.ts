import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import type { RtpPacket } from "../../shared/rtp/rtp.ts";

/**
 * How a stream's packets come: as they were sent first, sent again (RFC 4588), or as parity (RFC 8627).
 * Each way has an SSRC, numbers and a payload type of its own.
 */
export type MediaWay = "original" | "again" | "parity";

export interface RoutedMedia {
  readonly way: MediaWay;
  /** As the host made it: the original, if it was sent again. */
  readonly media: RtpPacket;
  /** The one it came under, among those that come this way. */
  readonly number: ExtendedSequence;
  /** Of an event: the number in its stream that its own count says. */
  readonly place?: ExtendedSequence;
}

/** The packet that came last, in whatever way but as parity. */
export interface NewestPacket {
  /** Of the stream that it came in. */
  readonly ssrc: number;
  readonly sequence: ExtendedSequence;
  readonly at: Millis;
}
