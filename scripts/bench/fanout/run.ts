/*
 * scripts/bench/fanout: what the fan-out costs, against the least that it could (`deno task bench:fanout`), on Linux.
 *
 * In: numbers of listeners, lengths of datagrams. Out: a table, and with `--json` a line for each row.
 *
 * Each row opens a broadcast, lets a crowd join (sinks.ts, a process of its own, with whole handshakes and sealed
 * JOINs), and measures in turns, in the same seconds: `serve` as it is, `serve --no-ffi`, a bare loop in C
 * (bare_loop.c) and a bare loop of `conn.send` (bare_send.ts), all to the same sockets, 50 packets a second. A host
 * stands still while it is not its turn. Processor time is that of all threads. senders.ts runs the four,
 * sink_sockets.ts reads, pacing_watch.ts measures how regularly. Read next: sinks.ts.
 */
import { print, row } from "../printing.ts";
import { opusFileOf } from "./opus_file.ts";
import type { Pacing } from "./pacing_watch.ts";
import { BareLoops, HostUnderTest } from "./senders.ts";
import { microsOf, type Spent, totalOf } from "./spent.ts";

/** RTP header; SRTP's tag and key id. */
const HEADER_BYTES = 12;
const SEALED_BYTES = 17;
/** The longest packet of sound: a datagram has 1200 bytes, and room is kept for what repair adds. */
const LONGEST_BYTES = 1160;
/** With more listeners the runtime's own call can't keep up. */
const MOST_PORTABLE = 1000;
const JOINING_SECONDS = 5;

interface Plan {
  readonly counts: readonly number[];
  readonly lengths: readonly number[];
  readonly isPlain: readonly boolean[];
  readonly seconds: number;
  readonly rounds: number;
  /** So many more join at the end, within 5 s. */
  readonly more: number;
}

/** A row of the table; microseconds of processor time a copy. */
export interface FanoutRow {
  readonly listeners: number;
  readonly bytes: number;
  readonly isPlain: boolean;
  readonly serve: number;
  readonly portable?: number;
  readonly loop?: number;
  readonly send: number;
  /** Milliseconds, and copies that did not find room in a queue. */
  readonly pacing: { readonly p50: number; readonly p99: number };
  /** The same while so many join within 5 s, with `--more`. */
  readonly joining?: Pacing;
  readonly overflowed: number;
  readonly joinMillis: number;
  readonly listenerBytes: number;
}

function planOf(args: readonly string[]): Plan {
  const list = (name: string, otherwise: readonly number[]) => {
    const given = args.find((word) => word.startsWith(`--${name}=`))?.split("=")[1];
    return given?.split(",").map(Number) ?? otherwise;
  };
  const isQuick = args.includes("--quick");
  return {
    counts: list("listeners", isQuick ? [1, 1000] : [1, 100, 1000, 4000]),
    lengths: list("bytes", isQuick ? [200] : [200, LONGEST_BYTES]),
    isPlain: isQuick || args.includes("--encrypted") ? [false] : [false, true],
    seconds: list("seconds", [3])[0]!,
    rounds: list("rounds", [isQuick ? 1 : 3])[0]!,
    more: list("more", [0])[0]!,
  };
}

async function main(): Promise<void> {
  const plan = planOf(Deno.args);
  const isJson = Deno.args.includes("--json");
  using loops = new BareLoops();
  if (!isJson) printHead();
  for (const listeners of plan.counts) {
    for (const bytes of plan.lengths) {
      for (const isPlain of plan.isPlain) {
        const measured = await measure(loops, { listeners, bytes, isPlain }, plan);
        print(isJson ? JSON.stringify(measured) : describe(measured));
      }
    }
  }
}

type Setting = Pick<FanoutRow, "listeners" | "bytes" | "isPlain">;

async function measure(loops: BareLoops, setting: Setting, plan: Plan): Promise<FanoutRow> {
  const { listeners, bytes, isPlain } = setting;
  await using opened = new AsyncDisposableStack();
  const file = await Deno.makeTempFile({ suffix: ".ogg" });
  opened.defer(() => Deno.remove(file));
  Deno.writeFileSync(file, opusFileOf(bytes - HEADER_BYTES - (isPlain ? 0 : SEALED_BYTES)));
  const flags = ["--audio", file, "--loop", ...isPlain ? ["--plain"] : []];
  const host = opened.use(await HostUnderTest.open(flags, listeners, plan.more));
  const portable = listeners > MOST_PORTABLE
    ? undefined
    : opened.use(await HostUnderTest.open([...flags, "--no-ffi"], listeners));
  loops.aim(host.joined.addresses);
  const turns: Turn[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    turns.push(await takeTurns(loops, host, portable, bytes, plan.seconds));
  }
  const joining = plan.more > 0 ? await host.watchJoining(plan.more, JOINING_SECONDS) : undefined;
  return { ...rowOf(setting, turns, host), ...(joining && { joining }) };
}

interface Turn {
  readonly serve: Awaited<ReturnType<HostUnderTest["measure"]>>;
  readonly portable: Spent | undefined;
  readonly loop: Spent | undefined;
  readonly send: Spent;
}

async function takeTurns(
  loops: BareLoops,
  host: HostUnderTest,
  portable: HostUnderTest | undefined,
  bytes: number,
  seconds: number,
): Promise<Turn> {
  return {
    serve: await host.measure(seconds),
    loop: await loops.loop(bytes, seconds),
    portable: await portable?.measure(seconds),
    // It takes several times as long for each.
    send: await loops.send(bytes, seconds / 4),
  };
}

function rowOf(setting: Setting, turns: readonly Turn[], host: HostUnderTest): FanoutRow {
  const of = (name: "serve" | "portable" | "loop" | "send") => {
    const spent = turns.flatMap((turn) => turn[name] ?? []);
    return spent.length > 0 ? microsOf(totalOf(spent)) : undefined;
  };
  const pacing = turns.map(({ serve }) => serve.mark.pacing);
  const [portable, loop] = [of("portable"), of("loop")];
  return {
    ...setting,
    serve: of("serve")!,
    ...(portable !== undefined && { portable }),
    ...(loop !== undefined && { loop }),
    send: of("send")!,
    pacing: {
      p50: Math.max(...pacing.map(({ p50 }) => p50)),
      p99: Math.max(...pacing.map(({ p99 }) => p99)),
    },
    overflowed: host.overflowed,
    joinMillis: host.cost.joinMillis,
    listenerBytes: host.cost.bytes,
  };
}

const COLUMNS = [9, 6, 10, 9, 9, 8, 9, 9, 10, 10, 9, 8, 9, 10] as const;

function printHead(): void {
  print(
    "serve at 50 packets a second: microseconds of all threads for each copy, and what a bare loop takes",
  );
  printCells([
    "listeners",
    "bytes",
    "",
    "serve",
    "C loop",
    "ratio",
    "--no-ffi",
    "send",
    "ratio",
    "p50 ms",
    "p99 ms",
    "join ms",
    "kB each",
    "p99 join",
  ]);
}

function printCells(cells: readonly string[]): void {
  print(line(cells));
}

function line(cells: readonly string[]): string {
  return row(cells.map((text, index) => [text, COLUMNS[index]!] as const));
}

function describe(measured: FanoutRow): string {
  const { listeners, bytes, isPlain, serve, portable, loop, send, pacing } = measured;
  const fixed = (value: number | undefined) => value === undefined ? "-" : value.toFixed(2);
  return line([
    String(listeners),
    String(bytes),
    isPlain ? "plain" : "encrypted",
    fixed(serve),
    fixed(loop),
    fixed(loop && loop / serve),
    fixed(portable),
    fixed(send),
    fixed(portable && send / portable),
    fixed(pacing.p50),
    fixed(pacing.p99),
    fixed(measured.joinMillis),
    (measured.listenerBytes / 1000).toFixed(1),
    fixed(measured.joining?.p99),
  ]);
}

if (import.meta.main) await main();
