import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { openListener } from "../../client/session/session.ts";
import type { Machine } from "../../shared/driver/machine.ts";
import { cpuSecondsBetween, usageOf } from "../../scripts/bench/process_usage.ts";
import { COMMENTARY_MP3, sleep } from "../e2e/fixtures.ts";
import { linkThrough, listen, serve, type Streamer } from "../e2e/streamer.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { openRelay } from "../../scripts/network/relay.ts";
import type { StormKind, StormReport } from "./join_storm.ts";

const STORM = fileURLToPath(new URL("./join_storm.ts", import.meta.url));
const SECONDS = 10;
const PER_SECOND = 4000;
const LOSS = 0.05;
const HONEST_JOINS = 12;
/** Only ever waited out by a failing test. */
const PATIENCE_MILLIS = 30_000;
/** A listener asks so often within its first second. */
const HELLOS_IN_A_SECOND = 8;

/** Pours JOINs at the port; the storm has begun when it is there. */
class Storm implements AsyncDisposable {
  readonly report: Promise<StormReport>;
  readonly #process: Deno.ChildProcess;
  readonly #begun: Promise<void>;
  #output = "";

  private constructor(port: number, kind: StormKind) {
    const args = ["run", "-A", STORM, port, SECONDS, PER_SECOND, kind].map(String);
    this.#process = new Deno.Command(Deno.execPath(), {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let begin = () => {};
    this.#begun = new Promise((resolve) => begin = resolve);
    this.report = this.#read(begin);
  }

  static async begin(port: number, kind: StormKind): Promise<Storm> {
    const storm = new Storm(port, kind);
    await storm.#begun;
    return storm;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It is over.
    }
    await this.#process.status;
  }

  async #read(begin: () => void): Promise<StormReport> {
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      this.#output += text;
      if (this.#output.includes("ready")) begin();
    }
    begin();
    const last = this.#output.trim().split("\n").at(-1) ?? "";
    return JSON.parse(last);
  }
}

/** A listener of this process comes in and goes. */
async function joinOnce(link: string) {
  let hellos = 0;
  let hasJoinedSince = false;
  let restarts = 0;
  const machine: Machine = {
    ...systemMachine,
    openSocket(local) {
      const socket = systemMachine.openSocket(local);
      return {
        address: socket.address,
        receive: () => socket.receive(),
        close: () => socket.close(),
        sendMany(datagram, to) {
          if (datagram[0] === 64 && hasJoinedSince) restarts++;
          if (datagram[0] === 64) hellos++;
          if (datagram[0] === 66) hasJoinedSince = true;
          return socket.sendMany(datagram, to);
        },
      };
    },
  };
  const startedAt = performance.now();
  const place = { host: "127.0.0.1", port: 5004 };
  const session = await openListener({ link, ...place, latency: "normal" }, machine);
  let isIn = false;
  session.subscribe(({ kind }) => isIn ||= kind === "joined");
  while (!isIn) {
    assert.ok(performance.now() - startedAt < PATIENCE_MILLIS, "an honest listener is kept out");
    await sleep(5);
  }
  const millis = performance.now() - startedAt;
  session.stop();
  await session.finished;
  return { millis, hellos, restarts };
}

function junkOf(host: Streamer): Record<string, number> {
  return host.lines.findLast(({ kind }) => kind === "stats")?.junk ?? {};
}

for (const kind of ["one", "fresh", "token"] as const) {
  Deno.test(`a storm of 4000 bogus JOINs a second from four addresses keeps nobody out: ${kind}`, async () => {
    await using opened = new AsyncDisposableStack();
    const { host, port, link } = await serve(["--audio", COMMENTARY_MP3, "--loop"]);
    opened.use(host);
    let lossNow = LOSS;
    const path = (seed: number): NetemOptions => ({
      seed,
      delayMillis: 10,
      jitterMillis: 5,
      // Looked at for each datagram.
      get loss() {
        return lossNow;
      },
    });
    const relay = openRelay(systemMachine, {
      upstream: { hostname: "127.0.0.1", port },
      towardsListener: () => path(1),
      towardsHost: () => path(2),
    });
    opened.defer(() => relay.close());
    // So long that a busy machine, which this is about as little as about the network, makes nothing late.
    const through = linkThrough(link, relay.address.port);
    const admitted = opened.use(listen([through, "--latency", "2s"]));
    await admitted.line("joined");

    const storm = opened.use(await Storm.begin(port, kind));
    const before = usageOf(host.pid)!;
    const joins = [];
    for (let number = 0; number < HONEST_JOINS; number++) {
      joins.push(await joinOnce(link));
      await sleep(300);
    }
    const { sent, seconds } = await storm.report;
    const after = usageOf(host.pid)!;
    const cpuSeconds = cpuSecondsBetween(before, after);
    // What is lost just before it leaves can't be got back any more.
    lossNow = 0;
    await sleep(3000);
    admitted.kill("SIGINT");
    const summary = await admitted.end();
    const [sound] = summary.channels;

    const perStormSecond = cpuSeconds / (sent / PER_SECOND);
    const counted = Object.values(junkOf(host)).reduce((sum, count) => sum + count, 0);
    const times = joins.map(({ millis }) => millis.toFixed(0)).join(", ");
    console.log(`${sent} JOINs in ${seconds.toFixed(1)} s, ${counted} of them counted by the host`);
    console.log(`the host took ${perStormSecond.toFixed(3)} s of processor time per 4000 of them`);
    console.log(`honest listeners were in after ${times} ms`);
    const { packetsExpected, networkLost, residualLost } = sound;
    console.log(
      `an admitted one missed ${residualLost} of ${networkLost} lost of ${packetsExpected}`,
    );

    // Beyond these some dozen copies of each refused one were answered.
    assert.ok(counted > sent * 0.8, `the storm reached the host: ${counted} of ${sent}`);
    assert.ok(perStormSecond < 0.5, `${perStormSecond} of a processor core`);
    // Neither did a cookie not come, nor was a JOIN without an answer for a second.
    for (const { hellos, restarts } of joins) {
      assert.ok(
        hellos <= HELLOS_IN_A_SECOND && restarts === 0,
        `${hellos} HELLOs, ${restarts} new`,
      );
    }
    assert.ok(networkLost > packetsExpected * 0.02, `${networkLost} of ${packetsExpected} lost`);
    assert.equal(residualLost, 0);
    const left = host.lines.filter(({ kind }) => kind === "listener-left");
    assert.deepEqual(new Set(left.map(({ reason }) => reason)), new Set(["bye"]));
  });
}
