import type { ExtendedSequence, Millis } from "../../../shared/core/units.ts";

/** A packet of a frame or of a message, as it is sent. */
export interface PartSent {
  readonly sequence: ExtendedSequence;
  readonly bytes: number;
  readonly isKey: boolean;
  /** Of the frame, or of the message. */
  readonly number: number;
  /** Whether it is the last one of its frame or message. */
  readonly isLast: boolean;
  /** When the packet was ready to be sent. */
  readonly readyAt: Millis;
}

/** Where a listener that joins late begins: it gets all packets from there on. */
export interface EntryPoint {
  /** The first packet that it gets; undefined before there is one. */
  readonly start: ExtendedSequence | undefined;
  /** The bytes of the largest key frame, or message, of late: so much may have to be sent again at once. */
  readonly largestBytes: number;
  /** @returns when the packet's frame or message was ready to be sent, from which on its time runs. */
  onPacket(part: PartSent): Millis;
}
