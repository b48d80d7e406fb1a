import type { ConnectOptions, ListenOptions } from "./config.ts";
import type { EndReason, ListenerOutput } from "./output.ts";
import type { ExitCode } from "../shared/core/errors.ts";
import type { LedgerSnapshot } from "../shared/core/ledger.ts";
import type { Machine, Terminal } from "../shared/core/machine.ts";

/** One listener at work on a socket of its own. */
export interface ListenerSession {
  /**
   * Hands over every output from now on, in order. Whoever subscribes in the same turn in which
   * `openListener` resolved misses nothing.
   *
   * @returns the way to stop.
   */
  subscribe(onOutput: (output: ListenerOutput) => void): () => void;
  /** The ledger as it stands. */
  ledger(): LedgerSnapshot;
  /** Leaves; `finished` resolves once the host has been told. */
  stop(): void;
  readonly finished: Promise<ListenerSummary>;
}

export interface ListenerSummary {
  readonly reason: EndReason;
  /** Why it was rejected: a RejectCode. */
  readonly code?: number;
  readonly ledger: LedgerSnapshot;
}

/**
 * Starts to listen; joining goes on behind it and shows in the outputs.
 *
 * @throws CommandError when the link, token file or host name is of no use, or no socket is to be had.
 */
export function openListener(
  _options: ConnectOptions,
  _machine: Machine,
): Promise<ListenerSession> {
  throw new Error("Not built yet");
}

/** `streamer listen`: prints, plays and records until it ends. */
export function listen(
  _options: ListenOptions,
  _machine: Machine,
  _terminal: Terminal,
  _interrupts: AbortSignal,
): Promise<ExitCode> {
  throw new Error("Not built yet");
}
