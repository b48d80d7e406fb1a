import { getLogger } from "@logtape/logtape";
import { describeReceiveError, Driver } from "../../shared/driver/driver.ts";
import type { LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { type DatagramSocket, formatAddress } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import { HpkeSealer } from "../../shared/secrecy/hpke.ts";
import type { ConnectOptions } from "../interface/config.ts";
import { ListenerCore } from "../core/listener_core.ts";
import { logOutput } from "./log.ts";
import type {
  CoreOutput,
  EndReason,
  HostRefusal,
  ListenerOutput,
  SealJoin,
} from "../interface/output.ts";
import { isLoopback, type Target } from "./target.ts";

export interface ListenerSummary {
  readonly reason: EndReason;
  /** Why it was rejected: a RejectCode. */
  readonly code?: number;
  /** The same at length. */
  readonly refusal?: HostRefusal;
  /** Whoever answered showed another key than the join link has. */
  readonly metForeignKey?: boolean;
  readonly ledger: LedgerSnapshot;
}

/** One listener at work on a socket of its own. */
export interface ListenerSession {
  /**
   * Hands over every output from now on, in order; the first to subscribe also gets what was said
   * before.
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

/** What is kept for the first subscriber. */
const MAX_UNHEARD = 1000;

/** Nothing tells that the machine slept: so the time of day is looked at this often. */
const WALL_CLOCK_EVERY_MILLIS: Millis = 1000;

const log = getLogger(["streamer", "listen"]);

/** A core on a real socket, driven until it ends. */
export class SocketSession implements ListenerSession {
  readonly finished: Promise<ListenerSummary>;
  readonly #core: ListenerCore;
  readonly #driver: Driver<CoreOutput>;
  readonly #machine: Machine;
  readonly #target: Target;
  readonly #sealer: HpkeSealer;
  readonly #subscribers = new Set<(output: ListenerOutput) => void>();
  #isRejoining = false;
  /** Said before anybody listened. */
  #unheard: ListenerOutput[] | undefined = [];
  #refusal: HostRefusal | undefined;
  #metForeignKey = false;
  #end: Omit<ListenerSummary, "ledger"> = { reason: "interrupted" };

  /** @throws CommandError when no socket is to be had. */
  constructor(options: ConnectOptions, target: Target, machine: Machine) {
    const { server, token, hostKey } = target;
    const { name, latency, duration: durationMillis } = options;
    const { clock, rng } = machine;
    this.#machine = machine;
    this.#target = target;
    const socket: DatagramSocket = machine.openSocket({
      hostname: localHost(server.hostname),
      port: 0,
    });
    const config = { server, token, hostKey, name, latency, durationMillis };
    this.#core = new ListenerCore(config, { rng, now: clock.now(), ciphers: machine.ciphers });
    this.#sealer = new HpkeSealer(rng);
    this.#driver = new Driver({
      core: this.#core,
      socket,
      clock,
      onOutput: (output) => this.#onOutput(output),
      onSendError: (error, to) =>
        log.debug("Could not send to {to}: {error}", { to: formatAddress(to), error: `${error}` }),
      onReceiveError: (error, count) =>
        this.#onOutput({ kind: "notice", text: describeReceiveError(error, count) }),
    });
    this.finished = this.#run();
  }

  subscribe(onOutput: (output: ListenerOutput) => void): () => void {
    this.#subscribers.add(onOutput);
    const unheard = this.#unheard ?? [];
    this.#unheard = undefined;
    for (const output of unheard) onOutput(output);
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
    const ending = new AbortController();
    const watching = this.#watchWallClock(ending.signal);
    try {
      await this.#driver.run();
    } finally {
      ending.abort();
      await watching;
    }
    const metForeignKey = this.#metForeignKey && { metForeignKey: true };
    return { ...this.#end, ...metForeignKey, ledger: this.ledger() };
  }

  async #watchWallClock(signal: AbortSignal): Promise<void> {
    const { clock, wallClock } = this.#machine;
    while (!signal.aborted) {
      this.#core.tellWallTime(wallClock.now(), clock.now());
      this.#driver.wake();
      await clock.sleepUntil(clock.now() + WALL_CLOCK_EVERY_MILLIS, signal);
    }
  }

  #onOutput(output: CoreOutput): void {
    if (output.kind === "seal-join") return void this.#seal(output);
    logOutput(log, output);
    if (output.kind === "connection") this.#isRejoining = output.state === "rejoining";
    if (output.kind === "connection" || output.kind === "stats") this.#renewCredentials();
    if (output.kind === "rejected") this.#refusal = output;
    if (output.kind === "foreign-key") this.#metForeignKey = true;
    if (output.kind === "joined") this.#metForeignKey = false;
    if (output.kind === "ended") {
      const { reason, code } = output;
      const refusal = this.#refusal;
      this.#end = { reason, ...(code === undefined ? {} : { code }), ...(refusal && { refusal }) };
    }
    if (this.#unheard && this.#unheard.length < MAX_UNHEARD) this.#unheard.push(output);
    for (const subscriber of this.#subscribers) subscriber(output);
    if (output.kind === "ended") this.#driver.stop();
  }

  /** Once a second while the host is looked for: it may come back, and leave a new link, at any time. */
  #renewCredentials(): void {
    if (!this.#isRejoining) return;
    const { token, hostKey } = this.#target.renew();
    this.#core.changeToken(token);
    this.#core.changeHostKey(hostKey);
  }

  async #seal({ join: { id, hostKey, plaintext, associated } }: SealJoin): Promise<void> {
    const sealed = await this.#sealer.seal(hostKey, plaintext, associated).catch(() => undefined);
    this.#core.onJoinSealed(id, sealed, this.#machine.clock.now());
    this.#driver.wake();
  }
}

/** Any of our addresses for a host elsewhere; for one on this machine only what this machine reaches. */
function localHost(server: string): string {
  if (server.includes(":")) return isLoopback(server) ? "::1" : "::";
  return isLoopback(server) ? "127.0.0.1" : "0.0.0.0";
}
