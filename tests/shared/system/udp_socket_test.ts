import assert from "node:assert/strict";
import { UdpSocket } from "../../../shared/system/udp_socket.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

/** A socket whose system gives, one after the other, what `script` says; then it waits to be closed. */
function scripted(script: (Error | Uint8Array)[]): UdpSocket {
  const real = Deno.listenDatagram;
  let close = () => {};
  const isClosed = new Promise<never>((_, reject) => {
    close = () => reject(new Deno.errors.Interrupted("operation canceled"));
  });
  isClosed.catch(() => {});
  const addr = { transport: "udp", ...LOOPBACK };
  const receive = () => {
    const next = script.shift();
    if (next instanceof Error) return Promise.reject(next);
    return next ? Promise.resolve([next, addr]) : isClosed;
  };
  Object.assign(Deno, { listenDatagram: () => ({ addr, receive, close: () => close() }) });
  try {
    return new UdpSocket(LOOPBACK);
  } finally {
    Object.assign(Deno, { listenDatagram: real });
  }
}

Deno.test("an unknown error is reported, and the next datagram can still be received", async () => {
  const socket = scripted([new Error("os error 10040"), Uint8Array.of(5)]);
  await assert.rejects(socket.receive(), /10040/);
  assert.deepEqual((await socket.receive())?.datagram, Uint8Array.of(5));
  const last = socket.receive();
  socket.close();
  assert.equal(await last, undefined, "closed");
});

Deno.test("a peer that is gone is no error of the socket", async () => {
  const gone = [new Deno.errors.ConnectionReset(""), new Deno.errors.ConnectionRefused("")];
  const socket = scripted([...gone, Uint8Array.of(6)]);
  assert.deepEqual((await socket.receive())?.datagram, Uint8Array.of(6));
  socket.close();
});

Deno.test("the largest possible datagram fits, so that on Windows too it is no error", async () => {
  const socket = new UdpSocket(LOOPBACK);
  const sender = new UdpSocket(LOOPBACK);
  await sender.send(new Uint8Array(65_507).fill(7), socket.address);
  assert.equal((await socket.receive())?.datagram.length, 65_507);
  sender.close();
  const last = socket.receive();
  socket.close();
  assert.equal(await last, undefined);
});
