import { openListener } from "../../client/session/session.ts";
import type { ListenerSession } from "../../client/session/session.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import type {
  Address,
  DatagramSocket,
  Destination,
  RefusedSend,
} from "../../shared/driver/socket.ts";
import { demux } from "../../shared/rtp/demux.ts";
import type { NetemOptions } from "../network/netem.ts";
import { openRelay, type Relay } from "../network/relay.ts";
import { linkThrough } from "../../tests/e2e/streamer.ts";

/** Every listener's path, in both directions, apart from its loss. */
const PATH = { delayMillis: 10, jitterMillis: 5 };
/** The first bytes of a report (RFC 3550 section 6.4.2), which are never encrypted. */
const RECEIVER_REPORT_TYPE = 201;

/**
 * Complete listeners in this process, each with its own path: they join, decrypt, send NACKs and keep
 * ledgers as `listen` does.
 */
export class Crowd implements AsyncDisposable {
  /**
   * The share of datagrams lost from now on, in each direction. While it is 0, NACKs are dropped too,
   * because on a busy machine packets arrive so late that listeners take them for lost. NACKs in the same
   * datagram as a report are still sent.
   */
  loss = 0;
  readonly #relay: Relay;
  #listeners: readonly ListenerSession[] = [];
  #asked = 0;

  private constructor(port: number) {
    this.#relay = openRelay(systemMachine, {
      upstream: { hostname: "127.0.0.1", port },
      towardsListener: (index) => this.#path(2 * index),
      towardsHost: (index) => this.#path(2 * index + 1),
    });
  }

  /** Resolves when all have joined. */
  static async join(count: number, link: string, port: number): Promise<Crowd> {
    const crowd = new Crowd(port);
    const through = linkThrough(link, crowd.#relay.address.port);
    const machine = crowd.#machine();
    const one = () =>
      openListener({ link: through, host: "", port: 0, latency: "normal" }, machine);
    crowd.#listeners = await Promise.all(Array.from({ length: count }, one));
    await Promise.all(crowd.#listeners.map(untilJoined));
    return crowd;
  }

  /** The number of datagrams with NACKs so far. */
  get asked(): number {
    return this.#asked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.loss = 0;
    for (const listener of this.#listeners) listener.stop();
    await Promise.all(this.#listeners.map(({ finished }) => finished));
    await this.#relay.close();
  }

  #path(seed: number): NetemOptions {
    const lossNow = () => this.loss;
    return {
      seed,
      ...PATH,
      // Read for each datagram.
      get loss() {
        return lossNow();
      },
    };
  }

  #machine(): Machine {
    const openSocket = (local: Address): DatagramSocket => {
      const socket = systemMachine.openSocket(local);
      return {
        address: socket.address,
        receive: () => socket.receive(),
        sendMany: (datagram, to) => this.#send(socket, datagram, to),
        close: () => socket.close(),
      };
    };
    return { ...systemMachine, openSocket };
  }

  async #send(
    socket: DatagramSocket,
    datagram: Uint8Array,
    to: readonly Destination[],
  ): Promise<readonly RefusedSend[]> {
    if (isRequest(datagram)) {
      if (this.loss === 0) return [];
      this.#asked++;
    }
    return await socket.sendMany(datagram, to);
  }
}

/** A control packet that is no report; without address and key changes it is a NACK. */
function isRequest(datagram: Uint8Array): boolean {
  const kind = demux(datagram);
  return kind.ok && kind.value === "rtcp" && datagram[1] !== RECEIVER_REPORT_TYPE;
}

function untilJoined(listener: ListenerSession): Promise<void> {
  return new Promise((resolve) => {
    const stop = listener.subscribe(({ kind }) => {
      if (kind !== "joined") return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}
