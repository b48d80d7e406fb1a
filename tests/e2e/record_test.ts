import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { openRelay } from "../../scripts/network/relay.ts";
import { requireTool, testWith } from "../tools.ts";
import { COMMENTARY_MP3, COMMENTARY_OPUS, run, TemporaryFolder } from "./fixtures.ts";
import { linkThrough, listen, serve } from "./streamer.ts";

/** Size and hash of every frame, as a program that is not ours reads them; times are left out. */
async function frameHashes(file: string): Promise<string[]> {
  const text = await run(requireTool("ffmpeg"), [
    ...["-v", "error", "-i", file, "-map", "0:a:0", "-c", "copy"],
    ...["-f", "framehash", "-hash", "sha256", "-"],
  ]);
  const rows = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return rows.map((row) => row.split(",").slice(4, 6).map((cell) => cell.trim()).join(" "));
}

/**
 * Holds a recording to its source: every frame as it was sent, in order, and none left out but those that
 * the ledger says were missing in the end. On a busy machine packets come too late although nothing is
 * lost; that all of them come in time is held in virtual time, by `loopback/recording_test.ts`.
 */
async function assertRecorded(
  recorded: string,
  sources: readonly string[],
  { residualLost }: { readonly residualLost: number },
): Promise<void> {
  const sent = (await Promise.all(sources.map(frameHashes))).flat();
  const got = await frameHashes(recorded);
  assert.equal(got.length, sent.length - residualLost, "frames that are not accounted for");
  let next = 0;
  for (const frame of got) {
    next = sent.indexOf(frame, next) + 1;
    assert.ok(next > 0, "a frame that was not sent, or not at that place");
  }
}

/** The first `seconds` of a recording, without touching its frames. */
async function cut(file: string, seconds: number, to: string): Promise<void> {
  const how = ["-v", "error", "-i", file, "-t", String(seconds), "-c", "copy"];
  await run(requireTool("ffmpeg"), [...how, to]);
}

for (const [name, recording] of [["mp3", COMMENTARY_MP3], ["opus", COMMENTARY_OPUS]] as const) {
  testWith(
    ["ffmpeg"],
    `--record of ${name} on a clean network is the source, bit for bit`,
    async () => {
      await using folder = new TemporaryFolder();
      const [source, recorded] = [folder.file(`source.${name}`), folder.file(`recorded.${name}`)];
      await cut(recording, 8, source);
      const { host, link } = await serve(["--audio", source, "--wait-for", "1"]);
      await using _host = host;
      await using listener = listen([link, "--record", recorded]);
      const summary = await listener.end();
      await host.end();
      const [ledger] = summary.channels;
      assert.ok(ledger.packetsExpected > 300, `only ${ledger.packetsExpected} frames were sent`);
      assert.equal(ledger.networkLost, 0);
      await assertRecorded(recorded, [source], ledger);
    },
  );
}

testWith(
  ["ffmpeg"],
  "at 5 % loss both ways and 200 ms the recording is the source, but for what the ledger says",
  async () => {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(new TemporaryFolder());
    const [source, recorded] = [folder.file("source.mp3"), folder.file("recorded.mp3")];
    await cut(COMMENTARY_MP3, 20, source);
    const { host, port, link } = await serve(["--audio", source, "--wait-for", "1"]);
    opened.use(host);
    const path = { loss: 0.05, delayMillis: 10, jitterMillis: 5 };
    const relay = openRelay(systemMachine, {
      upstream: { hostname: "127.0.0.1", port },
      towardsListener: () => ({ ...path, seed: 61 }),
      towardsHost: () => ({ ...path, seed: 62 }),
    });
    opened.defer(() => relay.close());
    const through = linkThrough(link, relay.address.port);
    const listener = opened.use(listen([through, "--record", recorded, "--latency", "200ms"]));
    const summary = await listener.end();
    assert.ok(summary.channels[0].networkLost > 10, "the network lost nothing worth repairing");
    const [ledger] = summary.channels;
    assert.ok(ledger.packetsRepaired.nack > 0, "nothing was repaired in time");
    await assertRecorded(recorded, [source], ledger);
  },
);

testWith(["ffmpeg"], "several files in a row arrive as one, without a gap", async () => {
  await using folder = new TemporaryFolder();
  const parts = [folder.file("one.mp3"), folder.file("two.mp3")];
  await cut(COMMENTARY_MP3, 2, parts[0]!);
  await cut(COMMENTARY_MP3, 3, parts[1]!);
  const recorded = folder.file("both.mp3");
  const { host, link } = await serve([
    "--audio",
    parts[0]!,
    "--audio",
    parts[1]!,
    "--wait-for",
    "1",
  ]);
  await using _host = host;
  await using listener = listen([link, "--record", recorded]);
  const { channels: [ledger] } = await listener.end();
  await assertRecorded(recorded, parts, ledger);
});

testWith(
  ["ffmpeg"],
  "Opus packets too large for a datagram arrive in pieces: the recording decodes to the source's samples",
  async () => {
    await using folder = new TemporaryFolder();
    const [source, recorded] = [folder.file("source.opus"), folder.file("recorded.opus")];
    await run(requireTool("ffmpeg"), [
      ...["-v", "error", "-i", COMMENTARY_MP3, "-t", "5", "-ac", "2", "-c:a", "libopus"],
      ...["-b:a", "256k", "-vbr", "off", "-frame_duration", "60", source],
    ]);
    const { host, link } = await serve(["--audio", source, "--wait-for", "1"]);
    await using _host = host;
    await using listener = listen([link, "--record", recorded]);
    const summary = await listener.end();
    await host.end();
    const [sent, got] = [await samplesOf(source), await samplesOf(recorded)];
    assert.ok(sent.length > 5 * 48_000 * 4 - 4000, `only ${sent.length} bytes of samples`);
    // The source's last page cuts what fills its last frame; the network knows of no such thing.
    assert.deepEqual(got.subarray(0, sent.length), sent);
    const packetCount = (await frameHashes(source)).length;
    const pieceCount = (await frameHashes(recorded)).length;
    assert.ok(pieceCount >= 2 * packetCount, `${packetCount} packets in ${pieceCount} pieces`);
    assert.equal(summary.channels[0].packetsExpected, pieceCount);
    assert.equal(summary.channels[0].networkLost, 0);
    assert.equal(summary.channels[0].residualLost, 0);
  },
);

/** Decoded by the reference decoder. */
async function samplesOf(file: string): Promise<Uint8Array> {
  const { stdout } = await new Deno.Command(requireTool("ffmpeg"), {
    args: ["-v", "error", "-c:a", "libopus", "-i", file, "-f", "s16le", "-"],
    stderr: "inherit",
  }).output();
  return stdout;
}
