import {
  type Address,
  addressKey,
  type DatagramSocket,
  type Destination,
  type RefusedSend,
} from "../../shared/driver/socket.ts";
import type { Millis } from "../../shared/core/units.ts";
import { Agenda } from "../../scripts/network/agenda.ts";
import { Netem, type NetemOptions } from "../../scripts/network/netem.ts";

/** The receiver at an address. */
export type Receiver = (datagram: Uint8Array, from: Address, now: Millis) => void;

/** Chooses the faults of the path from one address to another. */
export type PathChooser = (from: Address, to: Address) => NetemOptions;

interface Path {
  readonly from: Address;
  readonly to: Address;
  readonly netem: Netem;
}

/**
 * A network in memory: a {@linkcode Netem} for each direction between two addresses. Each datagram is copied
 * when it is sent, and delivered in one buffer that the next delivery overwrites, so that
 * code that keeps a view of a reused buffer fails its tests.
 */
export class MemoryNet {
  readonly #choosePath: PathChooser;
  readonly #receivers = new Map<string, Receiver>();
  readonly #paths = new Map<string, Path>();
  readonly #agenda = new Agenda<Path>();
  readonly #buffer = new Uint8Array(2048);
  #watcher: ((datagram: Uint8Array, from: Address, to: Address) => void) | undefined;
  /** Datagrams to addresses without a receiver. */
  undeliverable = 0;

  constructor(choosePath: PathChooser = () => ({})) {
    this.#choosePath = choosePath;
  }

  attach(address: Address, receiver: Receiver): void {
    this.#receivers.set(addressKey(address), receiver);
  }

  detach(address: Address): void {
    this.#receivers.delete(addressKey(address));
  }

  /** Drops the paths from and to an address that is no longer used, with the datagrams on them. */
  forget(address: Address): void {
    const own = addressKey(address);
    for (const [key, path] of this.#paths) {
      if (addressKey(path.from) !== own && addressKey(path.to) !== own) continue;
      this.#paths.delete(key);
      this.#agenda.delete(path);
    }
  }

  /** Gives every datagram to `watcher` as it is sent, before the path changes it. */
  watch(watcher: (datagram: Uint8Array, from: Address, to: Address) => void): void {
    this.#watcher = watcher;
  }

  send(datagram: Uint8Array, from: Address, to: Address, now: Millis): void {
    this.#watcher?.(datagram, from, to);
    const path = this.#path(from, to);
    path.netem.push(datagram, now);
    this.#plan(path);
  }

  /** The path, to read its counts. */
  path(from: Address, to: Address): Netem {
    return this.#path(from, to).netem;
  }

  /** When a datagram next arrives; undefined while none is under way. */
  get deadline(): Millis | undefined {
    const { time } = this.#agenda;
    return time === Infinity ? undefined : time;
  }

  /** Delivers all datagrams that are due. */
  deliver(now: Millis): void {
    const paths: Path[] = [];
    for (let path = this.#agenda.due(now); path; path = this.#agenda.due(now)) {
      paths.push(path);
      this.#agenda.set(path, Infinity);
    }
    for (const path of paths) {
      for (const datagram of path.netem.poll(now)) {
        this.#handOver(datagram, path.from, path.to, now);
      }
      this.#plan(path);
    }
  }

  #plan(path: Path): void {
    this.#agenda.set(path, path.netem.deadline ?? Infinity);
  }

  #handOver(datagram: Uint8Array, from: Address, to: Address, now: Millis): void {
    const receiver = this.#receivers.get(addressKey(to));
    if (!receiver) {
      this.undeliverable++;
      return;
    }
    this.#buffer.set(datagram);
    receiver(this.#buffer.subarray(0, datagram.length), from, now);
    this.#buffer.fill(0xee);
  }

  #path(from: Address, to: Address): Path {
    const key = `${addressKey(from)}>${addressKey(to)}`;
    let path = this.#paths.get(key);
    if (!path) {
      path = { from, to, netem: new Netem(this.#choosePath(from, to)) };
      this.#paths.set(key, path);
    }
    return path;
  }
}

/** Datagrams that a {@linkcode MemorySocket} holds before it drops further ones, as a system's buffer does. */
const SOCKET_BUFFER_DATAGRAMS = 256;

/** A {@linkcode DatagramSocket} on a {@linkcode MemoryNet}, for programs rather than cores. */
export class MemorySocket implements DatagramSocket {
  readonly #net: MemoryNet;
  readonly #now: () => Millis;
  readonly #arrived: { datagram: Uint8Array; from: Address }[] = [];
  readonly #buffer = new Uint8Array(2048);
  #waiting: (() => void) | undefined;
  #isClosed = false;
  dropped = 0;

  constructor(net: MemoryNet, readonly address: Address, now: () => Millis) {
    this.#net = net;
    this.#now = now;
    net.attach(address, (datagram, from) => this.#arrive(datagram, from));
  }

  async receive(): Promise<{ datagram: Uint8Array; from: Address } | undefined> {
    while (this.#arrived.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#waiting = resolve);
    }
    const next = this.#isClosed ? undefined : this.#arrived.shift();
    if (!next) return undefined;
    this.#buffer.fill(0xee);
    this.#buffer.set(next.datagram);
    return { datagram: this.#buffer.subarray(0, next.datagram.length), from: next.from };
  }

  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    for (const { address } of to) this.#net.send(datagram, this.address, address, this.#now());
    return Promise.resolve([]);
  }

  close(): void {
    this.#isClosed = true;
    this.#net.detach(this.address);
    this.#waiting?.();
  }

  #arrive(datagram: Uint8Array, from: Address): void {
    if (this.#arrived.length >= SOCKET_BUFFER_DATAGRAMS) {
      this.dropped++;
      return;
    }
    this.#arrived.push({ datagram: datagram.slice(), from });
    this.#waiting?.();
  }
}
