import { connect } from "@nats-io/transport-node";
import { describeNetworkProblem } from "../../sound/io/bytes/http_request.ts";
import { type Arrival, ArrivalQueue, jsonArrival } from "./arrivals.ts";
import type { DataLocation } from "./location.ts";
import { ConnectionProblem } from "./reconnecting.ts";

type Server = Extract<DataLocation, { readonly kind: "mqtt" | "nats" | "zmq" }>;

const CONNECT_MILLIS = 10_000;
/** The server must answer a ping this often, so that a dead connection is seen. */
const PING_MILLIS = 20_000;

/** Messages of a NATS subject, which may have the wildcards `*` and `>`. */
export async function* readNats(
  { hostname, port, subject, user, password }: Server,
  signal: AbortSignal,
  onDropped: () => void,
): AsyncGenerator<Arrival> {
  const queue = new ArrivalQueue(onDropped);
  const connection = await open({ hostname, port, user, password });
  try {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) queue.end(new ConnectionProblem(describe(error)));
        else queue.push(jsonArrival(message.data.slice()));
      },
    });
    connection.closed().then(() => queue.end(), (error) => queue.end(error));
    yield* queue.read(signal);
  } finally {
    await connection.close();
  }
}

async function open(
  { hostname, port, user, password }: {
    readonly hostname: string;
    readonly port: number;
    readonly user: string | undefined;
    readonly password: string | undefined;
  },
) {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  try {
    return await connect({
      servers: `${host}:${port}`,
      reconnect: false,
      timeout: CONNECT_MILLIS,
      pingInterval: PING_MILLIS,
      maxPingOut: 1,
      ...(password !== undefined
        ? { user, pass: password }
        : user !== undefined && { token: user }),
    });
  } catch (error) {
    throw new ConnectionProblem(describe(error as Error));
  }
}

function describe(error: Error): string {
  if (/permissions/i.test(error.message)) {
    return "refuses the subject; check its name and who may read it";
  }
  if (/authorization|authentication/i.test(error.message)) {
    return "refuses the connection; check user name and password in the address";
  }
  return describeNetworkProblem(error);
}
