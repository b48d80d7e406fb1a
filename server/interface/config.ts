import type { LinkStore } from "../../shared/admission/join_link.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { ExtendedSequence, Millis } from "../../shared/core/units.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { AudioFormat } from "../../shared/media/channel.ts";
import type { Protection } from "../../shared/rtp/fec.ts";

/** Who is let in. */
export type Access =
  | { readonly kind: "open" }
  | { readonly kind: "tokens"; readonly tokens: readonly string[] };

export interface Match {
  readonly home: string;
  readonly away: string;
}

/** A timeline that outlived its host. */
export interface KeptTimeline {
  /** 16 hexadecimal digits. */
  readonly broadcastId: string;
  readonly entries: readonly TimelineEvent[];
}

export interface RepairWays {
  /** Lost packets are sent again to those who ask for them. */
  readonly isRtxOffered: boolean;
  /** To whom parity of the sound is sent: to those who need it, to nobody, or a fixed one to all. */
  readonly parity: "as-needed" | "never" | Protection;
}

/** What a {@linkcode ServerCore} must know; nothing here changes while it is on air. */
export interface ServerConfig {
  /** Absent when there is no sound. */
  readonly audio?: AudioFormat;
  /** Sound is to come whose kind is not known yet: `openAudio` or `endAudio` says what becomes of it. */
  readonly isAudioAwaited?: boolean;
  readonly hasEvents: boolean;
  /** The timeline that a restart goes on with; a new one when absent. */
  readonly timeline?: KeptTimeline;
  readonly match?: Match;
  /** Listeners at the same time. */
  readonly capacity: number;
  /** Nothing is sent before this many listeners are in. */
  readonly waitFor: number;
  /** How often each channel sends; without it sound goes out frame by frame. */
  readonly intervalMillis?: Millis;
  /** The broadcast ends this long after its start. */
  readonly durationMillis?: Millis;
  /** Get the sound as plain RTP, without asking; sender reports go to the next port. */
  readonly plainReceivers: readonly Address[];
  /** The first sequence number of every channel, for tests; random otherwise. */
  readonly sequenceStart?: ExtendedSequence;
  /** How lost packets are repaired, for tests and measurements; by all that helps when absent. */
  readonly repair?: RepairWays;
  /** A report is due from every listener at least this often. */
  readonly keepaliveMillis?: Millis;
}

/** What `serve` takes from the command line. */
export interface ServeOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly interval?: Millis;
  /** Files, `-`, http(s) addresses; empty when there is no sound. */
  readonly audio: readonly string[];
  /** The sound starts over for ever: the broadcast lasts until it is stopped. */
  readonly loop: boolean;
  readonly match?: Match;
  /** A simulated match, besides the sound; also what happens with neither sound nor events. */
  readonly simulate: boolean;
  /** Of the simulated match; random when absent. */
  readonly seed?: number;
  /** How much faster than life events come; 60 for a simulated match, 1 for others when absent. */
  readonly speed?: number;
  readonly language: "en" | "pt";
  /** NDJSON events: a file or `-`. */
  readonly events?: string;
  readonly capacity: number;
  readonly waitFor: number;
  /** Each lets a listener in. When none is given here, by file or environment, one is made. */
  readonly tokens: readonly string[];
  /** One token a line. */
  readonly tokenFile?: string;
  /** A file of signed tokens, which are good besides the others. */
  readonly signedTokens?: string;
  /** Nobody is asked for a token. */
  readonly isOpen: boolean;
  readonly isPlain: boolean;
  readonly plainReceivers: readonly Address[];
  /** Where the session description for plain receivers is written. */
  readonly sdp?: string;
  readonly duration?: Millis;
  /** The database in which the broadcast outlives this process. */
  readonly db?: string;
  readonly log?: string;
  readonly json: boolean;
  /** Where the join link is left for the same user's listeners. */
  readonly links?: LinkStore;
  /** See {@linkcode ServerConfig.sequenceStart}. */
  readonly sequenceStart?: ExtendedSequence;
}
