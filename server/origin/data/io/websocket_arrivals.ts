// @ts-types="./ws.d.ts"
import { type ClientOptions, WebSocket } from "ws";
import { describeNetworkProblem } from "../../io/bytes/http_request.ts";
import { type Arrival, ArrivalQueue, jsonArrival, MAX_ARRIVAL_BYTES } from "./arrivals.ts";
import { ConnectionProblem } from "./reconnecting.ts";

const HANDSHAKE_MILLIS = 10_000;
const OPTIONS: ClientOptions = {
  maxPayload: MAX_ARRIVAL_BYTES,
  perMessageDeflate: false,
  handshakeTimeout: HANDSHAKE_MILLIS,
  followRedirects: false,
};

/** Messages of a WebSocket server, each with one message of data as JSON, as text or as bytes of UTF-8. */
export async function* readWebSocket(
  url: URL,
  signal: AbortSignal,
  onDropped: () => void,
): AsyncGenerator<Arrival> {
  const queue = new ArrivalQueue(onDropped);
  const socket = new WebSocket(url, OPTIONS);
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
    socket.terminate();
  }
}

function describe(error: Error): string {
  const status = /server response: (\d+)/.exec(error.message)?.[1];
  return status === undefined
    ? describeNetworkProblem(error)
    : `can't be read: the server answers ${status} instead of a WebSocket; check the address`;
}
