import type { LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis, Seconds } from "../../shared/core/units.ts";
import type { EncodedFrame } from "../../shared/media/channel.ts";
import type { AcceptInfo } from "../../shared/admission/admission.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";

/**
 * joining: asking to be let in. connected: packets come (or will, once the broadcast starts).
 * silent: none for 2 s. rejoining: none for 5 s, asking anew.
 */
export type ConnectionState = "joining" | "connected" | "silent" | "rejoining";

/**
 * linked: encrypted, and the host is the one that the join link was made by. unlinked: encrypted, but to
 * a key that came over the network, which keeps eavesdroppers out and not impostors. plain: not encrypted.
 */
export type Secrecy = "linked" | "unlinked" | "plain";

/** Why listening ended: the host said goodbye, we left, nobody answered, or we were turned away. */
export type EndReason = "bye" | "interrupted" | "duration" | "timeout" | "rejected";

/** What a listener core has to say, in the order it happened. */
export type ListenerOutput =
  | {
    readonly kind: "joined";
    /** 16 hexadecimal digits. */
    readonly connectionId: string;
    readonly info: AcceptInfo;
    readonly server: Address;
    /** False the first time; true after the host was lost and found. */
    readonly again: boolean;
    readonly secrecy: Secrecy;
  }
  /** In order of count from 1 on, each once and none left out. */
  | { readonly kind: "event"; readonly event: TimelineEvent }
  /** The host has begun another timeline: the events said so far are none of its. */
  | { readonly kind: "timeline-reset" }
  | {
    readonly kind: "audio";
    /** Whole frames, in order. */
    readonly frames: readonly EncodedFrame[];
    /** Of the first frame, since the stream's very first packet. */
    readonly mediaTime: Seconds;
    /** Packets missing right before these frames. */
    readonly lostBefore: number;
  }
  | { readonly kind: "connection"; readonly state: ConnectionState }
  /** Whoever answers shows another key than the join link has; said once. */
  | { readonly kind: "foreign-key" }
  /** Once a second from the first ACCEPT on. */
  | { readonly kind: "stats"; readonly ledger: LedgerSnapshot }
  | { readonly kind: "rejected" } & HostRefusal
  /** Something odd that ends nothing, in words for people. */
  | { readonly kind: "notice"; readonly text: string }
  /** The last output there is. `code` is a RejectCode. */
  | { readonly kind: "ended"; readonly reason: EndReason; readonly code?: number };

/** How the host turned us away, or put us out. */
export interface HostRefusal {
  /** A RejectCode. */
  readonly code: number;
  /** The host's words: clean them before they are shown. */
  readonly reason: string;
  /** 0: asking again will not help. */
  readonly retryAfterMillis: Millis;
}

/** Asks for a JOIN to be sealed, and for the outcome to come back as `onJoinSealed`. It may hold a token. */
export interface SealJoin {
  readonly kind: "seal-join";
  readonly join: JoinToSeal;
}

/** What the core gives to whoever runs it. */
export type CoreOutput = ListenerOutput | SealJoin;

/** A JOIN to be sealed by somebody who can; the outcome comes back as `onSealed`. */
export interface JoinToSeal {
  readonly id: number;
  readonly hostKey: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly associated: Uint8Array;
}
