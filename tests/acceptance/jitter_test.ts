import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { TemporaryFolder } from "../e2e/fixtures.ts";
import { arrivalsOf, listenCaptured, median, runningJitter } from "../e2e/jitter.ts";
import type { JsonLine } from "../e2e/streamer.ts";
import { testWith } from "../tools.ts";

/** Here the program itself is held to a capture, which takes a machine that gives it its turns. */
const SECONDS = 15;

/** 10 %, or 0.2 ms where that is more. */
function tolerance(jitter: number): number {
  return Math.max(0.2, jitter * 0.1);
}

const PATHS: readonly { name: string; path: NetemOptions }[] = [
  { name: "a quiet loopback", path: {} },
  { name: "a path with 8 ms of jitter", path: { jitterMillis: 8, delayMillis: 5, seed: 3 } },
];

for (const { name, path } of PATHS) {
  testWith(["tshark"], `a listener's jitter over ${name} is that of the capture`, async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("capture.pcapng");
    const { lines, relayPort } = await listenCaptured(path, file, SECONDS);
    const { ssrc } = lines.at(-1)!.channels[0];
    const running = runningJitter(await arrivalsOf(file, relayPort, ssrc));
    assert.ok(running.length > 500, `only ${running.length} packets captured`);
    const samples = lines.filter(({ kind }) => kind === "stats").flatMap((line) => {
      const captured = running.findLast(({ at }) => at <= line.at)?.jitter;
      const ours = line.channels.find((channel: JsonLine) => channel.ssrc === ssrc)?.jitter;
      return captured && ours !== undefined ? [{ ours: ours * 1000, captured }] : [];
    });
    assert.ok(samples.length >= 10, `only ${samples.length} samples`);
    // A pause of the machine hands packets over later than it captured them, which is jitter as well;
    // it spoils the samples around it, not most of them.
    const apart = samples.map(({ ours, captured }) =>
      Math.abs(ours - captured) / tolerance(captured)
    );
    assert.ok(median(apart) <= 1, `ledger and capture differ: ${JSON.stringify(samples)}`);
  });
}
