import type { Millis } from "../../../shared/core/units.ts";
import type { Destination } from "../../../shared/driver/socket.ts";

/** A receiver of a datagram. */
export interface Recipient {
  /** Read at the moment of sending; another one after a move. */
  readonly destination: Destination;
  /** Nothing is sent to a listener that has left, not even what was queued before. */
  readonly hasLeft: boolean;
  /** The slot in which it gets what goes to a crowd, from 0 to below {@linkcode SLOT_COUNT}; absent: the first. */
  readonly slot?: number;
}

export type JobKind = "media" | "repair" | "parity" | "control";

/** Writes what listeners of a slot get. @param now when it leaves. */
export type SlotWriter = (slot: number, now: Millis) => Uint8Array;

/** A datagram and its receivers. */
export interface Job {
  /** The same bytes for all, or what makes them for each slot. */
  readonly datagram: Uint8Array | SlotWriter;
  /** The list must never change, since it is read later. */
  readonly recipients: readonly Recipient[];
  readonly kind: JobKind;
  /** The SSRC of the stream that it is a packet of; absent where nobody asks. */
  readonly ssrc?: number;
}
