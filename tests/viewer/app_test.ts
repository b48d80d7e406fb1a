import assert from "node:assert/strict";
import { createApp } from "../../viewer/app.ts";
import { AudioRelay } from "../../viewer/audio_relay.ts";
import { PageModel } from "../../viewer/model.ts";
import { joined, SERVER } from "./fakes/outputs.ts";

const HOST = "127.0.0.1:8080";

function setUp(hostname = "127.0.0.1") {
  const model = new PageModel(SERVER, 0);
  const audio = new AudioRelay();
  const upgraded: Request[] = [];
  const app = createApp({
    hostname,
    state: () => model.state(),
    audio,
    asset: (path) =>
      path === "/index.html"
        ? { body: new TextEncoder().encode("<!DOCTYPE html>"), mimeType: "text/html" }
        : undefined,
    upgrade: (request) => {
      upgraded.push(request);
      return new Response("upgraded");
    },
  });
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.request(`http://${HOST}${path}`, { headers: { Host: HOST, ...headers } });
  return { app, model, audio, upgraded, get };
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

Deno.test("what isn't there is said so, in every folder", async () => {
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

Deno.test("every name of this machine's own is let in", async () => {
  const { get } = setUp();
  for (const Host of ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "LOCALHOST:9000"]) {
    assert.equal((await get("/healthz", { Host })).status, 200, Host);
  }
  const elsewhere = setUp("192.0.2.9");
  assert.equal((await elsewhere.get("/healthz", { Host: "192.0.2.9:8080" })).status, 200);
  assert.equal((await elsewhere.get("/healthz", { Host: "192.0.2.8:8080" })).status, 403);
});

Deno.test("bound to every address, numbers are let in and names are not", async () => {
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
