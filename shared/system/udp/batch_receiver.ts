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
}

/**
 * Waits for one datagram with the runtime's call, then takes with one call of the system what waits behind it, on the
 * descriptor of the runtime's own socket, and gives that out without a turn of the event loop. After one batch it is
 * the runtime's call again, so that timers and other sockets get their turn.
 *
 * An error of the system's call is no error here: when it lasts, the runtime's call meets it and tells it; otherwise
 * it belonged to an earlier copy that was sent (ECONNREFUSED), which the runtime's call would ignore as well.
 */
export class BatchReceiver implements UdpReceiver {
  readonly #options: BatchReceiverOptions;
  readonly #batch = new ReceivedBatch();
  readonly #addresses: SocketAddressReader;
  /** Since the last batch a datagram has come. */
  #mayMoreWait = false;
  #isClosed = false;

  constructor(options: BatchReceiverOptions) {
    this.#options = options;
    this.#addresses = new SocketAddressReader(options.family);
  }

  async receive(): Promise<Received | undefined> {
    // The number of a closed descriptor may be another file's by now.
    if (this.#isClosed) return undefined;
    const { runtime, receiveMessages } = this.#options;
    if (this.#mayMoreWait && this.#batch.isEmpty) {
      this.#mayMoreWait = false;
      this.#batch.fill((messages, count) => receiveMessages(messages, count, MSG_DONTWAIT));
    }
    if (!this.#batch.isEmpty) return this.#batch.take(this.#addresses);
    const first = await runtime.receive();
    this.#mayMoreWait = first !== undefined;
    return first;
  }

  close(): void {
    this.#isClosed = true;
    this.#options.runtime.close();
  }
}
