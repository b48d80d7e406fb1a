import assert from "node:assert/strict";
import { COMMENTARY_MP3, sleep } from "./fixtures.ts";
import { listen, serve, Streamer } from "./streamer.ts";

const HOST_ARGS = ["--audio", COMMENTARY_MP3, "--loop", "--token", "evening"];

Deno.test("a killed host is noticed within 3 s, and rejoined when it is back", async () => {
  await killAndRestart(0);
});

Deno.test("a host that comes back only while it is looked for is rejoined as well", async () => {
  await killAndRestart(6000);
});

/** Kills the host, starts it again after `millis` of silence, and holds the listeners to it. */
async function killAndRestart(millis: number): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const first = await serve(HOST_ARGS);
  opened.use(first.host);
  const listeners = [1, 2, 3].map(() => opened.use(listen([first.link])));
  await Promise.all(listeners.map((listener) => listener.line("joined")));
  await Promise.all(listeners.map((listener) => untilHeard(listener)));

  first.host.kill("SIGKILL");
  await first.host.finished;
  const killed = listeners.map((listener) => listener.lines.length);
  await Promise.all(
    listeners.map((listener) => listener.line("connection", ({ state }) => state === "silent")),
  );
  for (const [index, listener] of listeners.entries()) {
    const since = listener.lines.slice(killed[index]);
    const silent = since.findIndex(({ kind, state }) =>
      kind === "connection" && state === "silent"
    );
    // The listener's own seconds: a busy machine makes both late.
    const seconds = since.slice(0, silent).filter(({ kind }) => kind === "stats").length;
    assert.ok(silent >= 0 && seconds <= 3, `noticed after ${seconds} s`);
  }
  const before = listeners.map((listener) => listener.lines.length);

  await sleep(millis);
  const second = opened.use(
    new Streamer([
      "serve",
      "--host",
      "127.0.0.1",
      "--port",
      String(first.port),
      "--json",
      ...HOST_ARGS,
    ]),
  );
  await second.line("ready");
  await Promise.all(
    listeners.map((listener) => listener.line("joined", ({ again }) => again === true)),
  );
  await Promise.all(listeners.map((listener, index) => untilHeard(listener, before[index])));
  second.kill("SIGTERM");
  for (const listener of listeners) {
    const summary = await listener.end();
    assert.equal(summary.reason, "bye");
    assert.equal(summary.channels[0].networkLost, 0);
    assert.equal(summary.channels[0].packetsDuplicated, 0);
  }
}

/** Waits for a second in which packets came. */
async function untilHeard(listener: Streamer, from = 0): Promise<void> {
  const counts = () =>
    listener.lines.slice(from).filter(({ kind }) => kind === "stats")
      .map((line) => line.channels?.[0]?.packetsReceived ?? 0);
  await listener.until(() => counts().at(-1) > (counts()[0] ?? Infinity), "growing stats");
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends the host with goodbyes, and its listeners with it`, async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve(HOST_ARGS);
    opened.use(host);
    const listener = opened.use(listen([link]));
    await untilHeard(listener);
    host.kill(signal);
    const said = await host.end(0);
    assert.equal(said.kind, "summary");
    const summary = await listener.end(0);
    assert.equal(summary.reason, "bye");
  });

  Deno.test(`${signal} ends a listener with its summary, and the host notices that it left`, async () => {
    await using opened = new AsyncDisposableStack();
    const { host, link } = await serve(HOST_ARGS);
    opened.use(host);
    const listener = opened.use(listen([link]));
    await untilHeard(listener);
    listener.kill(signal);
    const summary = await listener.end(0);
    assert.equal(summary.reason, "interrupted");
    const left = await host.line("listener-left");
    assert.equal(left.reason, "bye");
  });
}

Deno.test("--duration ends a listener by itself", async () => {
  const { host, link } = await serve(HOST_ARGS);
  await using _host = host;
  await using listener = listen([link, "--duration", "2s"]);
  const summary = await listener.end(0);
  assert.equal(summary.reason, "duration");
});
