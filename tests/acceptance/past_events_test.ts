import assert from "node:assert/strict";
import { join } from "node:path";
import { openBroadcastStore } from "../../server/origin/timeline/io/broadcast_store.ts";
import { cpuSecondsBetween, usageOf } from "../../scripts/bench/process_usage.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { openRelay } from "../../scripts/network/relay.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { COMMENTARY_MP3, sleep } from "../e2e/fixtures.ts";
import { linkThrough, listen, serve, type Streamer } from "../e2e/streamer.ts";
import { fillStore } from "../loopback/long_timeline.ts";

/** Four times what a quiet machine is allowed for 100 000 events; only a failing test waits so long. */
const LONGEST_MILLIS_PER_100_000 = { quiet: 40_000, lossy: 80_000 };
const LOSS = 0.05;
const LIMIT = 250_000;

/** A timeline as a host left it that signed and stored so many events. */
function fill(path: string, count: number): void {
  const store = openBroadcastStore(path, () => "0123456789abcdef");
  try {
    const rng = new SeededRng(count);
    fillStore(store, count, { exchange: rng.bytes(32), signing: rng.bytes(32) });
  } finally {
    store.close();
  }
}

/** The counts of the `event` lines. */
function countsOf({ lines }: Streamer): number[] {
  return lines.filter(({ kind }) => kind === "event").map((line) => line.event.count);
}

function path(seed: number, loss: number): NetemOptions {
  return { seed, loss, delayMillis: 5 };
}

for (const count of [40_000, 200_000]) {
  for (const loss of [0, LOSS]) {
    const way = loss === 0 ? "on loopback" : `through ${loss * 100} % loss both ways`;
    Deno.test(`a late joiner gets ${count} events of a resumed broadcast, in order, once, ${way}`, async () => {
      await using opened = new AsyncDisposableStack();
      const folder = await Deno.makeTempDir();
      opened.defer(() => Deno.remove(folder, { recursive: true }));
      const db = join(folder, "match.db");
      fill(db, count);
      const noMore = join(folder, "none.ndjson");
      await Deno.writeTextFile(noMore, "");

      const startedAt = performance.now();
      const { host, port, link } = await serve(
        ["--db", db, "--audio", COMMENTARY_MP3, "--loop", "--events", noMore],
      );
      opened.use(host);
      console.log(`the host was ready after ${seconds(performance.now() - startedAt)}`);
      let lossNow = loss;
      const lossyPath = (seed: number): NetemOptions => ({
        ...path(seed, loss),
        // Looked at for each datagram.
        get loss() {
          return lossNow;
        },
      });
      const relay = openRelay(systemMachine, {
        upstream: { hostname: "127.0.0.1", port },
        towardsListener: () => lossyPath(1),
        towardsHost: () => lossyPath(2),
      });
      opened.defer(() => relay.close());
      await sleep(1000);
      const through = loss === 0 ? link : linkThrough(link, relay.address.port);
      const hostBefore = usageOf(host.pid);
      const listener = opened.use(listen([through, "--latency", "2s"]));
      const joined = await listener.line("joined");
      assert.equal(joined.timeline.count, count);
      const joinedAt = performance.now();
      const listenerBefore = usageOf(listener.pid);
      const limits = LONGEST_MILLIS_PER_100_000;
      const limit = (loss === 0 ? limits.quiet : limits.lossy) * Math.max(count / 100_000, 1);
      let seen = 0;
      let events = 0;
      const areAllThere = () => {
        for (; seen < listener.lines.length; seen++) {
          if (listener.lines[seen]!.kind === "event") events++;
        }
        return events >= count;
      };
      await listener.until(areAllThere, `${count} events`, limit);
      const millis = performance.now() - joinedAt;
      const [hostAfter, listenerAfter] = [usageOf(host.pid), usageOf(listener.pid)];
      // What is lost just before it leaves can't be repaired any more.
      lossNow = 0;
      await sleep(3000);
      listener.kill("SIGINT");
      const summary = await listener.end();
      const sound = summary.channels.find(({ channel }: { channel: string }) =>
        channel === "audio"
      );

      console.log(
        `${count} events ${way}: ${seconds(millis)}, ${
          seconds(millis * 100_000 / count)
        } per 100 000`,
      );
      if (hostBefore && hostAfter && listenerBefore && listenerAfter) {
        const [atHost, atListener] = [
          cpuSecondsBetween(hostBefore, hostAfter),
          cpuSecondsBetween(listenerBefore, listenerAfter),
        ];
        console.log(
          `processor time: host ${atHost.toFixed(2)} s, listener ${atListener.toFixed(2)} s`,
        );
      }
      const { packetsExpected, networkLost, residualLost, packetsDiscarded } = sound;
      console.log(`sound: ${residualLost} of ${networkLost} lost of ${packetsExpected} missing`);

      const counts = countsOf(listener);
      assert.equal(counts.length, count);
      assert.equal(counts.findIndex((number, index) => number !== index + 1), -1);
      assert.deepEqual([residualLost, packetsDiscarded], [0, 0]);
      assert.ok(packetsExpected > 0);
    });
  }
}

Deno.test("a timeline takes 250 000 events; more are refused, and that is said once", async () => {
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const db = join(folder, "match.db");
  fill(db, LIMIT - 10);
  const more = join(folder, "more.ndjson");
  const event = { title: "Foul", origin: "Home", clock: "12:00", period: 1 };
  const line = JSON.stringify({ type: 1, content: "One more.", score: "0 x 0", event });
  await Deno.writeTextFile(more, `${line}\n`.repeat(20));
  const { host } = await serve(
    ["--db", db, "--audio", COMMENTARY_MP3, "--loop", "--events", more],
  );
  opened.use(host);
  const text = `The timeline is full with ${LIMIT} events: further ones are left out`;
  await host.until(() => host.stderr.includes(text), "refusal");
  await sleep(2000);
  assert.equal(host.stderr.split(text).length - 1, 1);
  host.kill("SIGINT");
  await host.end();
  const store = openBroadcastStore(db, () => assert.fail("it has an id"));
  opened.defer(() => store.close());
  assert.equal(store.load().timeline.count, LIMIT);
});

function seconds(millis: number): string {
  return `${(millis / 1000).toFixed(2)} s`;
}
