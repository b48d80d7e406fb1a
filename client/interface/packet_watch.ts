import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";

/**
 * What a listener knows of one packet.
 *
 * - `received`: its original came for the first time, and `overtaken`: after one with a higher number.
 * - `duplicate`: another copy of its original came.
 * - `late`: its original came, but too late to be played.
 * - `requested`: the host was asked for it again.
 * - `retransmitted`, `recovered`: it was lost and came in time, by retransmission or from parity.
 * - `repaired-late`: it came so, but too late.
 * - `played`: it left the jitter buffer. All before it that did not come are passed over.
 */
export type PacketNewsKind =
  | "received"
  | "overtaken"
  | "duplicate"
  | "late"
  | "requested"
  | "retransmitted"
  | "recovered"
  | "repaired-late"
  | "played";

export interface PacketNews {
  readonly what: PacketNewsKind;
  /** Of the stream of originals, also for a repair. */
  readonly ssrc: number;
  readonly sequence: ExtendedSequence;
  readonly at: Millis;
}

/** Is told of each packet, at once: it must be quick, and must not call the listener. */
export type PacketWatch = (news: PacketNews) => void;
