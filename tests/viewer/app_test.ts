import assert from "node:assert/strict";
import { deflateSync } from "fflate";
import type { ListenerOutput } from "../../client/interface/output.ts";
import type { DataHead } from "../../shared/data/data_message.ts";
import { createApp } from "../../viewer/app.ts";
import { AudioRelay } from "../../viewer/audio_relay.ts";
import { DataStore } from "../../viewer/data_store.ts";
import { EventStreams } from "../../viewer/event_streams.ts";
import { PageModel } from "../../viewer/model.ts";
import { PageKey } from "../../viewer/page_key.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { head, withImage } from "../shared/data/messages.ts";
import { PICTURES } from "../shared/data/pictures.ts";
import { joined, SERVER } from "./fakes/outputs.ts";

const HOST = "127.0.0.1:8080";

const DATA_PATHS = ["/api/data", "/api/data.csv", "/api/data/image", "/api/events"];
const PAGE = "<!DOCTYPE html>";
const DOOR = "<!DOCTYPE html><title>The door</title>";
const FILES: Readonly<Record<string, string>> = {
  "/index.html": PAGE,
  "/door.html": DOOR,
  "/page.js": "",
};

function setUp(hostname = "127.0.0.1", key?: PageKey) {
  const model = new PageModel(SERVER, 0);
  const audio = new AudioRelay();
  const data = {
    store: new DataStore(),
    streams: new EventStreams({ ledger: () => ({ at: 0, channels: [], junk: {} }) }),
  };
  const upgraded: Request[] = [];
  const app = createApp({
    hostnames: [hostname],
    key,
    state: () => model.state(),
    audio,
    data,
    asset(path) {
      const text = FILES[path];
      return text === undefined
        ? undefined
        : { body: new TextEncoder().encode(text), mimeType: "text/html" };
    },
    upgrade: (request) => {
      upgraded.push(request);
      return new Response("upgraded");
    },
  });
  const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
    app.request(`http://${HOST}${path}`, { method, headers: { Host: HOST, ...headers } });
  const get = (path: string, headers: Record<string, string> = {}) => ask("GET", path, headers);
  return { app, model, audio, data, upgraded, get, ask };
}

Deno.test("the page, its state and its health are served", async () => {
  const { get, model } = setUp();
  model.apply(joined(), 5);
  const page = await get("/");
  assert.equal(page.status, 200);
  assert.equal(await page.text(), "<!DOCTYPE html>");
  const state = await (await get("/api/state")).json();
  assert.equal(state.scoreboard.home, "Flamengo");
  assert.equal(await (await get("/healthz")).text(), "ok\n");
});

Deno.test("a path that does not exist is answered with 404, in every folder", async () => {
  const { get } = setUp();
  for (const path of ["/nothing", "/api/nothing", "/..%2fmain.ts", "/dist/../app.ts"]) {
    const response = await get(path);
    assert.equal(response.status, 404, path);
    assert.match(await response.text(), /the page is at \//);
  }
});

Deno.test("nobody may frame, embed or sniff the page, nor run scripts of others in it", async () => {
  const { get } = setUp();
  for (const path of ["/", "/nothing", "/audio"]) {
    const { headers } = await get(path);
    const policy = headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /script-src 'self'(;|$)/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/, path);
    assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
    assert.equal(headers.get("Cross-Origin-Resource-Policy"), "same-origin");
  }
});

Deno.test("a foreign Host is refused everywhere, with a reason", async () => {
  const { get } = setUp();
  const hosts = ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "10.0.0.7:8080"];
  for (const Host of hosts) {
    for (const path of ["/", "/api/state", ...DATA_PATHS, "/ws", "/audio", "/healthz"]) {
      const response = await get(path, { Host });
      assert.equal(response.status, 403, `${Host}${path}`);
      assert.match(await response.text(), new RegExp(Host.replaceAll(".", "\\.")));
    }
  }
});

Deno.test("every name of this machine is accepted as Host", async () => {
  const { get } = setUp();
  for (const Host of ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "LOCALHOST:9000"]) {
    assert.equal((await get("/healthz", { Host })).status, 200, Host);
  }
  const elsewhere = setUp("192.0.2.9");
  assert.equal((await elsewhere.get("/healthz", { Host: "192.0.2.9:8080" })).status, 200);
  assert.equal((await elsewhere.get("/healthz", { Host: "192.0.2.8:8080" })).status, 403);
});

Deno.test("bound to every address, numeric Hosts are accepted and names are not", async () => {
  const { get } = setUp("0.0.0.0");
  assert.equal((await get("/healthz", { Host: "192.0.2.9:8080" })).status, 200);
  assert.equal((await get("/healthz", { Host: "evil.example:8080" })).status, 403);
});

Deno.test("a page of another origin can neither read nor open the WebSocket", async () => {
  const { get, upgraded } = setUp();
  const Upgrade = "websocket";
  for (const Origin of ["http://evil.example", "http://127.0.0.1:3000", "null", "file://"]) {
    for (const path of ["/ws", "/api/state", ...DATA_PATHS]) {
      assert.equal((await get(path, { Origin, Upgrade })).status, 403, Origin);
    }
  }
  assert.equal(upgraded.length, 0);
  assert.equal((await get("/ws", { Origin: `http://${HOST}`, Upgrade })).status, 200);
  assert.equal((await get("/ws", { Upgrade })).status, 200);
  assert.equal(upgraded.length, 2);
});

Deno.test("/ws without an upgrade says what it is for", async () => {
  const { get } = setUp();
  const response = await get("/ws");
  assert.equal(response.status, 426);
  assert.match(await response.text(), /WebSocket/);
});

Deno.test("/audio is endless audio/mpeg once there is sound, and says so before", async () => {
  const { get, audio } = setUp();
  const early = await get("/audio");
  assert.equal(early.status, 503);
  assert.equal(early.headers.get("Retry-After"), "2");
  audio.setFormat({ codec: "mp3", sampleRate: 44_100, channelCount: 2 });
  const response = await get("/audio");
  assert.equal(response.headers.get("Content-Type"), "audio/mpeg");
  const reader = response.body!.getReader();
  audio.publish([{ bytes: Uint8Array.of(1, 2, 3), sampleCount: 1152, sampleRate: 44_100 }]);
  assert.deepEqual([...(await reader.read()).value!], [1, 2, 3]);
  audio.close();
  assert.equal((await reader.read()).done, true);
});

Deno.test("HEAD gives headers, and takes no seat of a player", async () => {
  const { get, ask, audio } = setUp();
  assert.equal((await ask("HEAD", "/audio")).status, 503);
  audio.setFormat({ codec: "mp3", sampleRate: 44_100, channelCount: 2 });
  for (let count = 0; count < 200; count++) {
    const response = await ask("HEAD", "/audio");
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("Content-Type"), "audio/mpeg");
    assert.equal(response.body, null);
  }
  assert.equal((await ask("HEAD", "/")).status, 200);
  const player = await get("/audio");
  assert.equal(player.status, 200);
  await player.body!.cancel();
});

Deno.test("a request that a browser marks as cross-site is refused, on loopback and beyond", async () => {
  const key = new PageKey(new SeededRng(1), 8080);
  for (const { get } of [setUp(), setUp("0.0.0.0", key)]) {
    for (const path of ["/", ...SECRET_PATHS, `/audio?k=${key.text}`]) {
      const response = await get(path, { "Sec-Fetch-Site": "cross-site" });
      assert.equal(response.status, 403, path);
      assert.match(await response.text(), /another site/);
    }
    for (const site of ["none", "same-origin"]) {
      assert.equal((await get("/healthz", { "Sec-Fetch-Site": site })).status, 200, site);
    }
  }
});

const SECRET_PATHS = ["/api/state", ...DATA_PATHS, "/audio", "/ws", "/page.js", "/nothing"];

Deno.test("beyond loopback a request without the key gets only the page that asks for it", async () => {
  const { get, ask, audio, upgraded } = setUp("0.0.0.0", new PageKey(new SeededRng(1), 8080));
  audio.setFormat({ codec: "mp3", sampleRate: 44_100, channelCount: 2 });
  const wrong = new PageKey(new SeededRng(2), 8080);
  const attempts: [query: string, headers: Record<string, string>][] = [
    ["", {}],
    ["?k=", {}],
    [`?k=${wrong.text}`, {}],
    ["", { Authorization: `Bearer ${wrong.text}` }],
    ["", { Authorization: "Bearer " }],
    ["", { Cookie: wrong.cookie.split(";")[0]! }],
  ];
  for (const [query, headers] of attempts) {
    const page = await get(`/${query}`, headers);
    assert.equal(page.status, 403);
    assert.equal(await page.text(), DOOR);
    for (const path of SECRET_PATHS) {
      const response = await get(path + query, { Upgrade: "websocket", ...headers });
      assert.equal(response.status, 403, path);
      assert.match(await response.text(), /the key of the page/);
    }
    const session = await ask("POST", `/api/session${query}`, headers);
    assert.equal(session.status, 403);
    assert.equal(session.headers.get("Set-Cookie"), null);
  }
  assert.equal(upgraded.length, 0);
});

Deno.test("beyond loopback the key opens everything: as cookie, in the address, as bearer", async () => {
  const key = new PageKey(new SeededRng(1), 8080);
  const { get, ask, audio } = setUp("0.0.0.0", key);
  audio.setFormat({ codec: "mp3", sampleRate: 44_100, channelCount: 2 });
  const session = await ask("POST", "/api/session", { Authorization: `Bearer ${key.text}` });
  assert.equal(session.status, 204);
  const cookie = session.headers.get("Set-Cookie")!;
  assert.match(cookie, /^streamer-8080=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/);
  const ways: [query: string, headers: Record<string, string>][] = [
    ["", { Cookie: `other=1; ${cookie.split(";")[0]}` }],
    ["", { Cookie: `streamer-8080=tossed; ${cookie.split(";")[0]}` }],
    [`?k=${key.text}`, {}],
    ["", { Authorization: `Bearer ${key.text}` }],
  ];
  for (const [query, headers] of ways) {
    assert.equal(await (await get(`/${query}`, headers)).text(), PAGE);
    assert.equal((await get(`/api/state${query}`, headers)).status, 200);
    assert.equal((await get(`/ws${query}`, { Upgrade: "websocket", ...headers })).status, 200);
    const player = await get(`/audio${query}`, headers);
    assert.equal(player.status, 200);
    await player.body!.cancel();
    // The key is no pass for what comes from elsewhere.
    assert.equal(
      (await get(`/api/state${query}`, { ...headers, Host: "evil.example" })).status,
      403,
    );
    const Origin = "http://evil.example";
    assert.equal((await get(`/ws${query}`, { ...headers, Origin })).status, 403);
  }
});

Deno.test("not stopped: on loopback every user of the machine sees and hears the page", async () => {
  const { get, audio } = setUp();
  audio.setFormat({ codec: "mp3", sampleRate: 44_100, channelCount: 2 });
  assert.equal((await get("/api/state")).status, 200);
  const player = await get("/audio");
  assert.equal(player.status, 200);
  await player.body!.cancel();
});

function message(fields: Partial<DataHead> = {}, image?: Uint8Array): ListenerOutput {
  return { kind: "data", channel: "data", message: { head: head(fields), image }, at: 0 };
}

Deno.test("before there is live data its addresses say so, and when to ask again", async () => {
  const { get, data } = setUp();
  for (const path of DATA_PATHS.slice(0, 3)) {
    const response = await get(path);
    assert.equal(response.status, 503, path);
    assert.equal(response.headers.get("Retry-After"), "2");
    assert.match(await response.text(), /^503: there is no .*yet; try again in a moment\n$/);
  }
  data.store.take(message());
  assert.equal((await get("/api/data")).status, 200);
  assert.match(await (await get("/api/data/image")).text(), /^503: there is no picture/);
});

Deno.test("/api/data is the last line without its kind, /api/data.csv the same as a table", async () => {
  const { get, data } = setUp();
  data.store.take(message({ count: 1 }));
  data.store.take(message({ count: 2, values: { "a,b": "\u2028" } }));
  const json = await get("/api/data");
  assert.equal(json.headers.get("Content-Type"), "application/json");
  assert.equal(json.headers.get("Cache-Control"), "no-store");
  const text = await json.text();
  assert.equal(text, '{"count":2,"time":1763600000000,"values":{"a,b":"\\u2028"}}\n');
  const csv = await get("/api/data.csv");
  assert.match(csv.headers.get("Content-Type")!, /^text\/csv; charset=UTF-8/);
  assert.equal(await csv.text(), 'count,time,"a,b"\r\n2,1763600000000,"\u2028"\r\n');
});

Deno.test("/api/data/image is the last picture, and is not sent again to who has it", async () => {
  const { get, ask, data } = setUp();
  const [mimeType, bytes] = PICTURES.png!;
  const { head: { image } } = withImage(bytes);
  data.store.take(message({ image: { ...image!, mimeType, width: 4, height: 2 } }, bytes));
  data.store.take(message({ count: 18 }));
  const response = await get("/api/data/image");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.bytes(), bytes);
  const { headers } = response;
  assert.equal(headers.get("Content-Type"), "image/png");
  assert.equal(headers.get("ETag"), `"${image!.sha256}"`);
  assert.equal(headers.get("Content-Length"), String(bytes.length));
  const about = ["Data-Count", "Data-Time", "Image-Width", "Image-Height", "Image-Format"];
  assert.deepEqual(about.map((name) => headers.get(name)), ["17", "1763600000000", "4", "2", null]);
  const again = await get("/api/data/image", { "If-None-Match": `W/${headers.get("ETag")}` });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), "");
  assert.equal((await get("/api/data/image", { "If-None-Match": '"other"' })).status, 200);
  const asked = await ask("HEAD", "/api/data/image");
  assert.equal(asked.headers.get("Content-Length"), String(bytes.length));
  assert.equal(await asked.text(), "");
});

Deno.test("a raw picture is inflated, and its headers say how to read it", async () => {
  const { get, data } = setUp();
  const pixels = Uint8Array.from({ length: 600 }, (_, index) => index >> 5);
  const raw = {
    ...withImage(pixels).head.image!,
    mimeType: "application/octet-stream",
    width: 30,
    height: 10,
    format: "gray16le",
    deflated: true,
  } as const;
  data.store.take(message({ image: raw }, deflateSync(pixels)));
  const response = await get("/api/data/image");
  assert.deepEqual(await response.bytes(), pixels);
  assert.equal(response.headers.get("Content-Type"), "application/octet-stream");
  const about = ["Image-Width", "Image-Height", "Image-Format"];
  assert.deepEqual(about.map((name) => response.headers.get(name)), ["30", "10", "gray16le"]);
  data.store.take(message({ image: raw }, Uint8Array.of(1, 2)));
  const broken = await get("/api/data/image");
  assert.equal(broken.status, 502);
  assert.match(await broken.text(), /^502: the picture of message 17 can't be inflated/);
});

Deno.test("a type that a browser could run is given as bytes alone", async () => {
  const { get, data } = setUp();
  const bytes = new TextEncoder().encode("<script>alert(1)</script>");
  for (const mimeType of ["text/html", "image/svg+xml", "image/png\r\nSet-Cookie: a=b"]) {
    const { head: { image } } = withImage(bytes);
    data.store.take(message({ image: { ...image!, mimeType } }, bytes));
    const response = await get("/api/data/image");
    assert.equal(response.headers.get("Content-Type"), "application/octet-stream", mimeType);
    assert.equal(response.headers.get("Set-Cookie"), null);
  }
});

Deno.test("/api/events is a stream of lines; HEAD takes no place, and too many are refused", async () => {
  const { get, ask, data } = setUp();
  for (let count = 0; count < 100; count++) {
    assert.equal((await ask("HEAD", "/api/events")).status, 200);
  }
  assert.equal(data.streams.count, 0);
  const response = await get("/api/events");
  assert.equal(response.headers.get("Content-Type"), "text/event-stream");
  assert.equal(response.headers.get("Cache-Control"), "no-store");
  data.streams.publish(message({ values: {} }));
  const { value } = await response.body!.getReader().read();
  const line = '{"kind":"data","count":17,"time":1763600000000,"values":{}}';
  assert.equal(new TextDecoder().decode(value), `event: data\ndata: ${line}\n\n`);
  while ((await get("/api/events")).status === 200) assert.ok(data.streams.count <= 32);
  const refused = await get("/api/events");
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /^503: too many event streams are open/);
});

Deno.test("beyond this machine live data needs the key, as the page does", async () => {
  const key = new PageKey(new SeededRng(1), 8080);
  const { get, data } = setUp("127.0.0.1", key);
  data.store.take(message());
  for (const path of DATA_PATHS) assert.equal((await get(path)).status, 403, path);
  assert.equal((await get(`/api/data?k=${key.text}`)).status, 200);
  const response = await get("/api/data.csv", { Authorization: `Bearer ${key.text}` });
  assert.equal(response.status, 200);
});
