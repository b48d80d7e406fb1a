/*
 * What the host's core and the code around it agree on: types alone, no behaviour.
 *
 * In (this file): `ServerConfig`, the settings of a core, and `ServeOptions`, the options of `serve` from which
 * server/broadcast makes those settings.
 * Out (output.ts): everything that a core tells, such as `listener-joined`, `stats` or `ended`. server/console
 * turns these into the terminal, the JSON lines and the log.
 *
 * Read next: output.ts, then ../core/server_core.ts.
 */

import type { LinkStore } from "../../shared/admission/join_link.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { ExtendedSequence, Millis, WallMillis } from "../../shared/core/units.ts";
import type { AudioFormat } from "../../shared/media/channel.ts";
import type { Protection } from "../../shared/rtp/fec.ts";
import type { ScreenFormat } from "../origin/screen/picture.ts";
import type { StoredTimeline } from "./stored_timeline.ts";

/** Who is admitted: everyone, or listeners with one of the tokens. */
export type Access =
  | { readonly kind: "open" }
  | { readonly kind: "tokens"; readonly tokens: readonly string[] };

/** Who may report events of the match: every listener, those whose token says reporter, or nobody. */
export type ReportAccess = "open" | "tokens" | "off";

export interface Match {
  readonly home: string;
  readonly away: string;
}

/** The timeline of an earlier process, which this broadcast resumes. */
export interface KeptTimeline {
  /** 16 hexadecimal digits. */
  readonly broadcastId: string;
  readonly timeline: StoredTimeline;
}

/** In pixels. */
export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

export interface RepairWays {
  /** Lost packets are sent again on request. */
  readonly isRtxOffered: boolean;
  /** Parity of the sound: to listeners that need it, to none, or one fixed protection to all. */
  readonly parity: "as-needed" | "never" | Protection;
}

/** The settings of an {@linkcode OriginCore}: what is sent. They do not change while it runs. */
export interface OriginConfig {
  /** Absent when there is no sound. */
  readonly audio?: AudioFormat;
  /** Sound is expected whose format is not known yet; `openAudio` or `endAudio` follows. */
  readonly isAudioAwaited?: boolean;
  /** Absent when there is no screen. */
  readonly screen?: ScreenFormat;
  /** A screen is expected whose format is not known yet; `openScreen` or `endScreen` follows. */
  readonly isScreenAwaited?: boolean;
  /** The screen may end and come back, so its end never ends the broadcast. */
  readonly screenStaysOpen?: boolean;
  /** There is live data, whose messages come with `pushData`. */
  readonly hasData?: boolean;
  /** The data may end and come back, so its end never ends the broadcast. */
  readonly dataStaysOpen?: boolean;
  readonly hasEvents: boolean;
  /** The timeline that a restarted host resumes; without it a new one begins. */
  readonly timeline?: KeptTimeline;
  /** The id of a new timeline, 16 hexadecimal digits; random when absent. */
  readonly broadcastId?: string;
  readonly match?: Match;
  /** Nothing is sent before this many listeners have joined. */
  readonly waitFor: number;
  /** The sound is sent at this interval; without it frame by frame. It has no effect on the screen. */
  readonly intervalMillis?: Millis;
  /** How long after they were captured sound and pictures of a live source are sent; 300 ms when absent. */
  readonly headroom?: { readonly sound?: Millis; readonly screen?: Millis };
  /** The broadcast ends this long after its start. */
  readonly durationMillis?: Millis;
  /** The first sequence number of every channel, for tests; random otherwise. */
  readonly sequenceStart?: ExtendedSequence;
}

/** The settings of an {@linkcode EdgeCore}: to whom it is sent, and how. They do not change while it runs. */
export interface EdgeConfig {
  /** The number of listeners of this edge at the same time. */
  readonly capacity: number;
  /** These get the sound as plain RTP without a JOIN; sender reports go to the next port. */
  readonly plainReceivers: readonly Address[];
  /** These get the screen as plain RTP in the same way. */
  readonly plainScreenReceivers?: readonly Address[];
  /** How lost packets are repaired; when absent, by retransmission and by parity as needed. */
  readonly repair?: RepairWays;
  /** Each listener reports at least once in this time, 5 s when absent; longer while there are many. */
  readonly keepaliveMillis?: Millis;
  /** Nobody when absent. */
  readonly reports?: ReportAccess;
}

/** The settings of a host that is an origin and one edge. */
export interface ServerConfig extends OriginConfig, EdgeConfig {}

/** What `serve` takes from the command line. */
export interface ServeOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where listeners reach the host; the first one stands in the join link. */
  readonly advertise?: readonly { readonly hostname: string; readonly port?: number }[];
  /** Whether the link is drawn as a QR code; when absent, where there is room for it. */
  readonly qr?: boolean;
  /** Sends with the runtime's own calls alone, and leaves the receive buffer as it is. */
  readonly noFfi?: boolean;
  readonly interval?: Millis;
  /**
   * Files, `-`, http(s) addresses, played one after the other, or `browser` alone; empty when there is no sound.
   */
  readonly audio: readonly string[];
  /** Sound and screen are repeated for ever; the broadcast lasts until it is stopped. */
  readonly loop: boolean;
  /** A file, `-`, an http(s) address, `desktop` or `browser`; absent when there is no screen. */
  readonly screen?: string;
  /** The address of the host's own page, on loopback; absent when there is none. */
  readonly studio?: Address;
  /** No browser is opened with that page. */
  readonly noOpen?: boolean;
  /** A file with what can happen in the match; football's when absent. */
  readonly actions?: string;
  /** Who may report events of the match; nobody when absent. */
  readonly reports?: ReportAccess;
  /** The least number of reporters who must agree; 2 when absent. */
  readonly quorum?: number;
  /** How many votes of one public address count; 1 when absent. */
  readonly votesPerAddress?: number;
  /** Pixels of the desktop's pictures; as many as the desktop has when absent. */
  readonly screenSize?: ScreenSize;
  /** Pictures in a second: of the desktop, and of H.264 without times. */
  readonly screenRate?: number;
  /** Bits per second of the desktop's pictures. */
  readonly screenBitrate?: number;
  readonly match?: Match;
  /** The events come from a simulated match; the default without any other source. */
  readonly simulate: boolean;
  /** The seed of the simulated match; random when absent. */
  readonly seed?: number;
  /** The factor by which events come faster than their times; 60 for a simulated match, else 1, when absent. */
  readonly speed?: number;
  readonly language: "en" | "pt";
  /** Which given flags change nothing beside the others: a line for people each. */
  readonly unused?: readonly string[];
  /** NDJSON events: a file or `-`. */
  readonly events?: string;
  /** Live data: a file, `-`, or an address; absent when there is none, or when it is simulated. */
  readonly data?: string;
  /** A file that says what people are told of the values. */
  readonly dataSetup?: string;
  /** The live data is that of a simulated beam. */
  readonly simulateData?: boolean;
  readonly capacity: number;
  readonly waitFor: number;
  /** Tokens that are accepted. When neither these nor a file nor the environment gives one, one is generated. */
  readonly tokens: readonly string[];
  /** A file with one token per line. */
  readonly tokenFile?: string;
  /** A file of signed tokens, which are accepted besides the others. */
  readonly signedTokens?: string;
  /** No token is required. */
  readonly isOpen: boolean;
  readonly isPlain: boolean;
  readonly plainReceivers: readonly Address[];
  /** These get the screen as plain RTP. */
  readonly plainScreenReceivers: readonly Address[];
  /** The file that the session description (SDP) for plain receivers is written to. */
  readonly sdp?: string;
  readonly duration?: Millis;
  /** The address of a directory that introduces listeners, with a slash at its end. */
  readonly directory?: string;
  /** What that directory shows: of the teams, football, soon or now, and to everybody, when absent. */
  readonly title?: string;
  readonly sport?: string;
  readonly starts?: { readonly at: WallMillis } | { readonly after: Millis };
  readonly isUnlisted?: boolean;
  /** Who is broadcasting, for that directory. */
  readonly name?: string;
  /** The file with the key that the directory knows the host by; that of this user when absent. */
  readonly identity?: string;
  /** The database that keeps the broadcast, so that a later process can resume it. */
  readonly db?: string;
  readonly log?: string;
  readonly json: boolean;
  /** Stores the join link for listeners of the same user. */
  readonly links?: LinkStore;
  /** See {@linkcode OriginConfig.sequenceStart}. */
  readonly sequenceStart?: ExtendedSequence;
}
