import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { openRelay } from "../../scripts/network/relay.ts";
import { COMMENTARY_MP3, TemporaryFolder } from "./fixtures.ts";
import { linkThrough, listen, serve, type Streamer } from "./streamer.ts";

Deno.test("a listener whose NAT changes its address receives again, in the same session", async () => {
  await using folder = new TemporaryFolder();
  await using opened = new AsyncDisposableStack();
  const log = folder.file("host.log");
  const { host, port, link } = await serve(["--audio", COMMENTARY_MP3, "--loop", "--log", log]);
  opened.use(host);
  const relay = openRelay(systemMachine, {
    upstream: { hostname: "127.0.0.1", port },
    towardsListener: () => ({ delayMillis: 10, jitterMillis: 5 }),
  });
  opened.defer(() => relay.close());
  const listener = opened.use(listen([linkThrough(link, relay.address.port)]));
  await listener.until(() => received(listener) > 50, "sound");
  for (let move = 1; move <= 2; move++) {
    relay.rebind(0);
    const before = received(listener);
    await listener.until(() => received(listener) > before + 100, `sound after move ${move}`);
  }
  listener.kill("SIGINT");
  await listener.end();
  const left = await host.line("listener-left");
  assert.equal(left.reason, "bye");
  assert.equal(left.address.split(":").at(-1), String(relay.listeners[0]!.seenAs.port));
  host.kill("SIGINT");
  const { joined } = await host.end();
  assert.equal(joined, 1);
  assert.equal(listener.lines.filter(({ kind }) => kind === "joined").length, 1);
  assert.equal((await Deno.readTextFile(log)).match(/Moved: /g)?.length, 2);
});

function received(listener: Streamer): number {
  const stats = listener.lines.filter(({ kind }) => kind === "stats").at(-1);
  return stats?.channels[0]?.packetsReceived ?? 0;
}
