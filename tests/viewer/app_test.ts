import assert from "node:assert/strict";
import { createApp } from "../../viewer/app.ts";
import { AudioRelay } from "../../viewer/audio_relay.ts";
import { PageModel } from "../../viewer/model.ts";
import { PageKey } from "../../shared/http/page_key.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { joined, SERVER } from "./fakes/outputs.ts";

const HOST = "127.0.0.1:8080";

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
  const upgraded: Request[] = [];
  const app = createApp({
    hostnames: [hostname],
    key,
    state: () => model.state(),
    audio,
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
  return { app, model, audio, upgraded, get, ask };
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
    for (const path of ["/", "/api/state", "/ws", "/audio", "/healthz"]) {
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
    for (const path of ["/ws", "/api/state"]) {
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
    for (const path of ["/", "/api/state", "/audio", "/ws", "/page.js", `/audio?k=${key.text}`]) {
      const response = await get(path, { "Sec-Fetch-Site": "cross-site" });
      assert.equal(response.status, 403, path);
      assert.match(await response.text(), /another site/);
    }
    for (const site of ["none", "same-origin"]) {
      assert.equal((await get("/healthz", { "Sec-Fetch-Site": site })).status, 200, site);
    }
  }
});

const SECRET_PATHS = ["/api/state", "/audio", "/ws", "/page.js", "/nothing"];

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
