import { createConnection } from "node:net";
import { Duplex } from "node:stream";
import { MqttSizes } from "../mqtt_sizes.ts";

export interface MqttStreamOptions {
  readonly host: string;
  readonly port: number;
  /** Longer packets are left out. */
  readonly maxBytes: number;
  /** Called for each packet that is left out. */
  readonly onSkipped: () => void;
}

/** A TCP connection to a broker, for the client to read and write. */
export function openMqttStream({ host, port, maxBytes, onSkipped }: MqttStreamOptions): Duplex {
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
