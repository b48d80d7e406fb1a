import type { ListenerConfig } from "../../client/interface/config.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import type { ReportDraft } from "../../client/reporting/report_draft.ts";
import { ListenerCore } from "../../client/core/listener_core.ts";
import type { ServerConfig } from "../../server/interface/config.ts";
import type { NewEvent } from "../../server/origin/timeline/new_event.ts";
import type { Core } from "../../shared/driver/driver.ts";
import type { ChannelLedger, LedgerSnapshot } from "../../shared/ledger/ledger.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { Address } from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import { Agenda } from "../../scripts/network/agenda.ts";
import { checked } from "../../scripts/network/agreement.ts";
import { FakeSealer } from "./fake_sealing.ts";
import { MemoryNet } from "./memory_net.ts";
import { mp3Frames } from "./mp3_frames.ts";
import type { Netem, NetemOptions } from "../../scripts/network/netem.ts";
import { type HostOptions, openHost, type VirtualHost } from "./virtual_host.ts";
import { START, VirtualListener } from "./virtual_listener.ts";

export const HOST: Address = { hostname: "10.0.0.1", port: 5004 };
/** Sound is read ahead as the program does: by more than an interval, so that it never runs dry here. */
const BACKLOG_MILLIS = 2000;

/** As many full datagrams as fit into a socket's buffer of 4 MiB. */
const SOCKET_DATAGRAMS = 3000;

/** A core whose deadline stays at now would keep a real driver busy for ever. */
const MAX_STEPS_AT_ONE_TIME = 10_000;

export interface WorldOptions {
  readonly seed?: number;
  /** Hosts do not encrypt. */
  readonly isPlain?: boolean;
  readonly server?: Partial<ServerConfig>;
  /** The path from the host to the listener of that index. */
  readonly towardsListener?: (index: number) => NetemOptions;
  readonly towardsHost?: (index: number) => NetemOptions;
  /** Which copies the systems of the host and of the listeners refuse to send; without it, none. */
  readonly refuses?: (datagram: Uint8Array, to: Address) => boolean;
  /** How much faster than the host's the listener's clock runs, as a fraction: 100 ppm is 1e-4. */
  readonly skew?: (index: number) => number;
  /** How much later than the host's the listener's clock is, in milliseconds. */
  readonly clockAhead?: (index: number) => Millis;
}

/**
 * A host and its listeners on a network in memory, in virtual time: an hour takes only as long as the
 * cores need to compute, and the same seed gives the same run.
 */
export class VirtualWorld {
  now: Millis = START;
  host: VirtualHost | undefined;
  readonly listeners: VirtualListener[] = [];
  readonly net: MemoryNet;
  readonly #options: WorldOptions;
  readonly #seed: number;
  readonly #agenda = new Agenda<VirtualListener>();
  /** Listeners that are stopped, each with the datagrams that wait in its socket. */
  readonly #asleep = new Map<VirtualListener, Uint8Array[]>();
  /** The same for a host that is stopped. */
  #hostSleep: { readonly datagram: Uint8Array; readonly from: Address }[] | undefined;
  /** When the machines of listeners fell asleep. */
  readonly #sleptSince = new WeakMap<VirtualListener, Millis>();
  /** How long the host's clock stood still while its machine slept. */
  #hostBehind: Millis = 0;
  #hostSleptSince: Millis = 0;
  #hostCount = 0;
  #listenerCount = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.#seed = options.seed ?? 1;
    this.net = new MemoryNet((from, to) => this.#choosePath(from, to));
  }

  /** Starts a host, with sound unless told otherwise; one at a time. */
  startHost(options: HostOptions = {}, audio = mp3Frames()): VirtualHost {
    const { isPlain = this.#options.isPlain, ...others } = options;
    const rng = new SeededRng(this.#seed + 1_000_000 * ++this.#hostCount);
    const all = { ...this.#options.server, ...others, isPlain };
    const host = openHost(all, audio, rng, this.hostNow);
    this.host = host;
    this.net.attach(HOST, (datagram, from) => {
      if (this.#hostSleep) return this.#hostSleep.push({ datagram: datagram.slice(), from });
      host.core.receive(datagram, from, this.hostNow);
      this.#drainHost(host);
    });
    this.#feed(host);
    this.#drainHost(host);
    return host;
  }

  /** Ends the host like a killed process: no BYE is sent. */
  killHost(): void {
    this.net.detach(HOST);
    this.host = undefined;
  }

  addListener(config: Partial<ListenerConfig> = {}, address?: Address): VirtualListener {
    const index = this.#listenerCount++;
    const whole: ListenerConfig = {
      server: HOST,
      latency: "normal",
      ...config,
    };
    const rng = new SeededRng(this.#seed + 1000 + index);
    const own = address ?? { hostname: `10.0.1.${index}`, port: 40_000 + index };
    const skew = this.#options.skew?.(index) ?? 0;
    const behind = -(this.#options.clockAhead?.(index) ?? 0);
    const start = START + (this.now - behind - START) * (1 + skew);
    const core = new ListenerCore(whole, { rng, now: start, ciphers: nodeCiphers });
    const listener = new VirtualListener(index, own, core, new FakeSealer(rng), skew);
    listener.behind = behind;
    this.listeners.push(listener);
    this.#attach(listener);
    this.#drainListener(listener);
    return listener;
  }

  /** Its NAT changes its address; the old address is no longer used. */
  rebind(listener: VirtualListener): void {
    this.net.detach(listener.address);
    const { hostname, port } = listener.address;
    const [network] = hostname.split("/");
    listener.address = { hostname: `${network}/${++listener.moves}`, port };
    this.#attach(listener);
  }

  /** Ends the listener like a killed process. */
  killListener(listener: VirtualListener): void {
    this.net.detach(listener.address);
    this.#agenda.delete(listener);
    this.listeners.splice(this.listeners.indexOf(listener), 1);
  }

  /** Stops the listener's program (as by SIGSTOP, or a laptop that sleeps), while its socket fills. */
  suspend(listener: VirtualListener): void {
    this.#asleep.set(listener, []);
    this.#agenda.delete(listener);
  }

  /** @param readsFirst whether it reads its socket before it looks at its clock. */
  resume(listener: VirtualListener, readsFirst: boolean): void {
    const waiting = this.#asleep.get(listener) ?? [];
    this.#asleep.delete(listener);
    if (!readsFirst) this.#wake(listener);
    for (const datagram of waiting) this.#receive(listener, datagram, HOST);
    this.#wake(listener);
  }

  /**
   * A suspended listener reads one datagram, and looks at its clock if its deadline has come, as the driver does.
   *
   * @returns whether one waited.
   */
  readOne(listener: VirtualListener): boolean {
    const datagram = this.#asleep.get(listener)?.shift();
    if (datagram === undefined) return false;
    this.#receive(listener, datagram, HOST);
    this.wakeIfDue(listener);
    return true;
  }

  /** A suspended listener looks at its clock. @returns whether its deadline had come. */
  wakeIfDue(listener: VirtualListener): boolean {
    if (listener.deadline > this.now) return false;
    this.#wake(listener);
    return true;
  }

  /** The listener's machine sleeps: nothing reaches it, and its own clock stands still. */
  sleep(listener: VirtualListener): void {
    this.tellWallTime(listener);
    this.net.detach(listener.address);
    this.suspend(listener);
    this.#sleptSince.set(listener, this.now);
  }

  wakeUp(listener: VirtualListener): void {
    listener.behind += this.now - this.#sleptSince.get(listener)!;
    this.#attach(listener);
    this.resume(listener, false);
  }

  /** Its program looks at the time of day, as it does each second. */
  tellWallTime(listener: VirtualListener): void {
    const wallNow: number = this.now;
    listener.core.tellWallTime(wallNow, listener.time(this.now));
    this.#drainListener(listener);
  }

  suspendHost(): void {
    this.#hostSleep = [];
  }

  resumeHost(readsFirst: boolean): void {
    const waiting = this.#hostSleep ?? [];
    this.#hostSleep = undefined;
    if (!readsFirst) this.tell(({ core }) => core.advance(this.hostNow));
    for (const { datagram, from } of waiting) {
      this.tell(({ core }) => core.receive(datagram, from, this.hostNow));
    }
  }

  /** The host's machine sleeps, and its clock stands still; what is sent to it meanwhile waits. */
  sleepHost(): void {
    this.#hostSleptSince = this.now;
    this.suspendHost();
  }

  wakeHost(): void {
    this.#hostBehind += this.now - this.#hostSleptSince;
    this.resumeHost(false);
  }

  /** The host's clock. */
  get hostNow(): Millis {
    return this.now - this.#hostBehind;
  }

  sendEvent(event: NewEvent): void {
    this.tell((host) => host.core.pushEvent(event, this.hostNow));
  }

  /** Gives the host an input of any kind, then drains it. */
  tell(input: (host: VirtualHost) => void): void {
    const { host } = this;
    if (!host) throw new Error("There is no host to tell");
    input(host);
    this.#drainHost(host);
  }

  leave(listener: VirtualListener): void {
    listener.core.leave("interrupted", listener.time(this.now));
    this.#drainListener(listener);
  }

  /** Ends the broadcast, and lets all listeners finish. */
  finish(): void {
    this.tell((host) => host.core.shutdown("test over", this.hostNow));
    this.run(5000);
    for (const listener of this.listeners) this.ledger(listener);
  }

  /** Lets `millis` of virtual time pass. */
  run(millis: Millis): void {
    const end = this.now + millis;
    // An input given to a core directly may have changed its deadline.
    for (const listener of this.listeners) {
      if (!this.#asleep.has(listener)) this.#agenda.set(listener, listener.deadline);
    }
    let stepsAtOneTime = 0;
    for (let next = this.#nextDeadline(); next <= end; next = this.#nextDeadline()) {
      stepsAtOneTime = next > this.now ? 0 : stepsAtOneTime + 1;
      if (stepsAtOneTime > MAX_STEPS_AT_ONE_TIME) throw new Error(this.#whoIsStuck());
      this.now = Math.max(this.now, next);
      this.#step();
    }
    this.now = end;
  }

  /** Runs until `condition` holds; throws when it does not within `limit`. */
  runUntil(condition: () => boolean, limit: Millis, what: string): void {
    const end = this.now + limit;
    while (!condition()) {
      if (this.now >= end) throw new Error(`${what}: not within ${limit} ms`);
      this.run(10);
    }
  }

  /** The listener reports; `draft.time` is by its own clock, now when absent. @returns the report's id. */
  report(listener: VirtualListener, draft: Omit<ReportDraft, "time"> & { time?: Millis }): string {
    const now = listener.time(this.now);
    const id = listener.core.report({ time: now, ...draft }, now);
    this.#drainListener(listener);
    if (id === undefined) throw new Error(`Listener ${listener.index} has no room for a report`);
    return id;
  }

  ledger(listener: VirtualListener): LedgerSnapshot {
    return checked(listener.core.snapshot(listener.time(this.now)));
  }

  channel(listener: VirtualListener, name: ChannelLedger["channel"]): ChannelLedger {
    const found = this.ledger(listener).channels.find(({ channel }) => channel === name);
    if (!found) throw new Error(`Listener ${listener.index} has no ${name}`);
    return found;
  }

  towardsListener(listener: VirtualListener): Netem {
    return this.net.path(HOST, listener.address);
  }

  towardsHost(listener: VirtualListener): Netem {
    return this.net.path(listener.address, HOST);
  }

  #attach(listener: VirtualListener): void {
    this.net.attach(listener.address, (datagram, from) => {
      const waiting = this.#asleep.get(listener);
      if (!waiting) return this.#receive(listener, datagram, from);
      if (waiting.length < SOCKET_DATAGRAMS) waiting.push(datagram.slice());
    });
  }

  #receive(listener: VirtualListener, datagram: Uint8Array, from: Address): void {
    listener.core.receive(datagram, from, listener.time(this.now));
    this.#drainListener(listener);
  }

  #wake(listener: VirtualListener): void {
    listener.advance(this.now);
    this.#drainListener(listener);
  }

  #step(): void {
    const { now } = this;
    this.net.deliver(now);
    if (this.#hostDeadline <= now && this.host) {
      this.host.core.advance(this.hostNow);
      this.#feed(this.host);
      this.#drainHost(this.host);
    }
    const due: VirtualListener[] = [];
    for (let next = this.#agenda.due(now); next; next = this.#agenda.due(now)) {
      due.push(next);
      this.#agenda.set(next, Infinity);
    }
    for (const listener of due) {
      listener.advance(now);
      this.#drainListener(listener);
    }
  }

  #feed(host: VirtualHost): void {
    const { core, audio } = host;
    if (core.isAudioAwaited) return;
    while (!host.hasAudioEnded && !core.isFinished && core.audioBacklog < BACKLOG_MILLIS) {
      const next = audio.next();
      host.hasAudioEnded = next.done === true;
      if (next.done) core.endAudio(this.hostNow);
      else core.pushAudio(next.value, this.hostNow);
    }
  }

  #drainHost(host: VirtualHost): void {
    const { core, outputs, epochs } = host;
    for (const epoch of core.secrecy?.epochs.all ?? []) epochs.set(epoch.epoch, epoch);
    for (let next = core.pollOutput(); next; next = core.pollOutput()) {
      if (next.kind !== "examine-join") outputs.push(next);
      else core.onExamined(next.id, host.examine(next.join), this.hostNow);
    }
    this.#sendAll(core, HOST);
  }

  #drainListener(listener: VirtualListener): void {
    const { core, address, outputs, sealer } = listener;
    for (let next = core.pollOutput(); next; next = core.pollOutput()) {
      if (next.kind === "stats") checked(next.ledger);
      if (next.kind !== "seal-join") outputs.push(next);
      else {
        const { id, hostKey, plaintext, associated } = next.join;
        core.onJoinSealed(id, sealer.seal(hostKey, plaintext, associated), listener.time(this.now));
      }
    }
    this.#sendAll(core, address);
    if (!this.#asleep.has(listener)) this.#agenda.set(listener, listener.deadline);
  }

  #sendAll(core: Core<unknown>, address: Address): void {
    for (let next = core.pollTransmit(); next; next = core.pollTransmit()) {
      const accepted = next.to.filter((to) => !this.#options.refuses?.(next.datagram, to.address));
      for (const to of accepted) this.net.send(next.datagram, address, to.address, this.now);
      core.onSent(next, accepted.length);
    }
  }

  #nextDeadline(): Millis {
    let earliest = this.net.deadline ?? Infinity;
    earliest = Math.min(earliest, this.#hostDeadline);
    return Math.min(earliest, this.#agenda.time);
  }

  get #hostDeadline(): Millis {
    return this.#hostSleep ? Infinity : (this.host?.core.deadline ?? Infinity) + this.#hostBehind;
  }

  #whoIsStuck(): string {
    const stuck = this.listeners
      .filter(({ deadline }) => deadline <= this.now)
      .map(({ index }) => `listener ${index}`);
    if (this.#hostDeadline <= this.now) stuck.push("the host");
    return `Time stands still: ${stuck.join(", ") || "the network"} asks for now again and again`;
  }

  #choosePath(from: Address, to: Address): NetemOptions {
    const isDown = from.hostname === HOST.hostname;
    const listener = isDown ? to : from;
    const index = listener.port - 40_000;
    const chosen = isDown
      ? this.#options.towardsListener?.(index)
      : this.#options.towardsHost?.(index);
    return { seed: this.#seed * 7919 + index * 2 + (isDown ? 0 : 1), ...chosen };
  }
}
