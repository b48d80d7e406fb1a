import { type Destination, type RefusedSend, sendToEach } from "../../driver/socket.ts";

/** A way to send from a bound UDP socket. All of them pass tests/shared/system/udp/udp_sender_test.ts. */
export interface UdpSender {
  /**
   * Sends the same bytes to each destination, whose address it encodes only the first time. The bytes may
   * be changed once this has resolved.
   *
   * @returns the copies that the system refused, those of a closed socket included. Never rejects.
   */
  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]>;
  /** Closes the socket, if it is not closed already. */
  close(): void;
}

/** Sends with the runtime's own call, one copy after the other. */
export class RuntimeSender implements UdpSender {
  readonly #connection: Deno.DatagramConn;

  constructor(connection: Deno.DatagramConn) {
    this.#connection = connection;
  }

  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    const connection = this.#connection;
    // Not an async function: that would be one more promise for each copy.
    return sendToEach(to, (one) => connection.send(datagram, one));
  }

  close(): void {
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }
}
