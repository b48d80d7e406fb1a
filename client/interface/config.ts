/*
 * The types at the border of the listener's core, and no code that does anything; so every other folder may
 * import it.
 *
 * In: `ConnectOptions`, which the command line and the page give to `../session/session.ts`, and
 * `ListenerConfig`, which the core gets.
 * Out: the outputs of the core (`output.ts`).
 *
 * Read next: `output.ts`.
 */

import type { LinkStore } from "../../shared/admission/join_link.ts";
import type { Identity } from "../../shared/directory/identity.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";

/**
 * How long sound is buffered so that late packets can still be played: a preset, which adapts to the
 * network path, or a fixed number of milliseconds.
 */
export type Latency = "low" | "normal" | "safe" | Millis;

const PRESETS: Readonly<Record<string, Millis>> = { low: 80, normal: 200, safe: 500 };

/** The latency at the start; a preset may become longer, see {@linkcode AdaptiveDelay}. */
export function latencyMillis(latency: Latency): Millis {
  return typeof latency === "string" ? PRESETS[latency]! : latency;
}

/** The settings of a {@linkcode ListenerCore}; addresses are numeric. */
export interface ListenerConfig {
  readonly server: Address;
  readonly token?: string;
  /** The host's public key from its join link: with it, only this host is trusted. */
  readonly hostKey?: Uint8Array;
  /** Signs with the key that the token names as its owner's; absent for a token without an owner. */
  readonly identity?: Pick<Identity, "sign">;
  /** The name of this listener in the host's log. */
  readonly name?: string;
  readonly latency: Latency;
  /** The listener leaves this long after it has joined. */
  readonly durationMillis?: Millis;
}

/** A broadcast in a directory. */
export interface DirectoryBroadcast {
  /** The directory's address, with a slash at its end. */
  readonly directory: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
}

/** The host to listen to, and how: the options of `openListener`. */
export interface ConnectOptions {
  /** A `streamer://` link; it takes precedence over `host`, `port` and the tokens. */
  readonly link?: string;
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  /** A file whose first line is the token. */
  readonly tokenFile?: string;
  /** The address of a directory, with a slash at its end; only with `search`. */
  readonly directory?: string;
  /** What is searched for in that directory. */
  readonly search?: string;
  /** The broadcast that was found; it takes precedence over `link`. */
  readonly broadcast?: DirectoryBroadcast;
  /** As what a directory is asked for a token; a listener when absent. */
  readonly joinAs?: "listener" | "reporter";
  /** The file with the key that directories know this person by; that of this user when absent. */
  readonly identity?: string;
  readonly name?: string;
  readonly latency: Latency;
  /** The listener leaves this long after it has joined. */
  readonly duration?: Millis;
  /** Where hosts of the same user leave their links; used for what is not given here. */
  readonly links?: LinkStore;
}

/** The options of `streamer listen`. */
export interface ListenOptions extends ConnectOptions {
  readonly play: boolean;
  /** A file for the frames, in order and exactly as they were sent. */
  readonly record?: string;
  /** A file for the frames of the screen, exactly as they were sent; its ending names the container. */
  readonly recordScreen?: string;
  /** Prints a line for each frame of the screen that is shown; only with `json`. */
  readonly frames?: boolean;
  /** A folder for the messages of live data and their pictures. */
  readonly recordData?: string;
  /** A file of reports, or `-`. */
  readonly report?: string;
  /** Which given flags change nothing beside the others: a line for people each. */
  readonly unused?: readonly string[];
  readonly json: boolean;
  readonly log?: string;
}
