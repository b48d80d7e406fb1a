import assert from "node:assert/strict";
import type { RtpTicks } from "../../../shared/core/units.ts";
import type { ScreenFrame } from "../../../shared/media/video/screen_frame.ts";
import {
  isPageFramePart,
  PageFrameCollector,
  serializePageFrame,
} from "../../../shared/page/page_frame.ts";
import { createApp } from "../../../viewer/app.ts";
import { AudioRelay } from "../../../viewer/audio_relay.ts";
import { DataStore } from "../../../viewer/data_store.ts";
import { EventStreams } from "../../../viewer/event_streams.ts";
import { Hub } from "../../../viewer/hub.ts";
import { PageSockets } from "../../../viewer/io/page_socket.ts";
import { serveWeb, type WebServer } from "../../../shared/system/http/web_server.ts";
import { PageModel } from "../../../viewer/model.ts";
import { SERVER } from "../fakes/outputs.ts";

const ANY_PORT = { hostname: "127.0.0.1", port: 0 };
const MP3 = { codec: "mp3", sampleRate: 44_100, channelCount: 2 } as const;
const HELLO = { handle: () => new Response("hello\n") };

/** Waits until `condition`; a test whose condition never comes hangs, and is ended from outside. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function connect({ address }: WebServer): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: address.hostname, port: address.port });
}

async function send(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

/** All that comes until the server ends the connection; "" too when it resets it. */
async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  try {
    for (;;) {
      const length = await connection.read(buffer);
      if (length === null) return text;
      text += decoder.decode(buffer.subarray(0, length));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    return text;
  }
}

async function ask(server: WebServer, request: string): Promise<string> {
  using connection = await connect(server);
  await send(connection, request);
  return await readAll(connection);
}

const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;

Deno.test("each request is answered on a connection of its own, and the response says so", async () => {
  const server = serveWeb(ANY_PORT, {
    handle: ({ method, url, headers }) =>
      new Response(`${method} ${new URL(url).pathname} ${headers.get("host")}`, {
        headers: { "X-Name": "value" },
      }),
  });
  const answer = await ask(server, get("/some/path?k=v"));
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /x-name: value\r\n/i);
  assert.match(answer, /Connection: close\r\n/i);
  assert.match(answer, /GET \/some\/path a/);
  assert.match(
    await ask(server, get("/x", "Connection: Upgrade\r\nUpgrade: h2c\r\n")),
    /GET \/x a/,
  );
  assert.equal(
    await (await fetch(`http://127.0.0.1:${server.address.port}/y`)).text(),
    `GET /y 127.0.0.1:${server.address.port}`,
  );
  await until(() => server.connectionCount === 0);
  await server.close();
});

Deno.test("what is no request is refused in a line, and what is too long is not kept", async () => {
  const server = serveWeb(ANY_PORT, HELLO);
  assert.match(await ask(server, "nonsense\r\n\r\n"), /^HTTP\/1\.1 400 /);
  assert.match(await ask(server, `TRACE / HTTP/1.1\r\nHost: a\r\n\r\n`), /^HTTP\/1\.1 400 /);
  assert.match(await ask(server, get("//[::::/")), /^HTTP\/1\.1 400 /);
  assert.match(await ask(server, get("/", `X: ${"x".repeat(20_000)}\r\n`)), /^HTTP\/1\.1 431 /);
  assert.match(await ask(server, get("/")), /hello/);
  await server.close();
});

Deno.test("however a response ends, its body is released", async () => {
  let open = 0;
  const endless = () => {
    open++;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      cancel: () => void open--,
    }, { highWaterMark: 0 });
  };
  const silent = () => {
    open++;
    return new ReadableStream<Uint8Array>({ cancel: () => void open-- });
  };
  const server = serveWeb(ANY_PORT, {
    handle: ({ url }) => new Response(url.endsWith("/silent") ? silent() : endless()),
    limits: { stuckMillis: 50 },
  });
  for (const path of ["/silent", "/endless"]) {
    const early = await connect(server);
    await send(early, get(path));
    early.close();
    const late = await connect(server);
    await send(late, get(path));
    await late.read(new Uint8Array(10));
    late.close();
  }
  // One that reads nothing more, and stays.
  using stuck = await connect(server);
  await send(stuck, get("/endless"));
  await stuck.read(new Uint8Array(10));
  await until(() => open === 0 && server.connectionCount === 0);
  await server.close();
});

Deno.test("a connection without a complete request is closed, however slowly it sends", async () => {
  const server = serveWeb(ANY_PORT, { ...HELLO, limits: { requestMillis: 100 } });
  using connection = await connect(server);
  const speaking = setInterval(() => send(connection, "X").catch(() => {}), 10);
  await send(connection, "GET / HTTP/1.1\r\n");
  assert.equal(await readAll(connection), "");
  clearInterval(speaking);
  await server.close();
});

Deno.test("connections are bounded: the one that has been silent longest gives way", async () => {
  const server = serveWeb(ANY_PORT, { ...HELLO, limits: { maxConnections: 3 } });
  const first = await connect(server);
  const others = [await connect(server), await connect(server)];
  await until(() => server.connectionCount === 3);
  assert.match(await ask(server, get("/")), /hello/);
  assert.equal(await readAll(first), "");
  await until(() => server.connectionCount === 2);
  for (const connection of [first, ...others]) connection.close();
  await server.close();
});

Deno.test("a client that stays after its response occupies no connection", async () => {
  const server = serveWeb(ANY_PORT, HELLO);
  const body = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\nx`;
  for (const request of [get("/"), get("/").repeat(50), body]) {
    using staying = await connect(server);
    await send(staying, request);
    assert.match(await readAll(staying), /hello/);
    await until(() => server.connectionCount === 0);
  }
  await server.close();
});

Deno.test("when all connections are in use, another is refused with a reason until one ends", async () => {
  const server = serveWeb(ANY_PORT, {
    handle: ({ url }) =>
      url.endsWith("/endless") ? new Response(new ReadableStream()) : HELLO.handle(),
    limits: { maxConnections: 2 },
  });
  const busy = [await connect(server), await connect(server)];
  for (const connection of busy) {
    await send(connection, get("/endless"));
    await connection.read(new Uint8Array(10));
  }
  using refused = await connect(server);
  assert.match(await readAll(refused), /^HTTP\/1\.1 503 .*Retry-After/s);
  busy[0]!.close();
  await until(() => server.connectionCount === 1);
  assert.match(await ask(server, get("/")), /hello/);
  busy[1]!.close();
  await server.close();
});

/** A server of pages' WebSockets alone. */
function servePages() {
  const model = new PageModel(SERVER, 0);
  const hub = new Hub({
    snapshot: () => ({ now: 0, state: model.state() }),
    now: () => 0,
    maxPages: 4,
  });
  const sockets = new PageSockets(hub, () => {});
  const server = serveWeb(ANY_PORT, {
    handle(request) {
      const connection = server.takeConnection(request);
      if (!connection) return new Response("no WebSocket\n");
      sockets.upgrade(connection);
      return new Response();
    },
  });
  return { hub, sockets, server, url: `ws://127.0.0.1:${server.address.port}/` };
}

const HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

/** RFC 6455 section 5.2, masked with zeros as a client must mask. */
function frame(opcode: number, isLast: boolean, claimed: number, payload: Uint8Array): Uint8Array {
  const header = new Uint8Array(14);
  const view = new DataView(header.buffer);
  view.setUint8(0, (isLast ? 0x80 : 0) | opcode);
  view.setUint8(1, 0x80 | 127);
  view.setBigUint64(2, BigInt(claimed));
  return Uint8Array.of(...header, ...payload);
}

Deno.test("a page is fed over its WebSocket, says what it wants, and is counted off", async () => {
  const { hub, server, url } = servePages();
  const socket = new WebSocket(url);
  const first = await new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
  assert.equal(JSON.parse(first.data).kind, "snapshot");
  socket.send(JSON.stringify({ kind: "sound", wanted: true }));
  await until(() => hub.wantsMedia);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await until(() => hub.pageCount === 0 && server.connectionCount === 0);
  await server.close();
});

Deno.test("a message of a page is bounded, in one frame or in many, finished or not", async () => {
  const { hub, server } = servePages();
  const part = new Uint8Array(200);
  const nothing = new Uint8Array();
  const attempts: Uint8Array[][] = [
    [frame(1, true, 60_000_000, part)],
    [frame(1, false, 60_000_000, part)],
    [frame(2, false, 200, part), ...Array.from({ length: 10 }, () => frame(0, false, 200, part))],
    [frame(2, false, 0, nothing), ...Array.from({ length: 10 }, () => frame(0, false, 0, nothing))],
  ];
  for (const frames of attempts) {
    using connection = await connect(server);
    await send(connection, get("/", HANDSHAKE));
    await until(() => hub.pageCount === 1);
    for (const bytes of frames) await connection.write(bytes).catch(() => {});
    await readAll(connection);
    await until(() => hub.pageCount === 0);
  }
  await until(() => server.connectionCount === 0);
  await server.close();
});

Deno.test("a page too many is told so, and takes no other's place", async () => {
  const { hub, server, url } = servePages();
  const pages = Array.from({ length: 4 }, () => new WebSocket(url));
  await until(() => hub.pageCount === 4);
  const fifth = new WebSocket(url);
  const { code } = await new Promise<CloseEvent>((resolve) => fifth.onclose = resolve);
  assert.equal(code, 1013);
  assert.equal(hub.pageCount, 4);
  const closed = pages.map((page) => new Promise((resolve) => page.onclose = resolve));
  for (const page of pages) page.close();
  await Promise.all(closed);
  await until(() => server.connectionCount === 0);
  await server.close();
});

/** Frames of an eighth of a megabyte; the tenth of each ten is a key frame. */
function largeFrame(number: number): ScreenFrame {
  const bytes = new Uint8Array(128 * 1024).fill(number);
  const ticks = number * 6000 as RtpTicks;
  return { codec: "vp8", frameNumber: number, ticks, isKey: number % 10 === 0, bytes };
}

function publish(hub: Hub, frame: ScreenFrame): void {
  const { isKey, ticks } = frame;
  hub.publishFrame({ isKey, ticks, parts: serializePageFrame(frame) });
}

/** A page that wants the screen, with the numbers of the frames it got whole. */
async function openScreenPage(url: string): Promise<{ socket: WebSocket; frames: number[] }> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const collector = new PageFrameCollector();
  const frames: number[] = [];
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return;
    const message = new Uint8Array(data);
    if (!isPageFramePart(message)) return;
    const frame = collector.push(message);
    assert.ok(frame.ok);
    if (frame.value) frames.push(frame.value.frameNumber);
  };
  await new Promise((resolve) => socket.onopen = resolve);
  socket.send(JSON.stringify({ kind: "screen", wanted: true }));
  return { socket, frames };
}

Deno.test("a frame of 4 MiB reaches the page whole, with the sound between its parts", async () => {
  const { hub, server, url } = servePages();
  const { socket, frames } = await openScreenPage(url);
  socket.send(JSON.stringify({ kind: "sound", wanted: true }));
  await until(() => hub.wantsMedia);
  const kinds: number[] = [];
  socket.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") kinds.push(new Uint8Array(data)[0]!);
  });
  const bytes = new Uint8Array(4 * 1024 * 1024);
  publish(hub, { codec: "vp8", frameNumber: 1, ticks: 0 as RtpTicks, isKey: true, bytes });
  await until(() => kinds.length > 0);
  const sound = Uint8Array.of(9);
  hub.publishMedia(sound);
  await until(() => frames.length === 1);
  const place = kinds.indexOf(9);
  assert.ok(place > 0 && place < kinds.length - 1, `sound at ${place} of ${kinds.length}`);
  socket.close();
  await until(() => server.connectionCount === 0);
  await server.close();
});

Deno.test("a page that does not read loses frames, uses bounded memory, and disturbs no other", async () => {
  const { hub, server, url } = servePages();
  const { socket, frames } = await openScreenPage(url);
  using stalled = await connect(server);
  await send(stalled, get("/", HANDSHAKE));
  await until(() => hub.pageCount === 2);
  const wish = new TextEncoder().encode(JSON.stringify({ kind: "screen", wanted: true }));
  await stalled.write(frame(1, true, wish.length, wish));
  let number = 0;
  // 128 MB: far more than the system takes for the page that does not read.
  for (; number < 1024; number++) {
    publish(hub, largeFrame(number));
    await until(() => frames.length > number);
    assert.ok(hub.screenBytes <= 8 * 1024 * 1024);
  }
  assert.deepEqual(frames, [...frames.keys()]);
  assert.equal(hub.losses.get("framesDropped"), 0);
  // Read again, it goes on with a key frame; what it lost is counted then.
  const reading = (async () => {
    const buffer = new Uint8Array(1 << 20);
    while (await stalled.read(buffer).catch(() => null) !== null);
  })();
  await until(() => hub.losses.get("framesDropped") > 900);
  socket.close();
  await until(() => hub.pageCount === 1);
  server.close();
  await reading;
});

Deno.test("a server that closes says goodbye to its pages and does not wait for silent ones", async () => {
  const { sockets, server, url, hub } = servePages();
  const page = new WebSocket(url);
  using silent = await connect(server);
  await send(silent, get("/", HANDSHAKE));
  await until(() => hub.pageCount === 2);
  const closed = new Promise<CloseEvent>((resolve) => page.onclose = resolve);
  sockets.close();
  await server.close();
  assert.equal((await closed).code, 1001);
  assert.equal(server.connectionCount, 0);
});

Deno.test("a HEAD for the sound takes no player's seat", async () => {
  const audio = new AudioRelay();
  audio.setFormat(MP3);
  const app = createApp({
    hostnames: ["127.0.0.1"],
    state: () => new PageModel(SERVER, 0).state(),
    audio,
    data: {
      store: new DataStore(),
      streams: new EventStreams({ ledger: () => ({ at: 0, channels: [], junk: {} }) }),
    },
    asset: () => undefined,
    upgrade: () => new Response(),
  });
  const server = serveWeb(ANY_PORT, { handle: (request) => app.fetch(request) });
  const url = `http://127.0.0.1:${server.address.port}/audio`;
  for (let count = 0; count < 100; count++) {
    const response = await fetch(url, { method: "HEAD" });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("Content-Type"), "audio/mpeg");
  }
  const player = await fetch(url);
  assert.equal(player.status, 200);
  await player.body!.cancel();
  audio.close();
  await server.close();
});
