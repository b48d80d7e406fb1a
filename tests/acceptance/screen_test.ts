import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { disagreements } from "../../scripts/network/agreement.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { openRelay, type Relay } from "../../scripts/network/relay.ts";
import { COMMENTARY_MP3, sleep, TemporaryFolder } from "../e2e/fixtures.ts";
import { type JsonLine, linkThrough, listen, serve, type Streamer } from "../e2e/streamer.ts";
import { testWith } from "../tools.ts";
import { type Clip, makeClip, picturesOf } from "./screen_clips.ts";

const SECONDS = 60;
const SEEDS = 3;
const LATENCY_MILLIS = 200;
/** Of every path, in both directions. */
const PATH = { delayMillis: 10, jitterMillis: 5 };
/** Bursts of four packets on average. */
const BURST_BACK = 1 / 4;

interface Cell {
  readonly name: string;
  readonly loss: number;
  readonly path: NetemOptions;
  /** The most frames dropped, and the longest that the picture stands still, as shares of all. */
  readonly dropped: number;
  readonly frozen: number;
}

const CELLS: readonly Cell[] = [
  { name: "5 % loss", loss: 0.05, path: { loss: 0.05 }, dropped: 0, frozen: 0 },
  { name: "10 % loss", loss: 0.1, path: { loss: 0.1 }, dropped: 0.001, frozen: 0.01 },
  { name: "20 % loss", loss: 0.2, path: { loss: 0.2 }, dropped: 1, frozen: 0.01 },
  {
    name: "10 % loss in bursts of 4",
    loss: 0.1,
    path: { burst: { toBad: BURST_BACK * 0.1 / 0.9, toGood: BURST_BACK, lossInBad: 1 } },
    dropped: 1,
    frozen: 0.01,
  },
];

/** Three listeners of one host, each behind a relay whose losses are drawn from another seed. */
async function runCell({ path }: Cell, clip: Clip, folder: TemporaryFolder) {
  await using opened = new AsyncDisposableStack();
  const { host, port, link } = await serve([
    ...["--screen", clip.path, "--audio", COMMENTARY_MP3, "--loop"],
    ...["--duration", `${SECONDS}s`, "--wait-for", String(SEEDS)],
  ]);
  opened.use(host);
  const relays = Array.from({ length: SEEDS }, (_, index) =>
    openRelay(systemMachine, {
      upstream: { hostname: "127.0.0.1", port },
      towardsListener: () => ({ ...PATH, ...path, seed: 100 + index }),
      towardsHost: () => ({ ...PATH, ...path, seed: 200 + index }),
    }));
  for (const relay of relays) opened.defer(() => relay.close());
  const listeners = relays.map(({ address }, index) =>
    listen([
      ...[linkThrough(link, address.port), "--frames", "--latency", `${LATENCY_MILLIS}ms`],
      ...["--record-screen", folder.file(`${index}.h264`)],
    ])
  );
  for (const listener of listeners) opened.use(listener);
  const summaries = await Promise.all(listeners.map((listener) => listener.end()));
  await host.end();
  return { host, relays, listeners, summaries };
}

function framesOf({ lines }: Streamer): JsonLine[] {
  return lines.filter(({ kind }) => kind === "frame");
}

function ledgerOf({ channels }: JsonLine, name: string): JsonLine {
  return channels.find(({ channel }: JsonLine) => channel === name);
}

/** Each listener's frames depend only on frames that were shown. */
function assertNoGap(frames: readonly JsonLine[]): void {
  let before = -1;
  for (const { frame, isKey } of frames) {
    assert.ok(isKey || frame === before + 1, `frame ${frame} follows ${before}`);
    before = frame;
  }
}

/** Decodes what a listener recorded, and finds for each frame shown the source's own picture. */
async function assertRightPictures(
  recording: string,
  frames: readonly JsonLine[],
  source: readonly string[],
): Promise<void> {
  const shown = await picturesOf(recording);
  assert.equal(shown.length, frames.length, "every frame shown is in the recording");
  const wrong = frames.filter(({ frame }, index) => shown[index] !== source[frame % source.length]);
  assert.deepEqual(wrong.map(({ frame }) => frame), []);
}

/** Loss, parity and retransmissions of sound and screen, as a share of what was sent once. */
function overheadOf({ lines }: Streamer, listeners: number): number {
  const { channels, packetsSent } = lines.findLast(({ kind }) => kind === "stats")!;
  const once = channels.reduce((sum: number, { packetCount }: JsonLine) => sum + packetCount, 0);
  return packetsSent / (once * listeners) - 1;
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

for (const cell of CELLS) {
  testWith(
    ["ffmpeg"],
    `a screen of 1.5 Mbit/s through ${cell.name} both ways, for ${SECONDS} s`,
    async () => {
      await using folder = new TemporaryFolder();
      const plan = { codec: "h264", rate: 15, seconds: 10, bitrate: 1_500_000 } as const;
      const clip = await makeClip(folder, plan);
      const source = await picturesOf(clip.path);
      const { host, relays, listeners, summaries } = await runCell(cell, clip, folder);
      const p = cell.loss;
      const overhead = (100 * overheadOf(host, SEEDS)).toFixed(1);
      console.log(`overhead ${overhead} %, p/(1-p) ${(100 * p / (1 - p)).toFixed(1)} %`);
      for (const [index, summary] of summaries.entries()) {
        const frames = framesOf(listeners[index]!);
        const screen = ledgerOf(summary, "screen");
        const sound = ledgerOf(summary, "audio");
        const { framesReceived, framesDropped, freezeCount, totalFreezesDuration } = screen;
        console.log(
          `seed ${index}: ${frames.length} frames shown, ${framesReceived} received, ` +
            `${framesDropped} dropped, ${freezeCount} freezes of ${totalFreezesDuration} s, ` +
            `${screen.residualLost} packets of ${screen.packetsExpected} missing, ` +
            `sound ${sound.residualLost} of ${sound.packetsExpected}`,
        );
        assertExact(summary, relays[index]!);
        assertNoGap(frames);
        await assertRightPictures(folder.file(`${index}.h264`), frames, source);
        const sent = frames.at(-1)!.frame - frames[0]!.frame + 1;
        assert.ok(sent > SECONDS * clip.rate * 0.9, `only ${sent} frames`);
        assert.ok(framesDropped <= cell.dropped * sent, `${framesDropped} frames dropped`);
        assert.ok(sent - frames.length <= cell.dropped * sent, `${sent - frames.length} not shown`);
        assert.ok(
          totalFreezesDuration <= cell.frozen * SECONDS,
          `${totalFreezesDuration} s frozen`,
        );
        assert.ok(
          sound.residualLost <= 0.005 * sound.packetsExpected,
          "the sound as without screen",
        );
      }
    },
  );
}

for (const loss of [0, 0.05]) {
  testWith(
    ["ffmpeg"],
    `20 late joiners see the first picture within a second at ${loss * 100} % loss`,
    async () => {
      await using folder = new TemporaryFolder();
      await using opened = new AsyncDisposableStack();
      const plan = { codec: "h264", rate: 15, seconds: 10, bitrate: 1_500_000 } as const;
      const clip = await makeClip(folder, plan);
      const { host, port, link } = await serve(["--screen", clip.path, "--loop"]);
      opened.use(host);
      const relay = openRelay(systemMachine, {
        upstream: { hostname: "127.0.0.1", port },
        towardsListener: (index) => ({ ...PATH, loss, seed: 300 + index }),
        towardsHost: (index) => ({ ...PATH, loss, seed: 400 + index }),
      });
      opened.defer(() => relay.close());
      await using first = listen([link, "--frames"]);
      await first.line("frame");
      const waits: number[] = [];
      for (let number = 0; number < 20; number++) {
        await sleep(137);
        await using late = listen([linkThrough(link, relay.address.port), "--frames"]);
        await late.line("joined");
        const joinedAt = Date.now();
        const { shownAt } = await late.line("frame");
        waits.push(Math.max(0, shownAt - joinedAt));
      }
      waits.sort((one, other) => one - other);
      console.log(`first pictures after ${waits.map((wait) => wait.toFixed(0)).join(", ")} ms`);
      assert.ok(waits[18]! <= 1000, `the 19th of 20 waited ${waits[18]} ms`);
    },
  );
}
