// @ts-types="./ws.d.ts"
import { type ClientOptions, WebSocket } from "ws";
import { linkedSignal } from "../../../../shared/core/linked_signal.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { Clock } from "../../../../shared/driver/clock.ts";
import { describeNetworkProblem } from "../../io/bytes/http_request.ts";
import { type Arrival, ArrivalQueue, jsonArrival, MAX_ARRIVAL_BYTES } from "./arrivals.ts";
import { ConnectionProblem } from "./reconnecting.ts";

/** The library's own limit throws after the handshake too, before Deno 2.8, and nothing could catch that. */
const HANDSHAKE_MILLIS: Millis = 10_000;
const OPTIONS: ClientOptions = {
  maxPayload: MAX_ARRIVAL_BYTES,
  perMessageDeflate: false,
  followRedirects: false,
};

export interface WebSocketReading {
  readonly clock: Clock;
  /** Ends the connection. */
  readonly signal: AbortSignal;
  /** Called for each message that came faster than it was read. */
  readonly onDropped: () => void;
}

/** Messages of a WebSocket server, each with one message of data as JSON, as text or as bytes of UTF-8. */
export async function* readWebSocket(
  url: URL,
  { clock, signal, onDropped }: WebSocketReading,
): AsyncGenerator<Arrival> {
  const queue = new ArrivalQueue(onDropped);
  const socket = new WebSocket(url, OPTIONS);
  const open = new AbortController();
  socket.on("open", () => open.abort());
  const patience = linkedSignal(signal, open.signal);
  clock.sleepUntil(clock.now() + HANDSHAKE_MILLIS, patience).then(() => {
    if (!patience.aborted) queue.end(new ConnectionProblem(NO_ANSWER));
  });
  // A copy, because the library may use its memory again.
  socket.on("message", (data) => queue.push(jsonArrival(new Uint8Array(data))));
  socket.on("error", (error) => {
    // The socket is closed then; the message was not kept.
    if (error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") queue.push({ kind: "too-large" });
    queue.end(new ConnectionProblem(describe(error)));
  });
  socket.on("close", () => queue.end());
  try {
    yield* queue.read(signal);
  } finally {
    open.abort();
    socket.terminate();
  }
}

const NO_ANSWER = "does not answer as a WebSocket server does; check the address and the port";

function describe(error: Error): string {
  const status = /server response: (\d+)/.exec(error.message)?.[1];
  return status === undefined
    ? describeNetworkProblem(error)
    : `can't be read: the server answers ${status} instead of a WebSocket; check the address`;
}
