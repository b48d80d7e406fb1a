import { unlessAborted } from "../../../../shared/core/unless_aborted.ts";
import { ZmtpSession } from "../zeromq/zmtp_session.ts";
import type { Arrival } from "./arrivals.ts";
import type { DataLocation } from "./location.ts";
import { ConnectionProblem } from "./reconnecting.ts";

type Publisher = Extract<DataLocation, { readonly kind: "mqtt" | "nats" | "zmq" }>;

const READ_BYTES = 256 * 1024;

/** Messages of a ZeroMQ socket that PSI's bsread writes to. */
export async function* readZmq(
  { hostname, port }: Publisher,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const connection = await open(hostname, port, signal);
  if (!connection) return;
  const close = () => {
    try {
      connection.close();
    } catch {
      // It is closed already.
    }
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    yield* readMessages(connection, signal);
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

async function* readMessages(
  connection: Deno.TcpConn,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const session = new ZmtpSession();
  const chunk = new Uint8Array(READ_BYTES);
  await write(connection, session.greeting);
  while (!signal.aborted) {
    const length = await connection.read(chunk).catch((error) => {
      if (signal.aborted) return null;
      throw error;
    });
    if (length === null) return;
    const { send, messages, problem } = session.push(chunk.subarray(0, length));
    for (const bytes of send) await write(connection, bytes);
    for (const parts of messages) {
      yield parts ? { kind: "bsread", parts } : { kind: "too-large" };
    }
    if (problem !== undefined) throw new ConnectionProblem(problem);
  }
}

/** @returns undefined when the signal aborts first. */
async function open(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn | undefined> {
  const opening = Deno.connect({ hostname, port });
  const connection = await unlessAborted(opening, signal);
  if (!connection) opening.then((late) => late.close(), () => {});
  else connection.setKeepAlive(true);
  return connection;
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
}
