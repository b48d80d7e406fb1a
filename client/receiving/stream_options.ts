import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import type { ChannelDescription } from "../../shared/admission/channel_description.ts";
import type { ChannelNumbers } from "../../shared/admission/channel_numbers.ts";
import type { DataVerifier } from "../../shared/data/signed_data.ts";
import type { RoundTrip } from "../../shared/rtcp/round_trip.ts";
import type { SharedLatency } from "./clock/shared_latency.ts";
import type { PacketWatch } from "../interface/packet_watch.ts";
import type { Debt } from "./stream_ledger.ts";

/** The packet that came last, parity excepted. */
export interface NewestPacket {
  /** The SSRC it was sent under; retransmissions have another than originals. */
  readonly ssrc: number;
  readonly sequence: ExtendedSequence;
  readonly at: Millis;
}

/** What is known of a stream's channel: its numbers, and later also its name and codec. */
export type StreamInfo = ChannelNumbers & Partial<ChannelDescription>;

/** What a stream takes over from earlier streams of the same channel. */
export interface Inheritance {
  /** How many events of this timeline are known: the first wanted event comes after them. */
  readonly knownEvents: number;
  /** The missing events of the stream that this one replaces. */
  readonly debt: Debt | undefined;
}

export interface StreamOptions extends Inheritance {
  /** Of all channels of the listener. */
  readonly latency: SharedLatency;
  readonly roundTrip: RoundTrip;
  /** What the signatures of messages are checked with; it gives undefined where the host does not sign. */
  readonly verifier: () => DataVerifier | undefined;
  readonly packetWatch?: PacketWatch | undefined;
  /** Whether this program's own machine makes packets late; absent: never. */
  readonly isStrained?: () => boolean;
  /** Messages up to this count were given out by the stream of the same SSRC that this one replaces. */
  readonly shownUpTo?: number | undefined;
}
