import type { Address } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName, Codec } from "../../shared/media/channel.ts";
import type { Join, RejectCode } from "../../shared/admission/admission.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { ReceptionReport } from "../../shared/rtcp/rtcp.ts";

/** Why a listener is no longer in; "rejoined" when it came back from another address, or another client from its. */
export type LeaveReason = "bye" | "silent" | "shutdown" | "rejoined" | PutOutReason;
/** What became of its token; it is "early" again when the time of day was set back to before its beginning. */
export type PutOutReason = "revoked" | "expired" | "early";

/** A channel that was not there from the beginning. */
export interface ChannelStarted {
  readonly kind: "channel-started";
  readonly channel: ChannelName;
  readonly codec: Codec;
  readonly ssrc: number;
}

export interface ListenerJoined {
  readonly kind: "listener-joined";
  /** The connection id, 16 hexadecimal digits. */
  readonly id: string;
  readonly address: Address;
  readonly name?: string;
  /** Whom its token was made for, when it is a signed one. */
  readonly tokenName?: string;
  /** How many are in now. */
  readonly listeners: number;
}

export interface ListenerLeft {
  readonly kind: "listener-left";
  readonly id: string;
  readonly address: Address;
  readonly name?: string;
  readonly tokenName?: string;
  readonly reason: LeaveReason;
  readonly listeners: number;
  /** What it last reported of each channel. */
  readonly lastReport?: readonly ReceptionReport[];
}

/** A listener whose address changed, as when its NAT gave it another. */
export interface ListenerMoved {
  readonly kind: "listener-moved";
  readonly id: string;
  readonly address: Address;
  readonly before: Address;
  readonly name?: string;
  readonly tokenName?: string;
}

export interface Rejected {
  readonly kind: "rejected";
  readonly address: Address;
  readonly code: RejectCode;
  readonly reason: string;
}

/** Refusals that were not told one by one, of about a second. */
export interface MoreRejected {
  readonly kind: "more-rejected";
  readonly count: number;
  /** How many of each {@linkcode RejectCode}; together they are `count`. */
  readonly codes: Readonly<Partial<Record<number, number>>>;
}

/** What one channel has sent since the start, each packet counted once. */
export interface ChannelTotals {
  readonly channel: ChannelName;
  readonly ssrc: number;
  readonly packetCount: number;
  /** Payload bytes. */
  readonly octetCount: number;
}

/**
 * Why a packet that a listener asks for is not sent again: it was never sent, it is too old, or the
 * listener has had its share of retransmissions for now.
 */
export type Unanswered = "neverSent" | "gone" | "overBudget";

/** Once a second; all but `listeners` count from the start. */
export interface ServerStats {
  readonly kind: "stats";
  readonly listeners: number;
  /** RTP packets given to the network, each copy counted, those sent again and parity included. */
  readonly packetsSent: number;
  /** Their bytes, RTP headers included. */
  readonly bytesSent: number;
  /** Of these, packets sent again. */
  readonly retransmitted: number;
  /** Of these, packets of parity. */
  readonly fecPacketsSent: number;
  /**
   * RTP packets encrypted: each once, however many listeners it goes to. One that is sent again is
   * encrypted anew, once for all who ask for it at about the same time.
   */
  readonly packetsEncrypted: number;
  /** Packets that were asked for and not sent again: see {@linkcode Unanswered}. */
  readonly unanswered: Readonly<Partial<Record<Unanswered, number>>>;
  /** Copies that found the queue to the network full, or that of what waits for its time. */
  readonly overflowed: number;
  readonly channels: readonly ChannelTotals[];
  /** Received datagrams that were dropped, by name. */
  readonly junk: Readonly<Partial<Record<JunkName, number>>>;
}

/** What a {@linkcode ServerCore} has to say, in the order it happened. */
export type ServerOutput =
  | { readonly kind: "started"; readonly at: Millis }
  | ChannelStarted
  | ListenerJoined
  | ListenerLeft
  | ListenerMoved
  | Rejected
  | { readonly kind: "event-sent"; readonly event: TimelineEvent }
  | ServerStats
  | { readonly kind: "notice"; readonly level: "info" | "warning" | "error"; readonly text: string }
  | { readonly kind: "ended"; readonly reason: string };

/** What is told to people, scripts and the log. */
export type ToldOutput = ServerOutput | MoreRejected;

/** Asks for a JOIN to be looked into, and for the outcome to come back as `onExamined`. It may hold a token. */
export interface ExamineJoin {
  readonly kind: "examine-join";
  readonly id: number;
  readonly join: Join;
}

/** What the core gives to whoever runs it. */
export type CoreOutput = ServerOutput | ExamineJoin;
