import type { Address } from "../../driver/socket.ts";

/** A datagram that has arrived. */
export interface Received {
  /** Whole, however long it is; valid until the next one is asked for. */
  readonly datagram: Uint8Array;
  readonly from: Address;
}

/** A way to receive on a bound UDP socket. All of them pass tests/shared/system/udp/udp_receiver_test.ts. */
export interface UdpReceiver {
  /**
   * The next datagram; undefined once the socket is closed, and only then. Is asked again when it has resolved.
   * Rejects when the system reports an error; the next datagram may be asked for then, too.
   */
  receive(): Promise<Received | undefined>;
  /** Nothing is received any more. Call it just before the socket is closed. */
  close(): void;
}

/**
 * Room for the largest possible datagram, so that oversized ones can be counted. A datagram that did not
 * fit would be cut on most systems, and be an error on Windows.
 */
const RECEIVE_BYTES = 65_536;

/** Receives with the runtime's own call, one datagram in a turn of its event loop. */
export class RuntimeReceiver implements UdpReceiver {
  readonly #connection: Deno.DatagramConn;
  readonly #buffer = new Uint8Array(RECEIVE_BYTES);
  #isClosed = false;

  constructor(connection: Deno.DatagramConn) {
    this.#connection = connection;
  }

  async receive(): Promise<Received | undefined> {
    for (;;) {
      try {
        const [datagram, from] = await this.#connection.receive(this.#buffer);
        return { datagram, from: from as Deno.NetAddr };
      } catch (error) {
        // Some systems report here that the receiver of an earlier datagram is unreachable.
        if (error instanceof Deno.errors.ConnectionReset) continue;
        if (error instanceof Deno.errors.ConnectionRefused) continue;
        if (this.#isClosed || error instanceof Deno.errors.BadResource) return undefined;
        throw error;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
  }
}
