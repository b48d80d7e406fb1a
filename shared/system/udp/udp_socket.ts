/*
 * A UDP socket of Deno.
 *
 * In: an address to bind to, datagrams with the list of their receivers. Out: the datagrams that arrive, and the copies
 * that the system refused to send.
 *
 * open_ways.ts chooses how to send and receive: udp_sender.ts and udp_receiver.ts have the runtime's own calls, one
 * datagram at a time, which every system has; batch_sender.ts and batch_receiver.ts have Linux's `sendmmsg` and
 * `recvmmsg`, many with one call, through FFI (system_calls.ts) on the very descriptor that Deno opened
 * (descriptor.ts). message_batch.ts, received_batch.ts, socket_address.ts and socket_address_reader.ts are the calls'
 * structures, socket_options.ts has the receive buffer. Both ways pass the same tests. Read next: open_ways.ts.
 */
import type { Clock } from "../../driver/clock.ts";
import { CommandError, ExitCode } from "../../core/errors.ts";
import {
  type Address,
  type DatagramSocket,
  type Destination,
  formatAddress,
  type RefusedSend,
  type SocketUse,
} from "../../driver/socket.ts";
import { openWays, type UdpWays } from "./open_ways.ts";
import type { Received } from "./udp_receiver.ts";

/** A bound UDP socket whose receive buffer is as large as the system allows. */
export class UdpSocket implements DatagramSocket {
  readonly address: Address;
  readonly #ways: UdpWays;

  /**
   * @param clock by which it gives way to other input where datagrams never stop coming.
   * @throws CommandError when the address is in use or not an address of this machine.
   */
  constructor(local: Address, clock: Clock, use: SocketUse = {}) {
    const connection = bind(local);
    const { hostname, port } = connection.addr as Deno.NetAddr;
    this.address = { hostname, port };
    this.#ways = openWays(connection, use, clock);
  }

  receive(): Promise<Received | undefined> {
    return this.#ways.receiver.receive();
  }

  sendMany(datagram: Uint8Array, to: readonly Destination[]): Promise<readonly RefusedSend[]> {
    return this.#ways.sender.sendMany(datagram, to);
  }

  close(): void {
    this.#ways.receiver.close();
    this.#ways.sender.close();
  }
}

function bind(local: Address): Deno.DatagramConn {
  try {
    // Without `loopback`, players on the same machine would not receive multicast.
    return Deno.listenDatagram({ transport: "udp", loopback: true, ...local });
  } catch (error) {
    throw new CommandError(ExitCode.failure, explainBindError(error, local));
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
