import { getLogger } from "@logtape/logtape";
import { Driver } from "../shared/core/driver.ts";
import type { LedgerSnapshot } from "../shared/core/ledger.ts";
import type { Machine } from "../shared/core/machine.ts";
import { type DatagramSocket, formatAddress } from "../shared/core/socket.ts";
import type { ConnectOptions } from "./config.ts";
import { ListenerCore } from "./listener_core.ts";
import { logOutput } from "./log.ts";
import type { EndReason, ListenerOutput } from "./output.ts";
import { isLoopback, type Target } from "./target.ts";

export interface ListenerSummary {
  readonly reason: EndReason;
  /** Why it was rejected: a RejectCode. */
  readonly code?: number;
  readonly ledger: LedgerSnapshot;
}

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

const log = getLogger(["streamer", "listen"]);

/** A core on a real socket, driven until it ends. */
export class SocketSession implements ListenerSession {
  readonly finished: Promise<ListenerSummary>;
  readonly #core: ListenerCore;
  readonly #driver: Driver<ListenerOutput>;
  readonly #machine: Machine;
  readonly #target: Target;
  readonly #subscribers = new Set<(output: ListenerOutput) => void>();
  #end: { readonly reason: EndReason; readonly code?: number } = { reason: "interrupted" };

  /** @throws CommandError when no socket is to be had. */
  constructor(options: ConnectOptions, target: Target, machine: Machine) {
    const { server, token } = target;
    const { name, latency, duration: durationMillis } = options;
    const { clock, rng } = machine;
    this.#machine = machine;
    this.#target = target;
    const socket: DatagramSocket = machine.openSocket({
      hostname: localHost(server.hostname),
      port: 0,
    });
    this.#core = new ListenerCore({ server, token, name, latency, durationMillis }, {
      rng,
      now: clock.now(),
    });
    this.#driver = new Driver({
      core: this.#core,
      socket,
      clock,
      onOutput: (output) => this.#onOutput(output),
      onSendError: (error, to) =>
        log.debug("Could not send to {to}: {error}", { to: formatAddress(to), error: `${error}` }),
    });
    this.finished = this.#run();
  }

  subscribe(onOutput: (output: ListenerOutput) => void): () => void {
    this.#subscribers.add(onOutput);
    return () => void this.#subscribers.delete(onOutput);
  }

  ledger(): LedgerSnapshot {
    return this.#core.snapshot(this.#machine.clock.now());
  }

  stop(): void {
    this.#core.leave("interrupted", this.#machine.clock.now());
    this.#driver.wake();
  }

  async #run(): Promise<ListenerSummary> {
    const { clock } = this.#machine;
    // A turn of its own, so that whoever opened this can subscribe before anything is said.
    await clock.sleepUntil(clock.now(), new AbortController().signal);
    await this.#driver.run();
    return { ...this.#end, ledger: this.ledger() };
  }

  #onOutput(output: ListenerOutput): void {
    logOutput(log, output);
    if (output.kind === "connection" && output.state === "rejoining") {
      this.#core.changeToken(this.#target.renewToken());
    }
    if (output.kind === "ended") {
      const { reason, code } = output;
      this.#end = { reason, ...(code === undefined ? {} : { code }) };
    }
    for (const subscriber of this.#subscribers) subscriber(output);
    if (output.kind === "ended") this.#driver.stop();
  }
}

/** Any of our addresses for a host elsewhere; for one on this machine only what this machine reaches. */
function localHost(server: string): string {
  if (server.includes(":")) return isLoopback(server) ? "::1" : "::";
  return isLoopback(server) ? "127.0.0.1" : "0.0.0.0";
}
