import type { LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis, Seconds } from "../../shared/core/units.ts";
import type { ChannelName, Codec, EncodedFrame } from "../../shared/media/channel.ts";
import type { DataMessage } from "../../shared/data/data_message.ts";
import type { DataSetup } from "../../shared/data/data_setup.ts";
import type { JoinPlaintext } from "../../shared/secrecy/join_sealing.ts";
import type { ScreenFrame } from "../../shared/media/video/screen_frame.ts";
import type { AcceptInfo } from "../../shared/admission/admission.ts";
import type { ReportingOutput } from "../reporting/reporting.ts";
import type { ChannelInfo } from "../../shared/admission/channel_description.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";

/**
 * joining: the listener asks the host to admit it. connected: packets arrive, or will when the broadcast
 * starts. silent: none arrived for 2 s. rejoining: none arrived for 5 s, and the listener joins again.
 */
export type ConnectionState = "joining" | "connected" | "silent" | "rejoining";

/**
 * linked: encrypted, and the host has proved the key of the join link. unlinked: encrypted with a key that
 * was received over the network, which stops eavesdroppers but not impostors. plain: not encrypted.
 */
export type Secrecy = "linked" | "unlinked" | "plain";

/** Why the session ended: the host sent a BYE, the listener left, no answer came, or a REJECT came. */
export type EndReason = "bye" | "interrupted" | "duration" | "timeout" | "rejected";

/** What the host told this listener when it let it in: by the ACCEPT, and by the message that describes it. */
export interface JoinedInfo extends Omit<AcceptInfo, "channels" | "timeline"> {
  readonly match?: { readonly home: string; readonly away: string };
  readonly channels: readonly ChannelInfo[];
  readonly timeline: {
    /** The count of the last entry; 0 when there is none. */
    readonly count: number;
    /** `1 x 0` */
    readonly score: string;
    /** The match clock of the last entry, `MM:SS`. */
    readonly clock?: string;
    readonly period?: number;
  };
}

/** The outputs of a listener core, in the order in which things happened. */
export type ListenerOutput =
  | {
    readonly kind: "joined";
    /** 16 hexadecimal digits. */
    readonly connectionId: string;
    readonly info: JoinedInfo;
    readonly server: Address;
    /** True when the host had been lost. */
    readonly again: boolean;
    readonly secrecy: Secrecy;
  }
  /** A channel began after this listener had joined. */
  | {
    readonly kind: "channel-started";
    readonly channel: ChannelName;
    readonly codec: Codec;
    readonly info: ChannelInfo;
  }
  /** The host stopped a channel; it may begin again. What is buffered is still given out. */
  | { readonly kind: "channel-ended"; readonly channel: ChannelName; readonly codec: Codec }
  /** The source of a channel is gone and may come back, or is back; the stream stays the same. */
  | {
    readonly kind: "channel-paused" | "channel-resumed";
    readonly channel: ChannelName;
    readonly codec: Codec;
  }
  /** The host has named the teams anew. */
  | { readonly kind: "teams"; readonly home: string; readonly away: string }
  /** In order of `count` from 1 on in each channel; each event once, without gaps. */
  | { readonly kind: "event"; readonly channel: ChannelName; readonly event: TimelineEvent }
  /** The host has started a new timeline: the earlier events of the channel do not belong to it. */
  | { readonly kind: "timeline-reset"; readonly channel: ChannelName }
  | {
    readonly kind: "audio";
    readonly channel: ChannelName;
    /** Whole frames, in order. */
    readonly frames: readonly EncodedFrame[];
    /** The time of the first frame since the first packet of the stream. */
    readonly mediaTime: Seconds;
    /** The number of packets that are missing right before these frames. */
    readonly lostBefore: number;
  }
  /** A frame of the screen at its playout time, in decoding order; each can be decoded. */
  | {
    readonly kind: "frame";
    readonly channel: ChannelName;
    readonly frame: ScreenFrame;
    /** By this machine's monotonic clock. */
    readonly at: Millis;
  }
  /**
   * Held: a frame is missing, so the last good picture stays until the next frame that decodes; also before the
   * first key frame.
   */
  | { readonly kind: "picture-held"; readonly channel: ChannelName; readonly isHeld: boolean }
  /** A message of live data that is whole and authentic, when it is due, in the order of `head.count`. */
  | {
    readonly kind: "data";
    readonly channel: ChannelName;
    readonly message: DataMessage;
    /** By this machine's monotonic clock. */
    readonly at: Millis;
  }
  /** What people are told of the values; it replaces any from before. */
  | { readonly kind: "data-setup"; readonly setup: DataSetup }
  | ReportingOutput
  | { readonly kind: "connection"; readonly state: ConnectionState }
  /** The host that answers has another key than the join link; reported once. */
  | { readonly kind: "foreign-key" }
  /** Once a second from the first ACCEPT on. */
  | { readonly kind: "stats"; readonly ledger: LedgerSnapshot }
  | { readonly kind: "rejected" } & HostRefusal
  /** A problem that does not end the session, in words for people. */
  | { readonly kind: "notice"; readonly text: string }
  /** The last output. `code` is a RejectCode. */
  | { readonly kind: "ended"; readonly reason: EndReason; readonly code?: number };

/** Why the host rejected or removed the listener. */
export interface HostRefusal {
  /** A RejectCode. */
  readonly code: number;
  /** The host's own words, which may hold control characters. */
  readonly reason: string;
  /** When to try again; 0 when that will not help. */
  readonly retryAfterMillis: Millis;
}

/** A request to seal a JOIN and to give the result to `onJoinSealed`. It may hold a token. */
export interface SealJoin {
  readonly kind: "seal-join";
  readonly join: JoinToSeal;
}

/** What a core gives to its runner: outputs and requests. */
export type CoreOutput = ListenerOutput | SealJoin;

/** A JOIN to be sealed to the key of the host. */
export interface JoinToSeal {
  readonly id: number;
  readonly hostKey: Uint8Array;
  readonly plaintext: JoinPlaintext;
  readonly associated: Uint8Array;
}
