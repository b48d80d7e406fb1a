import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { disagreements } from "../../scripts/network/agreement.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { openRelay, type Relay } from "../../scripts/network/relay.ts";
import { COMMENTARY_MP3, COMMENTARY_OPUS } from "./fixtures.ts";
import { type JsonLine, linkThrough, listen, serve } from "./streamer.ts";

const LISTENERS = 3;

function lossyPath(index: number): NetemOptions {
  return {
    seed: 40 + index,
    loss: 0.05,
    duplicate: 0.02,
    duplicateMillis: 1,
    reorder: 0.03,
    reorderMillis: 70,
    delayMillis: 10,
    jitterMillis: 5,
    harms: "media",
  };
}

/** Serves to three listeners, each behind a relay of its own, and gives what each said at the end. */
async function runThroughRelays(args: readonly string[], env: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack();
  const { host, port, link } = await serve(
    [...args, "--loop", "--simulate", "--seed", "7", "--speed", "120", "--duration", "12s"]
      .concat(["--wait-for", String(LISTENERS)]),
    { env },
  );
  opened.use(host);
  const relays = Array.from({ length: LISTENERS }, (_, index) =>
    openRelay(systemMachine, {
      upstream: { hostname: "127.0.0.1", port },
      towardsListener: () => lossyPath(index),
    }));
  for (const relay of relays) opened.defer(() => relay.close());
  const listeners = relays.map(({ address }) => listen([linkThrough(link, address.port)]));
  for (const listener of listeners) opened.use(listener);
  const summaries = await Promise.all(listeners.map((listener) => listener.end()));
  await host.end();
  return { relays, summaries };
}

function assertEqualsRelay(summary: JsonLine, relay: Relay): void {
  assert.equal(summary.kind, "summary");
  assert.equal(summary.reason, "bye");
  assert.equal(relay.refusedSends + relay.receiveErrors, 0);
  assert.equal(relay.listeners.length, 1);
  const { streams } = relay.listeners[0]!.towardsListener;
  assert.equal(summary.channels.length, 2);
  for (const ledger of summary.channels) {
    const network = streams.get(ledger.ssrc);
    assert.ok(network && network.offered > 0, `${ledger.channel} was never sent`);
    assert.deepEqual(disagreements(ledger, network), [], ledger.channel);
  }
}

Deno.test("three listeners' ledgers equal what an outside relay did to each", async () => {
  const { relays, summaries } = await runThroughRelays(["--audio", COMMENTARY_MP3]);
  summaries.forEach((summary, index) => {
    assertEqualsRelay(summary, relays[index]!);
    const audio = summary.channels.find(({ channel }: JsonLine) => channel === "audio");
    assert.ok(audio.networkLost > 5 && audio.packetsDuplicated > 0 && audio.packetsReordered > 0);
    // In time or not, as the machine has it.
    assert.ok(audio.retransmittedPacketsReceived > 5, "repair was on");
  });
});

Deno.test("the same across the 16-bit wrap, and for Opus", async () => {
  const { relays, summaries } = await runThroughRelays(["--audio", COMMENTARY_OPUS], {
    STREAMER_FIRST_SEQUENCE: "65500",
  });
  summaries.forEach((summary, index) => {
    assertEqualsRelay(summary, relays[index]!);
    const audio = summary.channels.find(({ channel }: JsonLine) => channel === "audio");
    assert.ok(audio.packetsExpected > 36 * 5, "the wrap was not reached");
  });
});
