import type { Clock } from "../../driver/clock.ts";
import type { Address, SocketUse } from "../../driver/socket.ts";
import { BatchReceiver } from "./batch_receiver.ts";
import { BatchSender } from "./batch_sender.ts";
import { findDescriptor } from "./descriptor.ts";
import { familyOf } from "./socket_address.ts";
import { raiseReceiveBuffer } from "./socket_options.ts";
import { openSystemCalls, type SystemCalls } from "./system_calls.ts";
import { RuntimeReceiver, type UdpReceiver } from "./udp_receiver.ts";
import { RuntimeSender, type UdpSender } from "./udp_sender.ts";

/** How a socket sends and receives. Close the receiver, then the sender, which closes the socket. */
export interface UdpWays {
  readonly sender: UdpSender;
  readonly receiver: UdpReceiver;
}

/**
 * The fastest ways to send and to receive that this system has and permits. Raises the socket's receive buffer too.
 *
 * @param connection bound, and not used by others.
 */
export function openWays(
  connection: Deno.DatagramConn,
  use: SocketUse,
  clock: Clock,
): UdpWays {
  const runtime = {
    sender: new RuntimeSender(connection),
    receiver: new RuntimeReceiver(connection),
  };
  const calls = use.noFfi ? undefined : openSystemCalls();
  if (!calls) return runtime;
  const local = connection.addr as Deno.NetAddr;
  const descriptor = findDescriptor(calls, local);
  if (descriptor !== undefined) raiseReceiveBuffer(calls, descriptor);
  const batches = use.isForMany && descriptor !== undefined &&
    openBatches(calls, descriptor, { local, clock }, runtime);
  if (batches) return batches;
  calls.close();
  return runtime;
}

/** @returns undefined where the system has no such calls. */
function openBatches(
  calls: SystemCalls,
  descriptor: number,
  { local, clock }: { readonly local: Address; readonly clock: Clock },
  runtime: UdpWays,
): UdpWays | undefined {
  const { sendmmsg, recvmmsg } = calls.symbols;
  if (!sendmmsg || !recvmmsg || Deno.build.os !== "linux") return undefined;
  const family = familyOf(local.hostname);
  const receiver = new BatchReceiver({
    family,
    receiveMessages: (messages, count, flags) => recvmmsg(descriptor, messages, count, flags, null),
    runtime: runtime.receiver,
    clock,
  });
  const sender = new BatchSender({
    family,
    sendMessages: (messages, count, flags) => sendmmsg(descriptor, messages, count, flags),
    runtime: runtime.sender,
    onClosed() {
      receiver.close();
      calls.close();
    },
  });
  return { sender, receiver };
}
