import assert from "node:assert/strict";
import { Streamer } from "./streamer.ts";

const CHANNELS = ["audio", "screen", "data", "events"];

Deno.test("the demo's three ledgers equal what its network did, and its page is up", async () => {
  await using program = new Streamer([
    "demo",
    "--json",
    "--duration",
    "12s",
    "--http",
    "127.0.0.1:0",
  ]);
  const ready = await program.line("ready");
  const page = await fetch(ready.url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<script/);
  const summary = await program.end(0);
  assert.equal(summary.kind, "summary");
  assert.equal(summary.agrees, true);
  assert.equal(summary.listeners.length, 3);
  for (const { reason, channels } of summary.listeners) {
    assert.equal(reason, "bye");
    assert.deepEqual(channels.map(({ channel }: { channel: string }) => channel), CHANNELS);
    for (const ledger of channels) {
      assert.ok(ledger.network.offered > 0);
      assert.equal(ledger.packetsExpected, ledger.network.offered);
      assert.equal(ledger.networkLost, ledger.network.lost);
      assert.equal(ledger.packetsDuplicated, ledger.network.duplicated);
      assert.equal(ledger.packetsReordered, ledger.network.reordered);
    }
  }
  const lost = summary.listeners.map(({ channels }: { channels: { networkLost: number }[] }) =>
    channels[0]!.networkLost
  );
  assert.ok(Math.max(...lost) > 0, "nothing was lost at all");
});

Deno.test("Ctrl-C ends the demo with the same verdict, in words; Opus, and no page", async () => {
  await using program = new Streamer(["demo", "--opus", "--no-page", "--loss", "10%"]);
  await program.until(() => /Listener 3/.test(program.stdout), "progress of its listeners");
  program.kill("SIGINT");
  await program.end(0);
  assert.match(program.stdout, /All 48 pairs agree/);
  assert.match(program.stdout, /--no-page/);
  assert.equal(program.stderr, "");
});

Deno.test("a page address that is taken is an error when it was asked for", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await using program = new Streamer(["demo", "--http", `127.0.0.1:${port}`, "--duration", "1s"]);
  await program.end(1);
  taken.close();
  assert.match(program.stderr, new RegExp(`${port}`));
});
