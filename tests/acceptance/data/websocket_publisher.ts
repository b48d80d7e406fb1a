/** A WebSocket server, `websocket_publisher.ts PORT FIRST`: a message of data every 20 ms, numbered from FIRST on. */
import { PICTURES } from "../../shared/data/pictures.ts";

const [port, first] = Deno.args.map(Number) as [number, number];
const image = { base64: PICTURES["png"]![1].toBase64(), mimeType: "image/png" };
const sockets = new Set<WebSocket>();
Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response();
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => sockets.add(socket);
  socket.onclose = () => sockets.delete(socket);
  return response;
});
for (let index = first;; index++) {
  const text = JSON.stringify({ time: index, values: { index }, image });
  for (const socket of sockets) socket.send(text);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
