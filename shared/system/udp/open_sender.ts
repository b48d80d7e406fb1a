import type { Address, SocketUse } from "../../driver/socket.ts";
import { BatchSender } from "./batch_sender.ts";
import { findDescriptor } from "./descriptor.ts";
import { familyOf } from "./socket_address.ts";
import { raiseReceiveBuffer } from "./socket_options.ts";
import { openSystemCalls, type SystemCalls } from "./system_calls.ts";
import { RuntimeSender, type UdpSender } from "./udp_sender.ts";

/**
 * The fastest way to send from a socket that this system has and permits. Raises the socket's receive buffer too.
 *
 * @param connection bound, and not used by others.
 */
export function openSender(connection: Deno.DatagramConn, use: SocketUse): UdpSender {
  const runtime = new RuntimeSender(connection);
  const calls = use.noFfi ? undefined : openSystemCalls();
  if (!calls) return runtime;
  const local = connection.addr as Deno.NetAddr;
  const descriptor = findDescriptor(calls, local);
  if (descriptor !== undefined) raiseReceiveBuffer(calls, descriptor);
  const sender = use.isForMany && descriptor !== undefined &&
    openBatchSender(calls, descriptor, local, runtime);
  if (sender) return sender;
  calls.close();
  return runtime;
}

/** @returns undefined where the system has no such call. */
function openBatchSender(
  calls: SystemCalls,
  descriptor: number,
  local: Address,
  runtime: UdpSender,
): UdpSender | undefined {
  const { sendmmsg } = calls.symbols;
  if (!sendmmsg || Deno.build.os !== "linux") return undefined;
  return new BatchSender({
    family: familyOf(local.hostname),
    sendMessages: (messages, count, flags) => sendmmsg(descriptor, messages, count, flags),
    runtime,
    onClosed: () => calls.close(),
  });
}
