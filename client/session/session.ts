/*
 * Runs one listener.
 *
 * In: the options of `listen` or `view`, the machine (clock, sockets, randomness), and what the host sends.
 * Out: the datagrams on the socket, and outputs (`ListenerOutput`) in order.
 *
 * `target.ts` finds out which host to ask and with which token and key; `io/` reads token files and looks
 * names up. `SocketSession` (this file) opens a socket, runs a core on it, seals the core's JOINs, and hands
 * the outputs to its subscribers: the printer and the player of `listen`, the page of `view`. `log.ts`
 * writes the outputs to the log. Read next: `target.ts`, then `../core/listener_core.ts`.
 */

import { getLogger } from "@logtape/logtape";
import { CoreRunner } from "../../shared/driver/core_runner.ts";
import type { LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import type { Millis } from "../../shared/core/units.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { type Address, formatAddress } from "../../shared/driver/socket.ts";
import type { HostGrant } from "../finding/host_finder.ts";
import { HpkeSealer } from "../../shared/secrecy/hpke.ts";
import type { ConnectOptions } from "../interface/config.ts";
import type { ReportDraft } from "../reporting/report_draft.ts";
import { ListenerCore } from "../core/listener_core.ts";
import { HostSeeking } from "./host_seeking.ts";
import { logOutput } from "./log.ts";
import type {
  CoreOutput,
  EndReason,
  HostRefusal,
  ListenerOutput,
  SealJoin,
} from "../interface/output.ts";
import { findTarget, isLoopback, type Target } from "./target.ts";

export interface ListenerSummary {
  readonly reason: EndReason;
  /** Why the host rejected the listener: a RejectCode. */
  readonly code?: number;
  /** The same with the host's own words. */
  readonly refusal?: HostRefusal;
  /** The last host that answered has another key than the join link. */
  readonly metForeignKey?: boolean;
  readonly ledger: LedgerSnapshot;
}

/** One listener with a socket of its own. */
export interface ListenerSession {
  /**
   * Hands over every output from now on, in order; the first subscriber also gets the outputs from before.
   *
   * @returns a function that ends the subscription.
   */
  subscribe(onOutput: (output: ListenerOutput) => void): () => void;
  /** The ledger at this moment. */
  ledger(): LedgerSnapshot;
  /**
   * Reports what happened in the match; it waits while there is no host. What becomes of it shows in the outputs
   * `report`.
   *
   * @param draft its `time` is the time of day of this machine, in milliseconds since the Unix epoch.
   * @returns the report's id; undefined when too many wait.
   */
  report(draft: ReportDraft): string | undefined;
  /** A time of the host by this machine's clock, that of `Clock`; the same while the host's clock is not known. */
  localTime(hostTime: Millis): Millis;
  /** Leaves the broadcast; `finished` resolves once the host has been told. */
  stop(): void;
  readonly finished: Promise<ListenerSummary>;
}

/**
 * Opens a session for these options. Joining goes on after that, and shows in the outputs.
 *
 * @throws CommandError when the link, token file or host name is of no use, or no socket can be opened.
 */
export async function openListener(
  options: ConnectOptions,
  machine: Machine,
): Promise<ListenerSession> {
  return new SocketSession(options, await findTarget(options, machine), machine);
}

const MAX_EARLY_OUTPUTS = 1000;

/** The system does not report that the machine slept, so the time of day is polled. */
const WALL_CLOCK_EVERY_MILLIS: Millis = 1000;

const log = getLogger(["streamer", "listen"]);

/** A listener's core on a real socket, run until it ends. */
export class SocketSession implements ListenerSession {
  readonly finished: Promise<ListenerSummary>;
  readonly #core: ListenerCore;
  readonly #runner: CoreRunner<CoreOutput, ListenerOutput>;
  readonly #machine: Machine;
  readonly #target: Target;
  readonly #sealer: HpkeSealer;
  /** Absent when no directory knows the host. */
  readonly #seeking: HostSeeking | undefined;
  #isRejoining = false;
  #refusal: HostRefusal | undefined;
  #metForeignKey = false;
  #end: Omit<ListenerSummary, "ledger"> = { reason: "interrupted" };

  /** @throws CommandError when no socket can be opened. */
  constructor(options: ConnectOptions, target: Target, machine: Machine) {
    const { server, token, hostKey, identity, search } = target;
    const { latency, duration: durationMillis, packetWatch } = options;
    const { clock, rng, ciphers } = machine;
    this.#machine = machine;
    this.#target = target;
    const socket = machine.openSocket({ hostname: localBindAddress(target), port: 0 });
    // An owned token has its owner's name, and leaves no room for another.
    const name = identity ? undefined : options.name;
    const own = identity && { identity };
    const watched = packetWatch && { packetWatch };
    const config = { server, token, hostKey, name, latency, durationMillis, ...own, ...watched };
    this.#core = new ListenerCore(config, { rng, now: clock.now(), ciphers });
    this.#sealer = new HpkeSealer(rng);
    this.#seeking = search && new HostSeeking({
      ...search,
      now: () => clock.now(),
      join: ({ server, grant }) => this.#joinAt(server, grant),
    });
    this.#runner = new CoreRunner<CoreOutput, ListenerOutput>({
      core: this.#core,
      socket,
      clock,
      maxEarlyOutputs: MAX_EARLY_OUTPUTS,
      onOutput: (output) => this.#onOutput(output),
      onSendError: (text) => log.debug("{text}", { text }),
      onReceiveError: (text) => this.#notice(text),
    });
    this.finished = this.#run();
  }

  subscribe(onOutput: (output: ListenerOutput) => void): () => void {
    return this.#runner.subscribe(onOutput);
  }

  ledger(): LedgerSnapshot {
    return this.#core.snapshot(this.#machine.clock.now());
  }

  /** Past events wait, because whoever subscribed can't keep up; all else goes on. */
  holdPast(isHeld: boolean): void {
    this.#core.holdPast(isHeld, this.#machine.clock.now());
    // Called while an output is handed over: the core goes on after that.
    if (!isHeld) this.#runner.input(() => {});
  }

  report({ time, ...draft }: ReportDraft): string | undefined {
    const { clock, wallClock } = this.#machine;
    const at = time - wallClock.now() + clock.now();
    let id: string | undefined;
    this.#runner.input((now) => id = this.#core.report({ ...draft, time: at }, now));
    return id;
  }

  localTime(hostTime: Millis): Millis {
    return this.#core.localTime(hostTime, this.#machine.clock.now());
  }

  stop(): void {
    this.#runner.input((now) => this.#core.leave("interrupted", now));
  }

  async #run(): Promise<ListenerSummary> {
    const ending = new AbortController();
    const watching = this.#watchWallClock(ending.signal);
    try {
      await this.#runner.run();
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
      this.#runner.input((now) => this.#core.tellWallTime(wallClock.now(), now));
      this.#seeking?.advance();
      await clock.sleepUntil(clock.now() + WALL_CLOCK_EVERY_MILLIS, signal);
    }
  }

  #notice(text: string): void {
    const notice = { kind: "notice", text } as const;
    logOutput(log, notice);
    this.#runner.tell(notice);
  }

  #onOutput(output: CoreOutput): ListenerOutput | undefined {
    if (output.kind === "seal-join") return void this.#seal(output);
    logOutput(log, output);
    this.#note(output);
    this.#seeking?.onOutput(output);
    return output;
  }

  /** Keeps what the summary tells, and renews token and key once a second while the host is lost. */
  #note(output: ListenerOutput): void {
    switch (output.kind) {
      case "connection":
        this.#isRejoining = output.state === "rejoining";
        return this.#renewCredentials();
      case "stats":
        return this.#renewCredentials();
      case "joined":
        this.#metForeignKey = false;
        break;
      case "foreign-key":
        this.#metForeignKey = true;
        break;
      case "rejected":
        this.#refusal = output;
        break;
      case "ended": {
        const { reason, code } = output;
        const refusal = this.#refusal;
        this.#end = { reason, ...(code !== undefined && { code }), ...(refusal && { refusal }) };
      }
    }
  }

  /** A host on this machine that restarts leaves a new link, with another token or key. */
  #renewCredentials(): void {
    if (!this.#isRejoining || this.#seeking) return;
    const { token, hostKey } = this.#target.renew();
    this.#core.changeToken(token);
    this.#core.changeHostKey(hostKey);
  }

  /** What the directory tells is newer than what this session knows. */
  #joinAt(server: Address, { token, hostKey }: HostGrant): void {
    log.info("Joining at {server}", { server: formatAddress(server) });
    this.#core.changeToken(token);
    this.#core.changeHostKey(hostKey);
    this.#runner.input((now) => this.#core.changeServer(server, now));
  }

  async #seal({ join: { id, hostKey, plaintext, associated } }: SealJoin): Promise<void> {
    const sealed = await this.#sealer.seal(hostKey, plaintext, associated).catch(() => undefined);
    this.#runner.input((now) => this.#core.onJoinSealed(id, sealed, now));
  }
}

/** The address to bind: loopback for a host on this machine, and any for one that is elsewhere or may move. */
function localBindAddress({ server: { hostname }, search }: Target): string {
  const isHere = isLoopback(hostname) && !search;
  if (hostname.includes(":")) return isHere ? "::1" : "::";
  return isHere ? "127.0.0.1" : "0.0.0.0";
}
