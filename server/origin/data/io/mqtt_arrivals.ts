import { createConnection } from "node:net";
import { Duplex } from "node:stream";
// @ts-types="./mqtt.d.ts"
import mqtt from "mqtt";
import { unlessAborted } from "../../../../shared/core/unless_aborted.ts";
import { describeNetworkProblem } from "../../io/bytes/http_request.ts";
import { MqttSizes } from "../mqtt_sizes.ts";
import { type Arrival, ArrivalQueue, jsonArrival, MAX_ARRIVAL_BYTES } from "./arrivals.ts";
import type { BrokerLocation } from "./location.ts";
import { ConnectionProblem } from "./reconnecting.ts";

const CONNECT_MILLIS = 10_000;
/** The broker must answer a ping this often, so that a dead connection is seen. */
const KEEPALIVE_SECONDS = 20;
/** Of a message besides its payload: the topic, and its length and number. */
const MAX_HEAD_BYTES = 65_535 + 4;
/** What a broker grants when it refuses a topic (MQTT 3.1.1 section 3.9.3). */
const REFUSED = 128;
/** Reason codes of a refused name or password (MQTT 3.1.1 section 3.2.2.3, MQTT 5 section 3.2.2.2). */
const NOT_AUTHORIZED = new Set([4, 5, 0x86, 0x87]);

/** Messages of an MQTT broker's topic, which may have the wildcards `+` and `#`. */
export async function* readMqtt(
  { hostname, port, subject, user, password }: BrokerLocation,
  signal: AbortSignal,
  onDropped: () => void,
): AsyncGenerator<Arrival> {
  const queue = new ArrivalQueue(onDropped);
  const open = () =>
    openMqttStream({
      host: hostname,
      port,
      maxBytes: MAX_ARRIVAL_BYTES + MAX_HEAD_BYTES,
      onSkipped: () => queue.push({ kind: "too-large" }),
    });
  const client = new mqtt.MqttClient(open, {
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MILLIS,
    keepalive: KEEPALIVE_SECONDS,
  });
  client.on("connect", () =>
    client.subscribe(subject, (error, granted) => {
      if (error) queue.end(new ConnectionProblem(describe(error)));
      else if (granted?.some(({ qos }) => qos === REFUSED)) {
        queue.end(new ConnectionProblem(NO_TOPIC));
      }
    }));
  client.on("message", (_, payload) => queue.push(jsonArrival(new Uint8Array(payload))));
  client.on("error", (error) => queue.end(new ConnectionProblem(describe(error))));
  client.on("close", () => queue.end());
  try {
    yield* queue.read(signal);
  } finally {
    await unlessAborted(client.endAsync(true).catch(() => {}), AbortSignal.timeout(CONNECT_MILLIS));
  }
}

const NO_TOPIC = "refuses the topic; check its name and who may read it";

function describe(error: Error & { readonly code?: unknown }): string {
  if (NOT_AUTHORIZED.has(error.code as number)) {
    return "refuses the connection; check user name and password in the address";
  }
  if (/topic/i.test(error.message)) return NO_TOPIC;
  if (/connack timeout/i.test(error.message)) {
    return "does not answer as an MQTT broker does; check the address and the port";
  }
  return describeNetworkProblem(error);
}

interface MqttStreamOptions {
  readonly host: string;
  readonly port: number;
  /** Longer packets are left out. */
  readonly maxBytes: number;
  /** Called for each packet that is left out. */
  readonly onSkipped: () => void;
}

/** A TCP connection to a broker, for the client to read and write. */
function openMqttStream({ host, port, maxBytes, onSkipped }: MqttStreamOptions): Duplex {
  const socket = createConnection({ host, port });
  const sizes = new MqttSizes(maxBytes);
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (bytes, _encoding, done) => void socket.write(bytes, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Uint8Array) => {
    const { parts, skipped } = sizes.push(chunk);
    for (const part of parts) if (!stream.push(part)) socket.pause();
    for (let count = 0; count < skipped; count++) onSkipped();
  });
  socket.on("end", () => stream.push(null));
  socket.on("error", (error) => stream.destroy(error));
  socket.on("close", () => stream.destroy());
  return stream;
}
