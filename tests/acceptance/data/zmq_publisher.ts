/**
 * Publishes bsread messages through libzmq: `zmq_publisher.ts LIBRARY push|pub PORT FIRST`. One every 20 ms: its
 * number, from FIRST on, and a picture of 640x480 numbers of 16 bits, all the same. It prints "ready" when it listens.
 */
import { bsreadMessage, bytesOf } from "../../server/origin/data/zeromq/bsread_messages.ts";

const [library, kind, port, first] = Deno.args as [string, string, string, string];
const TYPES: Readonly<Record<string, number>> = { pub: 1, push: 8 };
const DONT_WAIT = 1;
const SEND_MORE = 2;

const { symbols: zmq } = Deno.dlopen(library, {
  zmq_ctx_new: { parameters: [], result: "pointer" },
  zmq_socket: { parameters: ["pointer", "i32"], result: "pointer" },
  zmq_bind: { parameters: ["pointer", "buffer"], result: "i32" },
  zmq_send: { parameters: ["pointer", "buffer", "usize", "i32"], result: "i32" },
});
const socket = zmq.zmq_socket(zmq.zmq_ctx_new(), TYPES[kind]!);
const address = new TextEncoder().encode(`tcp://127.0.0.1:${port}\0`);
// The port of a publisher that was killed may not be free at once.
while (zmq.zmq_bind(socket, address) !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
console.log("ready");

const CHANNELS = [
  { name: "index", type: "float64" },
  { name: "camera", type: "uint16", shape: [640, 480] },
];

for (let index = Number(first);; index++) {
  const picture = bytesOf(new Uint16Array(640 * 480).fill(index));
  const parts = bsreadMessage(CHANNELS, [bytesOf(Float64Array.of(index)), picture]);
  for (const [part, bytes] of parts.entries()) {
    const more = part < parts.length - 1 ? SEND_MORE : 0;
    const sent = zmq.zmq_send(
      socket,
      new Uint8Array(bytes),
      BigInt(bytes.length),
      DONT_WAIT | more,
    );
    // Nobody reads yet, or not fast enough.
    if (sent < 0) break;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
}
