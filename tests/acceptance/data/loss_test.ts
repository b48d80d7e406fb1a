import assert from "node:assert/strict";
import { systemMachine } from "../../../shared/system/system_machine.ts";
import { disagreements } from "../../../scripts/network/agreement.ts";
import { openRelay, type Relay } from "../../../scripts/network/relay.ts";
import { COMMENTARY_MP3 } from "../../e2e/fixtures.ts";
import { pictureOf, sha256, valuesOf } from "./noise.ts";
import { type JsonLine, linkThrough, listen, serve, type Streamer } from "../../e2e/streamer.ts";

/** Live data on real sockets through a network that loses 2 %, beside sound. */
const SECONDS = 60;
const LATENCY_MILLIS = 200;
const PATH = { loss: 0.02, delayMillis: 10, jitterMillis: 5 };

/** Starts a publisher of the messages of noise.ts, in a process of its own. */
async function openPublisher(rate: number) {
  const args = ["run", "-A", import.meta.dirname! + "/noise_publisher.ts", String(rate)];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const port = Number((await lines.read()).value);
  return {
    address: `ws://127.0.0.1:${port}/`,
    async stop(): Promise<void> {
      child.kill("SIGKILL");
      await lines.cancel();
      await child.status;
    },
  };
}

/** Every message shown is the source's, whole, and they are shown in its order. */
function assertAreTheSources(shown: readonly JsonLine[]): void {
  let before = -1;
  for (const { values, image } of shown) {
    const index: number = values.index;
    const picture = pictureOf(index);
    assert.deepEqual(values, valuesOf(index));
    assert.equal(image?.sha256, picture && sha256(picture));
    assert.ok(index > before, `message ${index} after ${before}`);
    before = index;
  }
}

function assertExact(summary: JsonLine, relay: Relay): void {
  assert.equal(relay.refusedSends + relay.receiveErrors, 0);
  const { streams } = relay.listeners[0]!.towardsListener;
  for (const ledger of summary.channels) {
    const network = streams.get(ledger.ssrc);
    assert.ok(network && network.offered > 0, `${ledger.channel} was never sent`);
    assert.deepEqual(disagreements(ledger, network), [], ledger.channel);
  }
}

/** How old the values were when their lines were read, while the broadcast ran; lines of pictures take longer to read. */
function watchAges(listener: Streamer): number[] {
  const ages: number[] = [];
  let read = 0;
  const note = () => {
    for (; read < listener.lines.length; read++) {
      const { kind, time, image } = listener.lines[read]!;
      if (kind === "data" && !image) ages.push(Date.now() - time);
    }
    return false;
  };
  listener.until(note, "the end", 10 * 60_000).catch(() => {});
  return ages;
}

/** One listener at a time: several would wait for each other on a small machine. */
const CELLS = [40, 60].flatMap((rate) => [0, 1, 2].map((seed) => ({ rate, seed })));

for (const { rate, seed } of CELLS) {
  Deno.test(`${rate} messages a second with pictures of 120 kB through ${PATH.loss * 100} % loss, for ${SECONDS} s, seed ${seed}`, async () => {
    await using opened = new AsyncDisposableStack();
    const source = await openPublisher(rate);
    opened.defer(() => source.stop());
    const { host, port, link } = await serve([
      ...["--data", source.address, "--audio", COMMENTARY_MP3, "--loop"],
      ...["--duration", `${SECONDS}s`, "--wait-for", "1"],
    ]);
    opened.use(host);
    const relay = openRelay(systemMachine, {
      upstream: { hostname: "127.0.0.1", port },
      towardsListener: () => ({ ...PATH, seed: 100 + seed }),
      towardsHost: () => ({ ...PATH, seed: 200 + seed }),
    });
    opened.defer(() => relay.close());
    const listener = opened.use(
      listen([linkThrough(link, relay.address.port), "--latency", `${LATENCY_MILLIS}ms`]),
    );
    const ages = watchAges(listener);
    const summary = await listener.end();
    await host.end();
    const shown = listener.lines.filter(({ kind }) => kind === "data");
    const ledgerOf = (name: string): JsonLine =>
      summary.channels.find(({ channel }: JsonLine) => channel === name);
    const [data, sound] = [ledgerOf("data"), ledgerOf("audio")];
    const sent = shown.at(-1)!.count - shown[0]!.count + 1;
    const sorted = ages.toSorted((one, other) => one - other);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
    console.log(
      `${shown.length} of ${sent} messages shown, ${data.messagesDropped} dropped, ` +
        `${data.residualLost} packets of ${data.packetsExpected} missing; ages: p50 ${at(0.5)}, ` +
        `p99 ${at(0.99)}, longest ${at(1)} ms, promised ${LATENCY_MILLIS} + 50; ` +
        `sound ${sound.residualLost} of ${sound.packetsExpected}`,
    );
    assertAreTheSources(shown);
    assertExact(summary, relay);
    assert.ok(sent > SECONDS * rate * 0.95, `only ${sent} messages`);
    assert.ok(shown.length >= 0.999 * sent, `${shown.length} of ${sent} shown`);
    assert.ok(sound.residualLost <= 0.005 * sound.packetsExpected, "the sound as without data");
  });
}
