import type { Millis } from "../../shared/core/units.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { receiveAll } from "../../shared/driver/receiving.ts";
import {
  type Address,
  addressKey,
  type DatagramSocket,
  Destination,
} from "../../shared/driver/socket.ts";
import { Agenda } from "./agenda.ts";
import { Netem, type NetemOptions, type PacketFate } from "./netem.ts";

export interface RelayOptions {
  /** The host's address. */
  readonly upstream: Address;
  /** The paths of a listener; `index` counts listeners in the order of their first datagram. */
  readonly towardsListener: (index: number) => NetemOptions;
  readonly towardsHost?: (index: number) => NetemOptions;
  /** Sees the datagrams of the host, before the path changes anything. */
  readonly watch?: (datagram: Uint8Array) => void;
  /** Is told what becomes of each packet on its way to a listener. */
  readonly watchFate?: (index: number, fate: PacketFate) => void;
  /** The address for listeners; without it, any free port of the loopback. */
  readonly local?: Address;
}

/** A listener behind the relay. */
export interface RelayedListener {
  readonly index: number;
  readonly address: Address;
  /** The address of this listener as the host sees it. */
  readonly seenAs: Address;
  readonly towardsListener: Netem;
  readonly towardsHost: Netem;
}

export interface Relay {
  /** The address that listeners use for the host. */
  readonly address: Address;
  readonly listeners: readonly RelayedListener[];
  /** Datagrams that the system refused to send; if not 0, the counts are wrong. */
  readonly refusedSends: number;
  /** Errors that the system reported instead of datagrams; if not 0, the counts are wrong. */
  readonly receiveErrors: number;
  /** Whether all paths are empty. */
  readonly isIdle: boolean;
  /** Gives a listener a new address towards the host, like a NAT that lost its mapping. */
  rebind(index: number): void;
  close(): Promise<void>;
}

/** A network on real sockets, between a host and its listeners, with a path for each. */
export function openRelay(machine: Machine, options: RelayOptions): Relay {
  return new SocketRelay(machine, options);
}

interface Lane {
  readonly netem: Netem;
  readonly out: () => DatagramSocket;
  readonly to: readonly [Destination];
}

interface Client extends RelayedListener {
  seenAs: Address;
  back: DatagramSocket;
  readonly down: Lane;
  readonly up: Lane;
}

class SocketRelay implements Relay {
  readonly #machine: Machine;
  readonly #options: RelayOptions;
  readonly #front: DatagramSocket;
  readonly #clients = new Map<string, Client>();
  /** Each lane with the time at which its next datagram is due. */
  readonly #lanes = new Agenda<Lane>();
  readonly #stopping = new AbortController();
  readonly #tasks: Promise<void>[] = [];
  #alarm = new AbortController();
  #alarmAt: Millis = Infinity;
  refusedSends = 0;
  receiveErrors = 0;

  constructor(machine: Machine, options: RelayOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#front = machine.openSocket(options.local ?? { hostname: "127.0.0.1", port: 0 });
    this.#tasks.push(this.#fromListeners(), this.#forward());
  }

  get address(): Address {
    return this.#front.address;
  }

  get listeners(): readonly RelayedListener[] {
    return [...this.#clients.values()];
  }

  get isIdle(): boolean {
    return this.#lanes.time === Infinity;
  }

  rebind(index: number): void {
    const client = [...this.#clients.values()][index]!;
    client.back.close();
    client.back = this.#machine.openSocket({ hostname: "127.0.0.1", port: 0 });
    client.seenAs = client.back.address;
    this.#tasks.push(this.#fromHost(client));
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#alarm.abort();
    this.#front.close();
    for (const { back } of this.#clients.values()) back.close();
    await Promise.all(this.#tasks);
  }

  #fromListeners(): Promise<void> {
    return this.#receive(this.#front, (datagram, from) => {
      const client = this.#clients.get(addressKey(from)) ?? this.#welcome(from);
      this.#push(client.up, datagram);
    });
  }

  #fromHost({ back, down }: Client): Promise<void> {
    return this.#receive(back, (datagram) => {
      this.#options.watch?.(datagram);
      this.#push(down, datagram);
    });
  }

  #receive(
    socket: DatagramSocket,
    onDatagram: (datagram: Uint8Array, from: Address) => void,
  ): Promise<void> {
    const { clock } = this.#machine;
    const { signal } = this.#stopping;
    return receiveAll({ socket, clock, signal, onDatagram, onError: () => this.receiveErrors++ });
  }

  #welcome({ hostname, port }: Address): Client {
    const index = this.#clients.size;
    const address = { hostname, port };
    const back = this.#machine.openSocket({ hostname: "127.0.0.1", port: 0 });
    const towardsListener = new Netem(this.#options.towardsListener(index));
    towardsListener.watch = (fate) => this.#options.watchFate?.(index, fate);
    const towardsHost = new Netem(this.#options.towardsHost?.(index));
    const out = () => client.back;
    const down = { netem: towardsListener, out: () => this.#front, to: to(address) };
    const up = { netem: towardsHost, out, to: to(this.#options.upstream) };
    const paths = { towardsListener, towardsHost, down, up };
    const client: Client = { index, address, seenAs: back.address, back, ...paths };
    this.#clients.set(addressKey(address), client);
    this.#tasks.push(this.#fromHost(client));
    return client;
  }

  #push(lane: Lane, datagram: Uint8Array): void {
    lane.netem.push(datagram, this.#machine.clock.now());
    this.#plan(lane);
    if (this.#lanes.time < this.#alarmAt) this.#alarm.abort();
  }

  #plan(lane: Lane): void {
    this.#lanes.set(lane, lane.netem.deadline ?? Infinity);
  }

  /** Sends due datagrams one after the other, so that they are sent in the order that is counted. */
  async #forward(): Promise<void> {
    const { clock } = this.#machine;
    while (!this.#stopping.signal.aborted) {
      const next = () => this.#lanes.due(clock.now());
      for (let lane = next(); lane; lane = next()) await this.#empty(lane);
      this.#alarm = new AbortController();
      this.#alarmAt = this.#lanes.time;
      await clock.sleepUntil(this.#alarmAt, this.#alarm.signal);
    }
  }

  async #empty(lane: Lane): Promise<void> {
    const { netem, out, to } = lane;
    for (const datagram of netem.poll(this.#machine.clock.now())) {
      const refused = await out().sendMany(datagram, to);
      this.refusedSends += refused.length;
    }
    this.#plan(lane);
  }
}

function to(address: Address): readonly [Destination] {
  return [new Destination(address)];
}
