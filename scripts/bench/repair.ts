/**
 * Repair on real sockets: `serve` and `listen` as programs, and between them a relay that loses packets in
 * both directions. Each row is one path: residual loss and overhead beside those of SRT 1.5.1 on the same
 * path, and the time from sending to the player, minus the one-way delay.
 *
 *     deno run -A scripts/bench/repair.ts --seconds 60 --seeds 2 --only bursts
 */
import { parseArgs } from "node:util";
import type { Millis } from "../../shared/core/units.ts";
import { systemMachine } from "../../shared/system/system_machine.ts";
import type { BurstLoss, NetemOptions } from "../network/netem.ts";
import { openRelay, type RelayedListener } from "../network/relay.ts";
import { TemporaryFolder } from "../../tests/e2e/fixtures.ts";
import { type JsonLine, linkThrough, serve, Streamer } from "../../tests/e2e/streamer.ts";
import { bursts, percentile } from "../../tests/loopback/repair_cell.ts";
import { Delivery, writeNumberedSound } from "./delivery.ts";

interface Cell {
  readonly name: string;
  /**
   * From a packet's arrival to its playout, as SRT counts its latency. Ours counts from sending, so that it is
   * longer by the one-way delay when both play a packet at the same time.
   */
  readonly latency: Millis;
  readonly loss?: number;
  readonly burst?: BurstLoss;
  /** Residual loss and overhead, in percent. */
  readonly srt: readonly [residual: number, overhead: number];
}

const CELLS: readonly Cell[] = [
  { name: "120 ms,  5 %", latency: 120, loss: 0.05, srt: [0, 12] },
  { name: "120 ms, 10 %", latency: 120, loss: 0.1, srt: [0.015, 21] },
  { name: "120 ms, 20 %", latency: 120, loss: 0.2, srt: [0.25, 36] },
  { name: "120 ms, bursts", latency: 120, burst: bursts(0.1, 4), srt: [0.19, 27] },
  { name: "200 ms, 10 %", latency: 200, loss: 0.1, srt: [0, 21] },
  { name: "200 ms, 20 %", latency: 200, loss: 0.2, srt: [0.015, 36] },
  { name: "200 ms, bursts", latency: 200, burst: bursts(0.1, 4), srt: [0.13, 26] },
];

interface Outcome {
  readonly expected: number;
  readonly lost: number;
  readonly residual: number;
  readonly late: number;
  readonly mediaPackets: number;
  readonly allPackets: number;
  readonly delays: readonly Millis[];
}

const ONE_WAY_MILLIS: Millis = 10;
/** The sound is this much longer than the measurement. */
const SPARE_SECONDS = 20;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seeds: { type: "string", default: "2" },
    only: { type: "string", default: "" },
  },
});
await using folder = new TemporaryFolder();
const source = folder.file("source.mp3");
await writeNumberedSound(source, Number(values.seconds) + SPARE_SECONDS);

console.log(
  "cell             lost     left (SRT)            overhead (SRT)    late    p50    p99   most",
);
for (const cell of CELLS.filter(({ name }) => name.includes(values.only))) {
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
  console.log(row(cell, sum(await Promise.all(seeds.map((seed) => measure(cell, seed))))));
}

async function measure(cell: Cell, seed: number): Promise<Outcome> {
  await using opened = new AsyncDisposableStack();
  const timing = ["--duration", `${values.seconds}s`, "--wait-for", "1"];
  const { host, port, link } = await serve(["--audio", source, ...timing]);
  opened.use(host);
  const path = (offset: number): NetemOptions => ({
    seed: seed * 2 + offset,
    loss: cell.loss,
    burst: cell.burst,
    delayMillis: ONE_WAY_MILLIS,
    jitterMillis: 5,
  });
  const delivery = new Delivery(folder.file(`${cell.name} ${seed}`));
  const relay = openRelay(systemMachine, {
    upstream: { hostname: "127.0.0.1", port },
    towardsListener: () => path(0),
    towardsHost: () => path(1),
    watch: (datagram) => delivery.watch(datagram),
  });
  opened.defer(() => relay.close());
  const listener = new Streamer(
    [
      "listen",
      "--json",
      linkThrough(link, relay.address.port),
      "--latency",
      `${cell.latency + ONE_WAY_MILLIS}ms`,
    ],
    { env: delivery.env },
  );
  opened.use(listener);
  const summary = await listener.end();
  return outcome(summary, relay.listeners[0]!, delivery);
}

function outcome(
  summary: JsonLine,
  { towardsListener }: RelayedListener,
  delivery: Delivery,
): Outcome {
  const [ledger] = summary.channels;
  const media = towardsListener.streams.get(ledger.ssrc)!;
  const offered = [...towardsListener.streams.values()].reduce((all, one) => all + one.offered, 0);
  // All packets of this source have the same length, within a byte.
  return {
    expected: ledger.packetsExpected,
    lost: ledger.networkLost,
    residual: ledger.residualLost,
    late: ledger.packetsDiscarded,
    mediaPackets: media.offered,
    allPackets: offered,
    delays: delivery.delays(ledger.ssrc).map((delay) => delay - ONE_WAY_MILLIS),
  };
}

function sum(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((all, one) => ({
    expected: all.expected + one.expected,
    lost: all.lost + one.lost,
    residual: all.residual + one.residual,
    late: all.late + one.late,
    mediaPackets: all.mediaPackets + one.mediaPackets,
    allPackets: all.allPackets + one.allPackets,
    delays: [...all.delays, ...one.delays],
  }));
}

function row(
  { name, srt }: Cell,
  { expected, lost, residual, late, mediaPackets, allPackets, delays }: Outcome,
) {
  const percent = (part: number, whole: number) => `${(100 * part / whole).toFixed(3)} %`;
  return [
    name.padEnd(15),
    percent(lost, expected).padStart(9),
    `${percent(residual, expected)} (${srt[0]})`.padStart(18),
    `${percent(allPackets - mediaPackets, mediaPackets)} (${srt[1]})`.padStart(18),
    String(late).padStart(6),
    ...[0.5, 0.99, 1].map((share) => percentile(delays, share).toFixed(1).padStart(5)),
  ].join("  ");
}
