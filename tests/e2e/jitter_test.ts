import assert from "node:assert/strict";
import { systemMachine } from "../../client/io/system_machine.ts";
import type { NetemOptions } from "../fakes/netem.ts";
import { openRelay } from "../fakes/relay.ts";
import { requireTool, testWith } from "../tools.ts";
import { COMMENTARY_MP3, run, TemporaryFolder } from "./fixtures.ts";
import { type JsonLine, linkThrough, listen, serve } from "./streamer.ts";

const PACKET_CLOCK = 90_000;

interface Arrival {
  readonly atSeconds: number;
  readonly timestamp: number;
}

/** Captures the loopback while `body` runs. */
async function capture(file: string, port: number, body: () => Promise<void>): Promise<void> {
  const process = new Deno.Command(requireTool("tshark"), {
    args: ["-q", "-i", "lo", "-f", `udp src port ${port}`, "-w", file],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  // It says so once the capture runs; what is sent before that would be missing.
  while (!/Capturing on/.test(said)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`tshark could not capture: ${said}`);
    said += value;
  }
  try {
    await body();
  } finally {
    process.kill("SIGINT");
    while (!(await reader.read()).done);
    await process.status;
  }
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

/** The one tolerance: 10 %, or 0.2 ms where that is more. */
function assertAgrees(ours: number, theirs: number, what: string): void {
  const difference = Math.abs(ours - theirs);
  assert.ok(difference <= Math.max(0.2, theirs * 0.1), `${what}: ${ours} ms, not ${theirs} ms`);
}

const PATHS: readonly { name: string; path: NetemOptions }[] = [
  { name: "a quiet loopback", path: {} },
  { name: "a path with 8 ms of jitter", path: { jitterMillis: 8, delayMillis: 5, seed: 3 } },
];

for (const { name, path } of PATHS) {
  testWith(
    ["tshark"],
    `jitter of a plain MP3 stream over ${name} agrees with tshark's`,
    async () => {
      await using folder = new TemporaryFolder();
      const file = folder.file("capture.pcapng");
      const { host, port, link } = await serve(
        ["--audio", COMMENTARY_MP3, "--loop", "--wait-for", "1", "--duration", "20s"],
      );
      await using _host = host;
      const upstream = { hostname: "127.0.0.1", port };
      const relay = openRelay(systemMachine, { upstream, towardsListener: () => path });
      let lines: readonly JsonLine[] = [];
      await capture(file, relay.address.port, async () => {
        await using listener = listen([linkThrough(link, relay.address.port)]);
        await listener.end();
        lines = listener.lines;
      });
      await relay.close();

      const { ssrc } = lines.at(-1)!.channels[0];
      const running = runningJitter(await arrivalsOf(file, relay.address.port, ssrc));
      assert.ok(running.length > 700, `only ${running.length} packets captured`);
      const theirs = await tsharkJitter(file, relay.address.port, ssrc);
      assertAgrees(mean(running.map(({ jitter }) => jitter)), theirs, "our reading of the capture");

      const samples = lines.filter(({ kind }) => kind === "stats").flatMap((line) => {
        const captured = running.findLast(({ at }) => at <= line.at);
        const ours = line.channels.find((channel: JsonLine) => channel.ssrc === ssrc)?.jitter;
        return captured && ours !== undefined
          ? [{ ours: ours * 1000, captured: captured.jitter }]
          : [];
      }).slice(3);
      assert.ok(samples.length >= 12, `only ${samples.length} samples`);
      assertAgrees(mean(samples.map(({ ours }) => ours)), theirs, "the ledger's jitter over all");
      const apart = median(samples.map(({ ours, captured }) => Math.abs(ours - captured)));
      assert.ok(apart <= Math.max(0.2, theirs * 0.1), `typically ${apart} ms from the capture`);
    },
  );
}
