import type { ChannelName } from "../media/channel.ts";
import type { Millis, Seconds } from "../core/units.ts";

/**
 * What a listener knows of one channel: counts that add up. The identity, which every test holds:
 *
 *     packetsExpected = (packetsReceived - originals discarded as late)
 *                     + repaired in time + residualLost
 *
 * Names are webrtc-stats' where it has one.
 */
export interface ChannelLedger {
  readonly channel: ChannelName;
  readonly ssrc: number;
  /** Highest sequence known to be sent (by a packet or a sender report) - base + 1. */
  readonly packetsExpected: number;
  /** Originals that arrived, each counted once. */
  readonly packetsReceived: number;
  /** `packetsExpected - packetsReceived`: what the network kept, before any repair. */
  readonly networkLost: number;
  /** Copies beyond the first of a packet. */
  readonly packetsDuplicated: number;
  /** Originals that arrived after one with a higher number (RFC 4737 section 3). */
  readonly packetsReordered: number;
  /**
   * Lost on the network, and come again in time. An original that arrives after its repair was not
   * lost: it is counted as received, and its repair no longer as one.
   */
  readonly packetsRepaired: { readonly nack: number; readonly fec: number };
  /** Originals that arrived too late to play. */
  readonly packetsDiscarded: number;
  /** What could not be played: lost and not repaired in time, or late. */
  readonly residualLost: number;
  /** `networkLost / packetsExpected`; 0 when nothing is expected. */
  readonly fractionLost: number;
  /** Interarrival jitter (RFC 3550 appendix A.8). */
  readonly jitter: Seconds;
  /** Requests sent for missing packets. */
  readonly nackCount: number;
  /** Packets that came again, in time or not, wanted or not. */
  readonly retransmittedPacketsReceived: number;
  /** Parity packets that came, each counted once, and their payload bytes: what that repair costs. */
  readonly fecPacketsReceived: number;
  readonly fecBytesReceived: number;
  /** Payload bytes of received originals, RTP headers not counted (webrtc-stats `bytesReceived`). */
  readonly bytesReceived: number;
  /** Summed over emitted packets, from arrival to leaving the jitter buffer. */
  readonly jitterBufferDelay: Seconds;
  readonly jitterBufferEmittedCount: number;
  /** The longest run of packets in a row that could not be played. */
  readonly maxGap: number;
  /** The delay that the jitter buffer holds right now. */
  readonly jitterBufferTargetDelay: Seconds;
}

/** Every channel's ledger at one moment. */
export interface LedgerSnapshot {
  readonly at: Millis;
  /** RFC 3550 section 6.4.1; undefined until the host has measured and told it. */
  readonly roundTripTime?: Seconds;
  readonly channels: readonly ChannelLedger[];
  /** Datagrams that could not be used, by name. */
  readonly junk: Readonly<Record<string, number>>;
}
