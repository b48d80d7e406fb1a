import { ZmtpSession } from "../zeromq/zmtp_session.ts";
import type { Arrival } from "./arrivals.ts";
import type { BrokerLocation } from "./location.ts";
import { ConnectionProblem } from "./reconnecting.ts";
import { TcpConnection } from "./tcp_connection.ts";

/** Messages of a ZeroMQ socket that PSI's bsread writes to. */
export async function* readZmq(
  location: BrokerLocation,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const connection = await TcpConnection.open(location, signal);
  if (!connection) return;
  const session = new ZmtpSession();
  try {
    await connection.write(session.greeting);
    for await (const chunk of connection.chunks()) {
      const { send, messages, problem } = session.push(chunk);
      for (const bytes of send) await connection.write(bytes);
      for (const parts of messages) {
        yield parts ? { kind: "bsread", parts } : { kind: "too-large" };
      }
      if (problem !== undefined) throw new ConnectionProblem(problem);
    }
  } finally {
    connection.close();
  }
}
