import assert from "node:assert/strict";
import { systemMachine } from "../../client/io/system_machine.ts";
import type { NetemOptions } from "../fakes/netem.ts";
import { openRelay } from "../fakes/relay.ts";
import { requireTool, testWith } from "../tools.ts";
import { capture } from "./capture.ts";
import { COMMENTARY_MP3, run, TemporaryFolder } from "./fixtures.ts";
import { type JsonLine, linkThrough, listen, serve } from "./streamer.ts";

const PACKET_CLOCK = 90_000;

interface Arrival {
  readonly atSeconds: number;
  readonly timestamp: number;
}

/** What tshark itself makes of the stream: milliseconds, over all packets. */
async function tsharkJitter(file: string, port: number, ssrc: number): Promise<number> {
  const text = await run(requireTool("tshark"), [
    ...["-r", file, "-q", "-d", `udp.port==${port},rtp`, "-z", "rtp,streams"],
  ]);
  const id = `0x${ssrc.toString(16).toUpperCase().padStart(8, "0")}`;
  const row = text.split("\n").find((line) => line.includes(id));
  assert.ok(row, `tshark saw no stream ${id}:\n${text}`);
  // … min delta, mean delta, max delta, min jitter, mean jitter, max jitter [problems]
  const numbers = row.replace(/\s+X\s*$/, "").trim().split(/\s+/).map(Number);
  return numbers.at(-2)!;
}

async function arrivalsOf(file: string, port: number, ssrc: number): Promise<Arrival[]> {
  const text = await run(requireTool("tshark"), [
    ...["-r", file, "-d", `udp.port==${port},rtp`, "-Y", `rtp.ssrc == ${ssrc}`],
    ...["-T", "fields", "-e", "frame.time_epoch", "-e", "rtp.timestamp"],
  ]);
  return text.trim().split("\n").map((line) => {
    const [at, timestamp] = line.split("\t").map(Number);
    return { atSeconds: at!, timestamp: timestamp! };
  });
}

/** RFC 3550 appendix A.8 after each packet, in milliseconds. */
function runningJitter(arrivals: readonly Arrival[]): { at: number; jitter: number }[] {
  let jitter = 0;
  return arrivals.map((arrival, index) => {
    const before = arrivals[index - 1] ?? arrival;
    const ticks = (arrival.timestamp - before.timestamp) | 0;
    const spacing = (arrival.atSeconds - before.atSeconds) * 1000;
    jitter += (Math.abs(spacing - ticks * 1000 / PACKET_CLOCK) - jitter) / 16;
    return { at: arrival.atSeconds * 1000, jitter };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** 10 %, or 0.2 ms where that is more. */
function tolerance(jitter: number): number {
  return Math.max(0.2, jitter * 0.1);
}

/** Listens for 15 s through a relay whose way to the listener is captured; all lines it printed. */
async function listenCaptured(path: NetemOptions, file: string) {
  const { host, port, link } = await serve(
    ["--audio", COMMENTARY_MP3, "--loop", "--wait-for", "1", "--duration", "15s"],
  );
  await using _host = host;
  const upstream = { hostname: "127.0.0.1", port };
  const relay = openRelay(systemMachine, { upstream, towardsListener: () => path });
  const relayPort = relay.address.port;
  let lines: readonly JsonLine[] = [];
  await capture(file, `udp src port ${relayPort}`, async () => {
    await using listener = listen([linkThrough(link, relayPort)]);
    await listener.end();
    lines = listener.lines;
  });
  await relay.close();
  return { lines, relayPort };
}

const PATHS: readonly { name: string; path: NetemOptions }[] = [
  { name: "a quiet loopback", path: {} },
  { name: "a path with 8 ms of jitter", path: { jitterMillis: 8, delayMillis: 5, seed: 3 } },
];

for (const { name, path } of PATHS) {
  testWith(["tshark"], `jitter of plain MP3 over ${name} agrees with tshark's`, async () => {
    await using folder = new TemporaryFolder();
    const file = folder.file("capture.pcapng");
    const { lines, relayPort } = await listenCaptured(path, file);
    const { ssrc } = lines.at(-1)!.channels[0];
    const running = runningJitter(await arrivalsOf(file, relayPort, ssrc));
    assert.ok(running.length > 500, `only ${running.length} packets captured`);
    // This makes the test's own reading of the capture, packet by packet, as good as tshark's.
    const reading = mean(running.map(({ jitter }) => jitter));
    const theirs = await tsharkJitter(file, relayPort, ssrc);
    assert.ok(Math.abs(reading - theirs) < 0.02, `${reading} ms read, tshark says ${theirs} ms`);

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
