import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { openRelay } from "../../scripts/network/relay.ts";
import { requireTool } from "../tools.ts";
import { capture } from "./capture.ts";
import { COMMENTARY_MP3, run } from "./fixtures.ts";
import { type JsonLine, linkThrough, listen, serve } from "./streamer.ts";

/** Of MP3 over RTP (RFC 2250). */
export const PACKET_CLOCK = 90_000;

/** A packet as it was captured. */
export interface Arrival {
  readonly atSeconds: number;
  readonly timestamp: number;
}

/** What tshark itself makes of the stream: milliseconds, over all packets. */
export async function tsharkJitter(file: string, port: number, ssrc: number): Promise<number> {
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

export async function arrivalsOf(file: string, port: number, ssrc: number): Promise<Arrival[]> {
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
export function runningJitter(arrivals: readonly Arrival[]): { at: number; jitter: number }[] {
  let jitter = 0;
  return arrivals.map((arrival, index) => {
    const before = arrivals[index - 1] ?? arrival;
    const ticks = (arrival.timestamp - before.timestamp) | 0;
    const spacing = (arrival.atSeconds - before.atSeconds) * 1000;
    jitter += (Math.abs(spacing - ticks * 1000 / PACKET_CLOCK) - jitter) / 16;
    return { at: arrival.atSeconds * 1000, jitter };
  });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Listens through a relay whose way to the listener is captured; all lines it printed. */
export async function listenCaptured(path: NetemOptions, file: string, seconds: number) {
  const { host, port, link } = await serve(
    ["--audio", COMMENTARY_MP3, "--loop", "--wait-for", "1", "--duration", `${seconds}s`],
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
