/**
 * The counts of one channel. They add up, and tests check this identity at every moment:
 *
 *     packetsExpected = (packetsReceived - originals discarded as late)
 *                     + repaired in time + residualLost
 *
 * Names are those of webrtc-stats where it has one.
 */
import type { ChannelName } from "../media/channel.ts";
import type { Millis, Seconds } from "../core/units.ts";

/** The counts of one channel; the identity of this folder holds for them at every moment. */
export interface ChannelLedger {
  readonly channel: ChannelName;
  readonly ssrc: number;
  /** Highest sequence known to be sent (from a packet or a sender report) - base + 1. */
  readonly packetsExpected: number;
  /** Originals that arrived, each counted once. */
  readonly packetsReceived: number;
  /** `packetsExpected - packetsReceived`: what the network dropped, before any repair. */
  readonly networkLost: number;
  /** Copies beyond the first of a packet. */
  readonly packetsDuplicated: number;
  /** Originals that arrived after one with a higher number (RFC 4737 section 3). */
  readonly packetsReordered: number;
  /**
   * Packets lost on the network and repaired in time. An original that arrives after its repair was
   * not lost: it is counted as received, and its repair is no longer counted.
   */
  readonly packetsRepaired: { readonly nack: number; readonly fec: number };
  /** Originals that arrived too late to play. */
  readonly packetsDiscarded: number;
  /** Packets that could not be played: late, or lost and not repaired in time. */
  readonly residualLost: number;
  /** `networkLost / packetsExpected`; 0 when nothing is expected. */
  readonly fractionLost: number;
  /** Interarrival jitter (RFC 3550 appendix A.8). */
  readonly jitter: Seconds;
  /** Requests sent for missing packets. */
  readonly nackCount: number;
  /** Retransmissions that arrived, in time or not, needed or not. */
  readonly retransmittedPacketsReceived: number;
  /** Parity packets that arrived, each counted once, and their payload bytes. */
  readonly fecPacketsReceived: number;
  readonly fecBytesReceived: number;
  /** Payload bytes of received originals, RTP headers not counted (webrtc-stats `bytesReceived`). */
  readonly bytesReceived: number;
  /** The sum over all emitted packets of the time from arrival to leaving the jitter buffer. */
  readonly jitterBufferDelay: Seconds;
  readonly jitterBufferEmittedCount: number;
  /** The longest run of packets in a row that could not be played. */
  readonly maxGap: number;
  /** The current target delay of the jitter buffer. */
  readonly jitterBufferTargetDelay: Seconds;
  /** Only channels of frames have these; names and meaning as in webrtc-stats. */
  readonly framesReceived?: number;
  readonly framesDropped?: number;
  readonly keyFramesReceived?: number;
  readonly freezeCount?: number;
  readonly totalFreezesDuration?: Seconds;
  readonly pliCount?: number;
  /** Only channels of messages have these: whole and authentic ones, and those that were never shown. */
  readonly messagesReceived?: number;
  readonly messagesDropped?: number;
}

/** Every channel's ledger at one moment. */
export interface LedgerSnapshot {
  readonly at: Millis;
  /** RFC 3550 section 6.4.1; undefined until there is a measurement. */
  readonly roundTripTime?: Seconds;
  readonly channels: readonly ChannelLedger[];
  /** Unusable datagrams, counted by name. */
  readonly junk: Readonly<Record<string, number>>;
}
