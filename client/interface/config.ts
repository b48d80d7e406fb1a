import type { LinkStore } from "../../shared/admission/join_link.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";

/**
 * How long sound is held back so that late packets can still be played: a preset, which follows the
 * path, or milliseconds, which are kept to.
 */
export type Latency = "low" | "normal" | "safe" | Millis;

const PRESETS: Readonly<Record<string, Millis>> = { low: 80, normal: 200, safe: 500 };

/** What it begins with; a preset may become longer, see {@linkcode AdaptiveDelay}. */
export function latencyMillis(latency: Latency): Millis {
  return typeof latency === "string" ? PRESETS[latency]! : latency;
}

/** What a {@linkcode ListenerCore} needs to know; addresses are numeric. */
export interface ListenerConfig {
  readonly server: Address;
  readonly token?: string;
  /** The host's public key, from its join link: nobody else is believed then. */
  readonly hostKey?: Uint8Array;
  /** How the host's log calls this listener. */
  readonly name?: string;
  readonly latency: Latency;
  /** Leave this long after having been let in. */
  readonly durationMillis?: Millis;
  /** How long a first join may go unanswered. */
  readonly joinForMillis?: Millis;
  /** How long a lost host is looked for before giving up. */
  readonly rejoinForMillis?: Millis;
}

/** Whom to listen to and how; what `openListener` takes. */
export interface ConnectOptions {
  /** A `streamer://` link; it wins over `host`, `port` and the tokens. */
  readonly link?: string;
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  /** A file whose first line is the token. */
  readonly tokenFile?: string;
  readonly name?: string;
  readonly latency: Latency;
  /** Leave this long after having been let in. */
  readonly duration?: Millis;
  /** Where this user's own hosts leave their links; asked when no token is given. */
  readonly links?: LinkStore;
}

/** The options of `streamer listen`. */
export interface ListenOptions extends ConnectOptions {
  readonly play: boolean;
  /** A file that takes the frames in order, as they were sent. */
  readonly record?: string;
  readonly json: boolean;
  readonly log?: string;
}
