import type { SendErrorName } from "../../shared/driver/send_errors.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { ChannelName, Codec } from "../../shared/media/channel.ts";
import type { Join, RejectCode } from "../../shared/admission/admission.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { JunkName } from "../../shared/core/parsed.ts";
import type { Candidate, ReportRefusal } from "../../shared/report/report.ts";
import type { ReceptionReport } from "../../shared/rtcp/rtcp.ts";

/**
 * Why a session ended. "rejoined": its client joined from elsewhere, or another client from its address.
 * "put-out": by the host.
 */
export type LeaveReason = "bye" | "silent" | "shutdown" | "rejoined" | "put-out" | PutOutReason;
/** Why its token is no longer valid. "early": the clock was set back to before the token's beginning. */
export type PutOutReason = "revoked" | "expired" | "early";

/** A channel that began after the broadcast was opened. */
export interface ChannelStarted {
  readonly kind: "channel-started";
  readonly channel: ChannelName;
  readonly codec: Codec;
  readonly ssrc: number;
}

/** The source of a channel is gone and may come back, or is back. */
export interface ChannelPaused {
  readonly kind: "channel-paused" | "channel-resumed";
  readonly channel: ChannelName;
  readonly codec: Codec;
}

/** The host has named the teams on its page. */
export interface TeamsNamed {
  readonly kind: "teams";
  readonly home: string;
  readonly away: string;
}

/** A channel that the host stopped; the broadcast goes on. */
export interface ChannelEnded {
  readonly kind: "channel-ended";
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
  /** For whom its token was made, when the token is a signed one. */
  readonly tokenName?: string;
  /** How many listeners there are now. */
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
  /** Its last reception report of each channel. */
  readonly lastReport?: readonly ReceptionReport[];
}

/** A listener whose address changed, for example because its NAT chose another one. */
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

/** Refusals of about a second that were not reported one by one. */
export interface MoreRejected {
  readonly kind: "more-rejected";
  readonly count: number;
  /** How many of each {@linkcode RejectCode}; their sum is `count`. */
  readonly codes: Readonly<Partial<Record<number, number>>>;
}

/** What one channel has sent since the start; each packet counts once, whatever the number of listeners. */
export interface ChannelTotals {
  readonly channel: ChannelName;
  readonly ssrc: number;
  readonly packetCount: number;
  /** Payload bytes. */
  readonly octetCount: number;
}

/**
 * Why a requested packet is not sent again: it was never sent, it is no longer in the history, it left after the
 * request was written, or the listener's budget of retransmissions is used up for now, or that of all listeners.
 */
export type Unanswered = "neverSent" | "gone" | "tooEarly" | "overBudget" | "overTotal";

/**
 * Why a requested fragment of past events is not sent: the host lacks the block, too much waits for the listener,
 * or the listener's budget is used up for now.
 */
export type PastUnanswered = "unknownBlock" | "queueFull" | "overBudget";

/** What became of the messages of live data; `received` is the sum of the others and of what is under way. */
export interface DataTotals {
  /** Messages that came from the source. */
  readonly received: number;
  /** Those that were wrong in themselves, or against the set-up. */
  readonly refused: number;
  /** Those in whose place a newer one was sent, because they came faster than they could leave. */
  readonly superseded: number;
  readonly sent: number;
}

/** Given once a second; all numbers but `listeners` count from the start. */
export interface ServerStats {
  readonly kind: "stats";
  readonly listeners: number;
  /** RTP packets that the system took for the network: each copy counts, retransmissions and parity included. */
  readonly packetsSent: number;
  /** Their bytes, RTP headers included. */
  readonly bytesSent: number;
  /** Retransmissions among `packetsSent`. */
  readonly retransmitted: number;
  /** Parity packets among `packetsSent`. */
  readonly fecPacketsSent: number;
  /**
   * RTP packets encrypted: each once, whatever the number of listeners. A retransmission is encrypted
   * again, once for all listeners that request it at about the same time.
   */
  readonly packetsEncrypted: number;
  /** Requested packets that were not sent again: see {@linkcode Unanswered}. */
  readonly unanswered: Readonly<Partial<Record<Unanswered, number>>>;
  /** How often listeners needed a key frame, counted at most once a second. */
  readonly keyFrameRequests: number;
  /** Fragments of past events sent. */
  readonly pastFragmentsSent: number;
  /** Requested fragments of past events that were not sent: see {@linkcode PastUnanswered}. */
  readonly pastUnanswered: Readonly<Partial<Record<PastUnanswered, number>>>;
  /** Copies dropped because the queue to the network, or one of packets that wait for their time, was full. */
  readonly overflowed: number;
  /** Copies of any kind that the system refused to send (no route, no room); each was dropped. */
  readonly sendsRefused: number;
  /** The same by the name of the error. */
  readonly sendErrors: Readonly<Partial<Record<SendErrorName, number>>>;
  readonly channels: readonly ChannelTotals[];
  /** Absent when there is no live data. */
  readonly data?: DataTotals;
  /** Received datagrams that were dropped, by the name of the reason. */
  readonly junk: Readonly<Partial<Record<JunkName, number>>>;
}

/** Listeners can't decode the channel before its next key frame: a source that can is to make one. */
export interface KeyFrameWanted {
  readonly kind: "key-frame-wanted";
  readonly channel: ChannelName;
}

/** What the listeners of all edges lose of a channel, for a source that can change its bitrate. About once a second. */
export interface Losses {
  readonly kind: "losses";
  readonly channel: ChannelName;
  readonly listeners: number;
  /** How many of them lost more than 5 % of its packets in the last five seconds. */
  readonly lossy: number;
}

/** A listener has reported what happened in the match. */
export interface Reported {
  readonly kind: "report";
  readonly reportId: string;
  /** Who reports: the same for all sessions of one person. */
  readonly reporter: string;
  /** Of the reporter's token, or as the listener calls itself. */
  readonly name?: string;
  readonly title: string;
  readonly origin: string;
  /** When it happened, by the host's clock. */
  readonly time: Millis;
  readonly verdict: "counted" | "duplicate" | "refused";
  readonly code?: ReportRefusal;
}

/** The votes on what reporters say have changed. */
export interface CandidateChanged {
  readonly kind: "candidate";
  readonly candidate: Candidate;
}

/** What a {@linkcode ServerCore} tells, in the order in which it happened. */
export type ServerOutput =
  | { readonly kind: "started"; readonly at: Millis }
  | ChannelStarted
  | ChannelEnded
  | ChannelPaused
  | TeamsNamed
  | ListenerJoined
  | ListenerLeft
  | ListenerMoved
  | Rejected
  | { readonly kind: "event-sent"; readonly event: TimelineEvent }
  | Reported
  | CandidateChanged
  | ServerStats
  | KeyFrameWanted
  | Losses
  | { readonly kind: "notice"; readonly level: "info" | "warning" | "error"; readonly text: string }
  | { readonly kind: "ended"; readonly reason: string };

/** What is shown to people, printed for scripts and written to the log. */
export type ToldOutput = ServerOutput | MoreRejected;

/** Asks the runner to open a JOIN and check its token; the outcome comes back as `onExamined`. */
export interface ExamineJoin {
  readonly kind: "examine-join";
  readonly id: number;
  readonly join: Join;
}

/** What the core gives to its runner. */
export type CoreOutput = ServerOutput | ExamineJoin;
