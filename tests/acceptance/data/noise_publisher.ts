/*
 * A WebSocket server in a process of its own that sends the messages of noise.ts to whoever connects, so many a
 * second, each with the time of now. Prints its port. Argument: the rate.
 */
import { HEIGHT, pictureOf, valuesOf, WIDTH } from "./noise.ts";

const rate = Number(Deno.args[0]);
const raw = { width: WIDTH, height: HEIGHT, format: "gray8" };

function messageOf(index: number): string {
  const picture = pictureOf(index);
  const image = picture && { ...raw, base64: picture.toBase64() };
  return JSON.stringify({ time: Date.now(), values: valuesOf(index), ...(image && { image }) });
}

function publish(socket: WebSocket): void {
  const startedAt = performance.now();
  let index = 0;
  const send = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    for (; startedAt + index * 1000 / rate <= performance.now(); index++) {
      socket.send(messageOf(index));
    }
    setTimeout(send, Math.max(startedAt + index * 1000 / rate - performance.now(), 0));
  };
  send();
}

const onListen = ({ port }: Deno.NetAddr) => console.log(port);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => publish(socket);
  return response;
});
