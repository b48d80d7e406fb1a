import type { Millis } from "../../../../shared/core/units.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { NatsSession } from "../nats/nats_session.ts";
import { type Arrival, MAX_ARRIVAL_BYTES } from "./arrivals.ts";
import type { BrokerLocation } from "./location.ts";
import { ConnectionProblem } from "./reconnecting.ts";
import { TcpConnection } from "./tcp_connection.ts";

/** The server is asked for a sign of life this often, so that a dead connection is seen. */
const PING_MILLIS: Millis = 20_000;
const MAX_UNANSWERED = 2;

/** Messages of a NATS subject, which may have the wildcards `*` and `>`. */
export async function* readNats(
  location: BrokerLocation,
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<Arrival> {
  const connection = await TcpConnection.open(location, signal);
  if (!connection) return;
  const session = new NatsSession({ ...location, maxBytes: MAX_ARRIVAL_BYTES });
  const over = new AbortController();
  const pinging = keepAsking(session, connection, clock, over.signal);
  try {
    for await (const chunk of connection.chunks()) {
      const { send, messages, problem } = session.push(chunk);
      for (const bytes of send) await connection.write(bytes);
      for (const bytes of messages) yield bytes ? { kind: "json", bytes } : { kind: "too-large" };
      if (problem !== undefined) throw new ConnectionProblem(problem);
    }
  } finally {
    over.abort();
    connection.close();
    await pinging;
  }
}

/** Closes the connection when the server no longer answers. */
async function keepAsking(
  session: NatsSession,
  connection: TcpConnection,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleepUntil(clock.now() + PING_MILLIS, signal);
    if (signal.aborted) return;
    if (session.unanswered >= MAX_UNANSWERED) return connection.close();
    // A connection that broke ends the reading.
    await connection.write(session.ping()).catch(() => {});
  }
}
