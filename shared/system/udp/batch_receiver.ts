import type { Millis } from "../../core/units.ts";
import type { Clock } from "../../driver/clock.ts";
import { ReceivedBatch } from "./received_batch.ts";
import { SocketAddressReader } from "./socket_address_reader.ts";
import type { Family } from "./socket_address.ts";
import type { Received, UdpReceiver } from "./udp_receiver.ts";

/** In a call of `recvmmsg`: never wait (recv(2)). */
const MSG_DONTWAIT = 0x40;

/**
 * The system's call (recvmmsg(2)). @returns how many of the first `count` messages it filled; less than one when
 * nothing waits, or because of an error.
 */
export type ReceiveMessages = (messages: Uint8Array, count: number, flags: number) => number;

export interface BatchReceiverOptions {
  /** Of the socket. */
  readonly family: Family;
  readonly receiveMessages: ReceiveMessages;
  /** Waits for a datagram, and tells errors. */
  readonly runtime: UdpReceiver;
  readonly clock: Clock;
}

/**
 * While datagrams wait, the runtime looks for other input and for timers on every 61st round of its loop only, and a
 * round is a whole batch: others would wait for tenths of a second.
 */
const READING_AT_A_STRETCH_MILLIS: Millis = 2;

/**
 * Waits for one datagram with the runtime's call, then takes with one call of the system what waits behind it, on the
 * descriptor of the runtime's own socket, and gives that out without a turn of the event loop. After one batch it is
 * the runtime's call again; where there is always more it also gives way now and then.
 *
 * An error of the system's call is no error here: when it lasts, the runtime's call meets it and tells it; otherwise
 * it belonged to an earlier copy that was sent (ECONNREFUSED), which the runtime's call would ignore as well.
 */
export class BatchReceiver implements UdpReceiver {
  readonly #options: BatchReceiverOptions;
  readonly #batch = new ReceivedBatch();
  readonly #addresses: SocketAddressReader;
  readonly #closing = new AbortController();
  /** A datagram has come since the last call of the system. */
  #mayMoreWait = false;
  /** Infinity since the system was last found without a datagram. */
  #giveWayAt: Millis = Infinity;

  constructor(options: BatchReceiverOptions) {
    this.#options = options;
    this.#addresses = new SocketAddressReader(options.family);
  }

  receive(): Promise<Received | undefined> {
    // The number of a closed descriptor may be another file's by now.
    if (this.#closing.signal.aborted) return Promise.resolve(undefined);
    if (this.#batch.isEmpty && this.#mayMoreWait) this.#fill();
    // Not an async function: thousands of datagrams come this way in a second.
    return this.#batch.isEmpty
      ? this.#receiveFirst()
      : Promise.resolve(this.#batch.take(this.#addresses));
  }

  async #receiveFirst(): Promise<Received | undefined> {
    await this.#giveWay();
    const first = await this.#options.runtime.receive();
    this.#mayMoreWait = first !== undefined;
    return first;
  }

  close(): void {
    this.#closing.abort();
    this.#options.runtime.close();
  }

  #fill(): void {
    const { receiveMessages, clock } = this.#options;
    this.#mayMoreWait = false;
    this.#batch.fill((messages, count) => receiveMessages(messages, count, MSG_DONTWAIT));
    if (this.#batch.isEmpty) this.#giveWayAt = Infinity;
    else if (this.#giveWayAt === Infinity) {
      this.#giveWayAt = clock.now() + READING_AT_A_STRETCH_MILLIS;
    }
  }

  async #giveWay(): Promise<void> {
    const { clock } = this.#options;
    if (this.#giveWayAt === Infinity || clock.now() < this.#giveWayAt) return;
    this.#giveWayAt = Infinity;
    await clock.giveWay(this.#closing.signal);
  }
}
