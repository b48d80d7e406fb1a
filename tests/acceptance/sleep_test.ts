import assert from "node:assert/strict";
import { COMMENTARY_MP3, sleep } from "../e2e/fixtures.ts";
import { listen, serve, type Streamer } from "../e2e/streamer.ts";

/** As a laptop that was closed; longer than a host waits for a silent listener. */
const SLEEP_MILLIS = 30_000;
/** Of a machine that is busy with much else; only ever waited out by a failing test. */
const PATIENCE_MILLIS = 120_000;

async function untilHeard(listener: Streamer): Promise<void> {
  const from = listener.lines.length;
  await listener.until(
    () => listener.lines.slice(from).some((line) => line.channels?.[0]?.packetsReceived > 0),
    "sound",
    PATIENCE_MILLIS,
  );
}

Deno.test("a listener that was stopped for 30 s is back at once when it continues", async () => {
  const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
  await using _host = host;
  await using sleeper = listen([link]);
  await using other = listen([link]);
  await Promise.all([untilHeard(sleeper), untilHeard(other)]);
  sleeper.kill("SIGSTOP");
  await sleep(SLEEP_MILLIS);
  await host.line("listener-left", ({ reason }) => reason === "silent");
  const before = sleeper.lines.length;
  sleeper.kill("SIGCONT");
  const isBack = () => sleeper.lines.some(({ kind, again }) => kind === "joined" && again === true);
  await sleeper.until(isBack, "joined again", PATIENCE_MILLIS);
  const since = sleeper.lines.slice(before);
  const joinedAt = since.findIndex(({ kind }) => kind === "joined");
  // Told by what it says rather than by the time, of which a busy machine needs more for everything.
  const states = since.slice(0, joinedAt).filter(({ kind }) => kind === "connection");
  const isLookedFor = states.some(({ state }) => state === "rejoining");
  assert.equal(
    isLookedFor,
    false,
    "it took what waited in its socket for a host that still has it",
  );
  await untilHeard(sleeper);
  host.kill("SIGTERM");
  await sleeper.end();
  const summary = await other.end();
  assert.equal(summary.channels[0].networkLost, 0, "the other one missed packets");
});

Deno.test("the listeners of a host that was stopped for 30 s are still admitted when it continues", async () => {
  const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
  await using _host = host;
  await using listener = listen([link]);
  await untilHeard(listener);
  host.kill("SIGSTOP");
  await sleep(SLEEP_MILLIS);
  await listener.line("connection", ({ state }) => state === "rejoining");
  host.kill("SIGCONT");
  const isBack = () => {
    const states = listener.lines.filter(({ kind }) => kind === "connection");
    return states.at(-1)!.state === "connected";
  };
  await listener.until(isBack, "connection", PATIENCE_MILLIS);
  await untilHeard(listener);
  assert.equal(host.lines.filter(({ kind }) => kind === "listener-left").length, 0);
  assert.equal(listener.lines.filter(({ kind }) => kind === "joined").length, 1);
  host.kill("SIGTERM");
  await listener.end();
});
