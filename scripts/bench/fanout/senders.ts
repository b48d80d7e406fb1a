import { fileURLToPath } from "node:url";
import { sleep } from "../../../tests/e2e/fixtures.ts";
import { serve, type Streamer } from "../../../tests/e2e/streamer.ts";
import { cpuSecondsBetween, usageOf } from "../process_usage.ts";
import type { JoinedReport, Mark } from "./sinks.ts";
import type { Pacing } from "./pacing_watch.ts";
import { SinksProcess } from "./sinks_process.ts";
import type { Spent } from "./spent.ts";

const PERIOD_MICROS = 20_000;
/** The sound begins when so many are in: on a busy machine some are given up before they have reported. */
const ALMOST_ALL = 0.9;
const PER_SECOND = 1e6 / PERIOD_MICROS;
/** After a pause a host first sends what it is behind. */
const SETTLE_MILLIS = 2000;
/** A match lasts hours, and what runs 50 times a second is compiled well only after some seconds. */
const WARM_UP_MILLIS = 15_000;
const MOST_SECONDS_BEHIND = 20;
/**
 * The crowd's programs do not take the processor from the host, since listeners have machines of their own; without
 * the right to do so `nice` only says so.
 */
const FIRST = ["nice", "-n", "-15"];
const BARE_SEND = fileURLToPath(new URL("./bare_send.ts", import.meta.url));
const BARE_LOOP = fileURLToPath(new URL("./bare_loop.c", import.meta.url));

/** What a crowd cost the host as it came. */
export interface CrowdCost {
  readonly seconds: number;
  /** Milliseconds of processor time for each join, its handshake and its first report. */
  readonly joinMillis: number;
  /** Resident memory for each listener. */
  readonly bytes: number;
}

/** A host with its crowd, which stands still but for {@linkcode measure}. */
export class HostUnderTest implements AsyncDisposable {
  readonly #host: Streamer;
  readonly #link: string;
  readonly #sinks: SinksProcess;

  private constructor(
    host: Streamer,
    link: string,
    sinks: SinksProcess,
    readonly joined: JoinedReport,
    readonly cost: CrowdCost,
  ) {
    this.#host = host;
    this.#link = link;
    this.#sinks = sinks;
  }

  /** @param more places are left for so many. */
  static async open(flags: readonly string[], count: number, more = 0): Promise<HostUnderTest> {
    const crowd = [
      "--capacity",
      String(count + more),
      "--wait-for",
      String(Math.ceil(ALMOST_ALL * count)),
    ];
    const { host, link } = await serve([...crowd, ...flags], { through: FIRST });
    const before = usageOf(host.pid)!;
    const sinks = new SinksProcess(link, count);
    const joined = await sinks.joined();
    const after = usageOf(host.pid)!;
    const cost = {
      seconds: joined.seconds,
      joinMillis: cpuSecondsBetween(before, after) * 1000 / count,
      bytes: (after.residentBytes - before.residentBytes) / count,
    };
    await sleep(WARM_UP_MILLIS);
    host.kill("SIGSTOP");
    return new HostUnderTest(host, link, sinks, joined, cost);
  }

  get pid(): number {
    return this.#host.pid;
  }

  /** The dropped copies so far. */
  get overflowed(): number {
    return this.#host.lines.findLast(({ kind }) => kind === "stats")?.overflowed ?? NaN;
  }

  async measure(seconds: number): Promise<Spent & { readonly mark: Mark }> {
    this.#host.kill("SIGCONT");
    await this.#catchUp();
    const before = usageOf(this.#host.pid)!;
    await this.#sinks.mark();
    await sleep(seconds * 1000);
    const after = usageOf(this.#host.pid)!;
    const mark = await this.#sinks.mark();
    this.#host.kill("SIGSTOP");
    return { sent: mark.packets, cpuNanos: cpuSecondsBetween(before, after) * 1e9, mark };
  }

  /**
   * How regularly packets come to the crowd while more listeners join within `seconds`. The host goes on afterwards
   * with all of them.
   */
  async watchJoining(more: number, seconds: number): Promise<Pacing> {
    this.#host.kill("SIGCONT");
    await this.#catchUp();
    await this.#sinks.mark();
    await using joining = new SinksProcess(this.#link, more, seconds);
    await joining.joined();
    return (await this.#sinks.mark()).pacing;
  }

  /** Waits until no more comes in a second than belongs into it. */
  async #catchUp(): Promise<void> {
    await sleep(SETTLE_MILLIS);
    const most = 1.1 * PER_SECOND * this.joined.joined;
    for (let second = 0; second < MOST_SECONDS_BEHIND; second++) {
      await this.#sinks.mark();
      const begunAt = performance.now();
      await sleep(1000);
      const { packets } = await this.#sinks.mark();
      if (packets * 1000 / (performance.now() - begunAt) < most) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#host.kill("SIGCONT");
    await this.#sinks[Symbol.asyncDispose]();
    await this.#host[Symbol.asyncDispose]();
  }
}

/** The bare loops, to the same addresses. */
export class BareLoops {
  readonly #folder = Deno.makeTempDirSync();
  readonly #program = `${this.#folder}/bare_loop`;
  readonly #addresses = `${this.#folder}/addresses`;
  readonly #hasCompiler: boolean;

  constructor() {
    this.#hasCompiler = compile(this.#program);
  }

  aim(addresses: readonly string[]): void {
    Deno.writeTextFileSync(this.#addresses, addresses.join("\n"));
  }

  /** `sendmmsg` in C; undefined where there is no compiler. */
  async loop(bytes: number, seconds: number): Promise<Spent | undefined> {
    if (!this.#hasCompiler) return undefined;
    return await run(this.#program, [], this.#addresses, bytes, seconds);
  }

  /** `conn.send`. */
  async send(bytes: number, seconds: number): Promise<Spent> {
    const before = ["run", "-A", "--quiet", "--unstable-net", BARE_SEND];
    return await run(Deno.execPath(), before, this.#addresses, bytes, seconds);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

function compile(program: string): boolean {
  try {
    const { success } = new Deno.Command("cc", { args: ["-O2", "-o", program, BARE_LOOP] })
      .outputSync();
    return success;
  } catch {
    return false;
  }
}

async function run(
  program: string,
  before: readonly string[],
  addresses: string,
  bytes: number,
  seconds: number,
): Promise<Spent> {
  const rounds = Math.round(seconds * PER_SECOND);
  const numbers = [bytes, rounds, PERIOD_MICROS].map(String);
  const { stdout } = await new Deno.Command(program, { args: [...before, addresses, ...numbers] })
    .output();
  return JSON.parse(new TextDecoder().decode(stdout));
}
