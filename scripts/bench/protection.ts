import { sleep } from "../../tests/e2e/fixtures.ts";
import { type JsonLine, serve, type Streamer } from "../../tests/e2e/streamer.ts";
import { Crowd } from "./crowd.ts";
import { percent, print, row } from "./printing.ts";
import { watch } from "./process_usage.ts";

const LOSS = 0.05;
/** Warm-up, until both ends are compiled by the JIT. */
const WARM_UP_MILLIS = 3000;
/** After a change of the paths, until packets lost before it are repaired or given up. */
const CHANGE_MILLIS = 1000;
/** How often paths change, so that other load on the machine affects all rows alike. */
const ROUNDS = 2;

export interface ProtectionPlan {
  readonly recording: string;
  /** The numbers of listeners to measure, one after the other. */
  readonly counts: readonly number[];
  /** How long each row is measured, in all. */
  readonly seconds: number;
}

/** The host's work, each per second. */
interface Doings {
  /** Seconds of processor time; NaN on systems that can't measure it. */
  readonly cpu: number;
  /** Datagrams with NACKs. */
  readonly asked: number;
  /** Retransmissions and parity packets. */
  readonly repairs: number;
  /** Audio packets, each counted once. */
  readonly packets: number;
  readonly encrypted: number;
}

/**
 * Measures what encryption and repair cost the host. A plain and an encrypted broadcast run side by side,
 * and the paths lose packets in turns of a few seconds.
 */
export async function benchProtection(plan: ProtectionPlan): Promise<void> {
  print(`Secrecy and repair: serve, MP3 at 64 kbit/s, 20 to 30 ms of round trip`);
  print(
    "  listeners                          of a core   to plain  asked/s  repairs/s  encryptions",
  );
  for (const count of plan.counts) {
    const kinds = [["--plain"], []].map((flags) => measure(count, flags, plan));
    const [plain, encrypted] = await Promise.all(kinds);
    const floor = plain!.calm.cpu;
    print(describe(count, "plain", plain!.calm, floor));
    print(describe(count, `plain, ${percent(LOSS)} lost`, plain!.losing, floor));
    print(describe(count, "encrypted", encrypted!.calm, floor));
    print(describe(count, `encrypted, ${percent(LOSS)} lost`, encrypted!.losing, floor));
  }
  print(
    "  encryptions: for each packet of sound, its repairs included; a repair is encrypted once too",
  );
  print("");
}

async function measure(
  count: number,
  flags: readonly string[],
  { recording, seconds }: ProtectionPlan,
): Promise<{ calm: Doings; losing: Doings }> {
  await using opened = new AsyncDisposableStack();
  const sound = ["--audio", recording, "--loop", "--capacity", String(count)];
  const { host, link, port } = await serve([...sound, ...flags]);
  opened.use(host);
  const crowd = opened.use(await Crowd.join(count, link, port));
  await sleep(WARM_UP_MILLIS);
  const [calm, losing]: [Doings[], Doings[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [loss, doings] of [[0, calm], [LOSS, losing]] as const) {
      crowd.loss = loss;
      await sleep(CHANGE_MILLIS);
      doings.push(await observe(host, crowd, Math.ceil(seconds / ROUNDS)));
    }
  }
  return { calm: mean(calm), losing: mean(losing) };
}

async function observe(host: Streamer, crowd: Crowd, seconds: number): Promise<Doings> {
  const stats = () => host.lines.findLast(({ kind }) => kind === "stats")!;
  const [before, askedBefore] = [stats(), crowd.asked];
  const measured = await watch(host.pid, seconds);
  const after = stats();
  const since = (of: (line: JsonLine) => number) => (of(after) - of(before)) / seconds;
  return {
    cpu: measured?.cpuShare ?? NaN,
    asked: (crowd.asked - askedBefore) / seconds,
    repairs: since(({ retransmitted, fecPacketsSent }) => retransmitted + fecPacketsSent),
    packets: since(({ channels }) => channels[0].packetCount),
    encrypted: since(({ packetsEncrypted }) => packetsEncrypted),
  };
}

function mean(doings: readonly Doings[]): Doings {
  const of = (what: (one: Doings) => number) =>
    doings.reduce((sum, one) => sum + what(one), 0) / doings.length;
  return {
    cpu: of(({ cpu }) => cpu),
    asked: of(({ asked }) => asked),
    repairs: of(({ repairs }) => repairs),
    packets: of(({ packets }) => packets),
    encrypted: of(({ encrypted }) => encrypted),
  };
}

function describe(count: number, name: string, doings: Doings, floor: number): string {
  const { cpu, asked, repairs, packets, encrypted } = doings;
  return row([
    [String(count), 11],
    [`  ${name.padEnd(22)}`, 24],
    [Number.isNaN(cpu) ? "?" : `${(cpu * 100).toFixed(2)} %`, 11],
    [`${(cpu / floor).toFixed(2)} x`, 11],
    [asked.toFixed(1), 9],
    [repairs.toFixed(1), 11],
    [encrypted === 0 ? "none" : (encrypted / packets).toFixed(2), 13],
  ]);
}
