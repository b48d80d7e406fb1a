/*
 * A UDP socket of Deno.
 *
 * In: an address to bind to, datagrams with the list of their receivers. Out: the datagrams that arrive, and the copies
 * that the system refused to send.
 *
 * open_sender.ts chooses how to send: udp_sender.ts has the runtime's own call, one copy at a time, which every system
 * has; batch_sender.ts has Linux's `sendmmsg`, many copies with one call, through FFI (system_calls.ts) on the very
 * descriptor that Deno opened (descriptor.ts). message_batch.ts and socket_address.ts are the call's structures,
 * socket_options.ts has the receive buffer. Both ways pass the same tests. Read next: open_sender.ts.
 */
import { CommandError, ExitCode } from "../../core/errors.ts";
import {
  type Address,
  type DatagramSocket,
  type Destination,
  formatAddress,
  type RefusedSend,
  type SocketUse,
} from "../../driver/socket.ts";
import { openSender } from "./open_sender.ts";
import type { UdpSender } from "./udp_sender.ts";

/**
 * Room for the largest possible datagram, so that oversized ones can be counted. A datagram that did not
 * fit would be cut on most systems, and be an error on Windows.
 */
const RECEIVE_BYTES = 65_536;

/** A bound UDP socket whose receive buffer is as large as the system allows. */
export class UdpSocket implements DatagramSocket {
  readonly address: Address;
  readonly #connection: Deno.DatagramConn;
  readonly #sender: UdpSender;
  readonly #buffer = new Uint8Array(RECEIVE_BYTES);
  #isClosed = false;

  /** @throws CommandError when the address is in use or not an address of this machine. */
  constructor(local: Address, use: SocketUse = {}) {
    try {
      // Without `loopback`, players on the same machine would not receive multicast.
      this.#connection = Deno.listenDatagram({ transport: "udp", loopback: true, ...local });
    } catch (error) {
      throw new CommandError(ExitCode.failure, explainBindError(error, local));
    }
    const { hostname, port } = this.#connection.addr as Deno.NetAddr;
    this.address = { hostname, port };
    this.#sender = openSender(this.#connection, use);
  }

  async receive(): Promise<{ datagram: Uint8Array; from: Address } | undefined> {
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

  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    return this.#sender.sendMany(datagram, to);
  }

  close(): void {
    this.#isClosed = true;
    this.#sender.close();
  }
}

function explainBindError(error: unknown, local: Address): string {
  const where = formatAddress(local);
  if (error instanceof Deno.errors.AddrInUse) {
    return `UDP port ${local.port} is in use: choose another with --port, or 0 for any free one`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${where} is not an address of this machine: choose another with --host`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Not allowed to open UDP ${where}: choose a port above 1023 with --port`;
  }
  return `Can't open UDP ${where}: ${error instanceof Error ? error.message : error}`;
}
