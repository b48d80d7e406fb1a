/**
 * How often lost packets are sent again to a crowd, on real sockets: a host, a relay that loses packets of each
 * listener in both directions (10 ms and up to 5 ms of jitter each way), and listeners in a few processes.
 *
 *     deno run -A scripts/bench/lossy_crowd.ts --listeners 100 --loss 0.05 --seconds 20
 *
 * A machine that is too slow for all of these shows up as late rounds of the relay: its packets then came late too,
 * so they were requested without having been lost.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { COMMENTARY_MP3, sleep } from "../../tests/e2e/fixtures.ts";
import { type JsonLine, linkThrough, serve } from "../../tests/e2e/streamer.ts";
import { openRelay } from "../network/relay.ts";
import { TextLineStream } from "./fanout/text_lines.ts";
import type { HeardReport } from "./lossy_crowd/listeners.ts";

const LISTENERS = fileURLToPath(new URL("./lossy_crowd/listeners.ts", import.meta.url));
const IN_A_PROCESS = 25;
const SETTLE_MILLIS = 3000;
/** A statistics line comes each second. */
const STATISTICS_MILLIS = 1500;
const ROUND_MILLIS = 10;
const LATE_MILLIS = 20;

/** A process with listeners. */
class Listeners {
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  constructor(link: string, count: number) {
    const args = ["run", "-A", "--no-check", LISTENERS, link, String(count)];
    const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
      .spawn();
    const text = process.stdout.pipeThrough(new TextDecoderStream());
    this.#lines = text.pipeThrough(new TextLineStream()).getReader();
    this.#input = process.stdin.getWriter();
  }

  async next<Line>(): Promise<Line> {
    const { value } = await this.#lines.read();
    if (value === undefined) throw new Error("The listeners have ended");
    return JSON.parse(value);
  }

  async heard(): Promise<HeardReport> {
    await this.#input.write(new TextEncoder().encode("\n"));
    return await this.next();
  }
}

const { values } = parseArgs({
  options: {
    listeners: { type: "string", default: "100" },
    loss: { type: "string", default: "0.05" },
    seconds: { type: "string", default: "20" },
    audio: { type: "string", default: COMMENTARY_MP3 },
  },
});
const [listeners, seconds] = [Number(values.listeners), Number(values.seconds)];
let loss = 0;

const flags = ["--audio", values.audio, "--loop", "--capacity", values.listeners];
const { host, port, link } = await serve(flags);
const relay = openRelay(systemMachine, {
  upstream: { hostname: "127.0.0.1", port },
  towardsListener: (index) => path(2 * index),
  towardsHost: (index) => path(2 * index + 1),
});
const processes: Listeners[] = [];
for (let index = 0; index < listeners; index += IN_A_PROCESS) {
  const count = Math.min(IN_A_PROCESS, listeners - index);
  processes.push(new Listeners(linkThrough(link, relay.address.port), count));
}
for (const process of processes) await process.next();
await sleep(SETTLE_MILLIS);
const before = await look();
loss = Number(values.loss);
const lateRounds = await countLateRounds(seconds);
loss = 0;
await sleep(SETTLE_MILLIS);
const after = await look();
print(before, after);
await host[Symbol.asyncDispose]();
Deno.exit(0);

/** A path whose loss is that of the moment. */
function path(seed: number) {
  return {
    seed,
    delayMillis: 10,
    jitterMillis: 5,
    get loss() {
      return loss;
    },
  };
}

/** The relay runs in this process, so that it is late when this is. @returns how many rounds came late. */
async function countLateRounds(seconds: number): Promise<string> {
  let [late, rounds] = [0, 0];
  for (const end = performance.now() + seconds * 1000; performance.now() < end; rounds++) {
    const before = performance.now();
    await sleep(ROUND_MILLIS);
    if (performance.now() - before > ROUND_MILLIS + LATE_MILLIS) late++;
  }
  return `${late} of ${rounds}`;
}

async function look() {
  await sleep(STATISTICS_MILLIS);
  const stats: JsonLine = host.lines.findLast(({ kind }) => kind === "stats")!;
  const { ssrc } = stats.channels.find(({ channel }: JsonLine) => channel === "audio");
  const streams = relay.listeners.map(({ towardsListener }) => towardsListener.streams.get(ssrc));
  const heard = await Promise.all(processes.map((process) => process.heard()));
  const sum = <Item>(items: readonly Item[], count: (item: Item) => number) =>
    items.reduce((total, item) => total + count(item), 0);
  return {
    offered: sum(streams, (stream) => stream?.offered ?? 0),
    lost: sum(streams, (stream) => stream?.lost ?? 0),
    resent: stats.retransmitted as number,
    parity: stats.fecPacketsSent as number,
    residual: sum(heard, ({ residualLost }) => residualLost),
    missed: sum(heard, ({ networkLost }) => networkLost),
    requested: sum(heard, ({ requested }) => requested),
    requestedPackets: sum(heard, ({ requestedPackets }) => requestedPackets),
    needless: sum(heard, ({ needless }) => needless),
    cpuMillis: sum(heard, ({ cpuMillis }) => cpuMillis),
    unanswered: JSON.stringify(stats.unanswered),
  };
}

type Look = Awaited<ReturnType<typeof look>>;

function print(before: Look, after: Look): void {
  const of = (name: Exclude<keyof Look, "unanswered">) => after[name] - before[name];
  const per = (name: Exclude<keyof Look, "unanswered">) => (of(name) / of("missed")).toFixed(2);
  console.log(`${listeners} listeners, ${Number(values.loss) * 100} % loss, ${seconds} s`);
  console.log(`packets to listeners        ${of("offered")}, lost by the relay ${of("lost")}`);
  console.log(`packets that did not come   ${of("missed")}`);
  console.log(`retransmitted               ${of("resent")}, parity ${of("parity")}`);
  console.log(`retransmitted each second   ${(of("resent") / seconds).toFixed(0)}`);
  console.log(`retransmissions for a loss  ${per("resent")}`);
  console.log(`packets requested           ${of("requestedPackets")}, ${per("requestedPackets")}`);
  console.log(`  that were not lost        ${of("needless")}, ${per("needless")}`);
  console.log(`numbers in requests         ${of("requested")}, ${per("requested")}`);
  console.log(`not played                  ${of("residual")}`);
  console.log(`requests not answered       ${after.unanswered}`);
  console.log(`listeners' processor time   ${microsForAPacket(of)} microseconds a packet`);
  console.log(`late rounds of the relay    ${lateRounds}`);
}

function microsForAPacket(of: (name: "cpuMillis" | "offered") => number): string {
  return (1000 * of("cpuMillis") / of("offered")).toFixed(0);
}
