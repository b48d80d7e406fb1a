import type { ExitCode } from "../shared/core/errors.ts";
import type { Machine, Terminal } from "../shared/core/machine.ts";
import type { ChannelName, Codec } from "../shared/media/channel.ts";
import type { ServeOptions } from "./config.ts";
import type { ServerOutput } from "./output.ts";

/** A broadcast that is ready for listeners. */
export interface Broadcast {
  readonly ready: BroadcastReady;
  /** Tells `listener` everything from now on; what it gives back ends that. */
  subscribe(listener: (output: ServerOutput) => void): () => void;
  /** Says goodbye to all, then finishes. */
  stop(reason: string): void;
  /** Settles once the last goodbye is sent; rejects when a source failed on the way. */
  readonly finished: Promise<void>;
}

export interface BroadcastReady {
  /** Where listeners reach it. */
  readonly host: string;
  readonly port: number;
  /** Holds the token. */
  readonly link: string;
  readonly channels: readonly { channel: ChannelName; codec: Codec; ssrc: number }[];
}

/** @throws CommandError when a source, the port or a file can't be had. */
export function openBroadcast(_options: ServeOptions, _machine: Machine): Promise<Broadcast> {
  return Promise.reject(new Error("Not yet"));
}

/** The `serve` command. */
export function serve(
  _options: ServeOptions,
  _machine: Machine,
  _terminal: Terminal,
  _interrupts: AbortSignal,
): Promise<ExitCode> {
  return Promise.reject(new Error("Not yet"));
}
