/**
 * scripts/bench: measures `serve` and `listen` on this machine (`deno task bench`); it prints tables.
 *
 * This file measures the pacing error, the host's processor time and memory for growing numbers of light
 * listeners (light_listener.ts), and one complete listener. protection.ts, the next file to read, measures
 * what encryption and repair cost, with complete listeners (crowd.ts); screen.ts sets a screen beside sound;
 * search.ts times the directory's search. repair.ts is a program of its own: residual loss and overhead beside
 * SRT; so is receiving.ts: what a datagram that arrives costs. process_usage.ts reads /proc, printing.ts formats
 * the tables.
 */
import { COMMENTARY_MP3, sleep } from "../../tests/e2e/fixtures.ts";
import { listen, serve } from "../../tests/e2e/streamer.ts";
import { LightListener } from "./light_listener.ts";
import { pacingError } from "./pacing.ts";
import { memoryOverTime, ms, percent, print, row } from "./printing.ts";
import { cpuSecondsBetween, type Measured, usageOf, watch } from "./process_usage.ts";
import { benchProtection } from "./protection.ts";
import { benchScreen } from "./screen.ts";
import { benchSearch } from "./search.ts";

/** Light listeners can't decrypt; the cost of encryption has its own table. */
const PLAIN_SOUND = ["--audio", COMMENTARY_MP3, "--loop", "--plain"];
const SETTLE_MILLIS = 1500;
const HANDSHAKES_AT_ONCE = 20;

/** How long things are measured, in seconds, and with how many listeners. */
interface Plan {
  readonly pacing: number;
  readonly listening: number;
  readonly crowd: number;
  readonly crowds: readonly number[];
  readonly protection: number;
  readonly protectedCrowds: readonly number[];
  readonly flooding: number;
  /** Broadcasts that are searched. */
  readonly searched: number;
}
const WHOLE: Plan = {
  pacing: 30,
  listening: 10,
  crowd: 8,
  crowds: [1, 10, 100, 1000],
  protection: 12,
  protectedCrowds: [1, 20],
  flooding: 1,
  searched: 100_000,
};
const QUICK: Plan = {
  pacing: 5,
  listening: 4,
  crowd: 3,
  crowds: [1, 10, 100],
  protection: 4,
  protectedCrowds: [1, 5],
  flooding: 0.3,
  searched: 10_000,
};

async function main(): Promise<void> {
  const plan = Deno.args.includes("--quick") ? QUICK : WHOLE;
  await benchPacing(plan);
  const rows = [];
  for (const count of plan.crowds) rows.push(await benchCrowd(count, plan));
  printCrowds(rows, await rawSendMicros(plan));
  const { protectedCrowds: counts, protection: seconds } = plan;
  await benchProtection({ recording: COMMENTARY_MP3, counts, seconds });
  await benchListen(plan);
  await benchScreen({ listeners: 100, seconds: plan.crowd, rounds: 1 });
  benchSearch({ broadcasts: plan.searched, rounds: 100 });
}

/** One listener that only records arrivals, to measure the error of host and system. */
async function benchPacing({ pacing }: Plan): Promise<void> {
  const { host, link } = await serve([...PLAIN_SOUND, "--wait-for", "1"]);
  await using _host = host;
  const listener = await LightListener.join(link);
  const [arrivals, measured] = await Promise.all([
    listener.hear(pacing * 1000),
    watch(host.pid, pacing),
  ]);
  listener.leave();
  const { clockRate } = listener.info.channels[0]!;
  const { packets, p50, p99, worst, drift } = pacingError(arrivals, clockRate);
  print(`Pacing error over ${pacing} s of sound, ${packets} packets, one listener`);
  print(`  p50 ${ms(p50)}   p99 ${ms(p99)}   worst ${ms(worst)}   drift ${ms(drift)}`);
  print(`  memory ${memoryOverTime(measured)}`);
  print("");
}

interface CrowdRow {
  readonly count: number;
  readonly packetsPerSecond: number;
  readonly measured: Measured | undefined;
}

async function benchCrowd(count: number, { crowd }: Plan): Promise<CrowdRow> {
  const { host, link } = await serve([...PLAIN_SOUND, "--capacity", String(count)]);
  await using _host = host;
  const listeners = await joinAll(count, link);
  await sleep(SETTLE_MILLIS);
  const before = await host.line("stats", ({ listeners }) => listeners === count);
  const start = host.lines.indexOf(before);
  const measured = await watch(host.pid, crowd);
  const stats = host.lines.slice(start).filter(({ kind }) => kind === "stats");
  for (const listener of listeners) listener.leave();
  const sent = stats.at(-1)!.packetsSent - stats[0]!.packetsSent;
  return { count, measured, packetsPerSecond: sent / Math.max(stats.length - 1, 1) };
}

async function joinAll(count: number, link: string): Promise<LightListener[]> {
  const listeners: LightListener[] = [];
  while (listeners.length < count) {
    const batch = Math.min(HANDSHAKES_AT_ONCE, count - listeners.length);
    const joining = Array.from({ length: batch }, () => LightListener.join(link));
    listeners.push(...await Promise.all(joining));
  }
  return listeners;
}

/** The processor time of sending one such datagram and nothing else: the lower limit. */
async function rawSendMicros({ flooding }: Plan): Promise<number> {
  const sink = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const datagram = new Uint8Array(225);
  const before = usageOf(Deno.pid);
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < flooding * 1000) {
    for (let burst = 0; burst < 100; burst++) await socket.send(datagram, sink.addr);
    count += 100;
  }
  const after = usageOf(Deno.pid);
  sink.close();
  socket.close();
  return before && after ? cpuSecondsBetween(before, after) * 1e6 / count : NaN;
}

function printCrowds(rows: readonly CrowdRow[], rawMicros: number): void {
  print("serve --plain, MP3 at 64 kbit/s, one packet a frame");
  print("  listeners   packets/s   of a core   per packet   to a bare send   memory");
  for (const { count, packetsPerSecond, measured } of rows) {
    const micros = (measured?.cpuShare ?? NaN) * 1e6 / packetsPerSecond;
    const cells = row([
      [String(count), 11],
      [packetsPerSecond.toFixed(0), 12],
      [percent(measured?.cpuShare), 12],
      [`${micros.toFixed(1)} us`, 13],
      [`${(micros / rawMicros).toFixed(1)} x`, 17],
    ]);
    print(`${cells}   ${memoryOverTime(measured)}`);
  }
  print(`  a bare send of such a datagram: ${rawMicros.toFixed(1)} us`);
  print("");
}

/** A complete listener without a player, plain and encrypted side by side. */
async function benchListen({ listening }: Plan): Promise<void> {
  print("listen, without a player");
  const kinds = [["--plain"], []].map(async (flags) => {
    const { host, link } = await serve(["--audio", COMMENTARY_MP3, "--loop", ...flags]);
    await using _host = host;
    await using listener = listen([link]);
    await listener.line("joined");
    await sleep(SETTLE_MILLIS);
    return { name: flags[0] ?? "encrypted", measured: await watch(listener.pid, listening) };
  });
  for (const { name, measured } of await Promise.all(kinds)) {
    const memory = memoryOverTime(measured);
    print(`  ${name.padEnd(9)}  ${percent(measured?.cpuShare)} of a core, memory ${memory}`);
  }
}

if (import.meta.main) await main();
