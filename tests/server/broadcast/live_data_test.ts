import assert from "node:assert/strict";
import { LiveBroadcast } from "../../../server/broadcast/broadcast.ts";
import type { DataInput } from "../../../server/broadcast/pumps/data_pump.ts";
import { ServerCore } from "../../../server/core/server_core.ts";
import type { ServerConfig } from "../../../server/interface/config.ts";
import type { ServerOutput, ServerStats } from "../../../server/interface/output.ts";
import type { DataSource } from "../../../server/origin/data/io/data_source.ts";
import { TokenExaminer } from "../../../server/tokens/token_examiner.ts";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import type { Machine } from "../../../shared/driver/machine.ts";
import type { DatagramSocket } from "../../../shared/driver/socket.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { ManualClock } from "../../fakes/manual_clock.ts";
import { ManualWallClock } from "../../fakes/manual_wall_clock.ts";
import { config } from "../kit.ts";
import { numbered } from "../origin/data/messages.ts";

/** A source that gives what `read` yields. */
function sourceOf(
  kind: DataSource["kind"],
  read: DataSource["messages"],
  counts: DataSource["counts"] = { received: 0, refused: 0, dropped: 0 },
): DataSource {
  return { kind, setup: { values: {} }, counts, messages: read };
}

/** A broadcast in virtual time, without listeners. */
function start(input: DataInput, changes: Partial<ServerConfig> = {}) {
  const clock = new ManualClock();
  const rng = new SeededRng(1);
  let end: () => void = () => {};
  const closed = new Promise<undefined>((resolve) => end = () => resolve(undefined));
  const socket: DatagramSocket = {
    address: { hostname: "127.0.0.1", port: 5004 },
    receive: () => closed,
    sendMany: () => Promise.resolve([]),
    close: () => end(),
  };
  const machine: Machine = {
    clock,
    wallClock: new ManualWallClock(clock),
    rng,
    ciphers: nodeCiphers,
    openSocket: () => socket,
  };
  const core = new ServerCore(config({ hasData: true, hasEvents: false, ...changes }), {
    rng,
    now: clock.now(),
    ciphers: nodeCiphers,
  });
  const outputs: ServerOutput[] = [];
  const broadcast = new LiveBroadcast({
    core,
    examiner: new TokenExaminer({ kind: "open" }),
    socket,
    machine,
    ready: { host: "127.0.0.1", port: 5004, link: "", ways: [], channels: [] },
    data: input,
    hasHostEvents: false,
    sources: new AbortController(),
    onFinished: () => {},
  });
  broadcast.subscribe((output) => outputs.push(output));
  return { clock, broadcast, outputs };
}

async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await clock.advance(0);
  for (let second = 0; second < seconds; second++) await clock.advance(1000);
}

const lastStats = (outputs: readonly ServerOutput[]) =>
  outputs.findLast(({ kind }) => kind === "stats") as ServerStats;

Deno.test("a source that fails is told at once; the broadcast goes on, and fails at its end", async () => {
  const problem = '--data "x" could not be read on';
  async function* failing() {
    yield await Promise.resolve(numbered(1));
    throw new CommandError(ExitCode.failure, problem);
  }
  const input = { source: sourceOf("file", failing), isSpacedByTime: true };
  const { clock, broadcast, outputs } = start(input, {
    hasEvents: true,
    dataStaysOpen: true,
    durationMillis: 5000,
  });
  await pass(clock, 1);
  assert.deepEqual(outputs.filter(({ kind }) => kind === "notice"), [
    { kind: "notice", level: "error", text: problem },
  ]);
  await pass(clock, 3);
  assert.equal(outputs.some(({ kind }) => kind === "ended"), false);
  await pass(clock, 3);
  await assert.rejects(broadcast.finished, { message: problem });
  assert.equal(lastStats(outputs).data?.sent, 1);
});

Deno.test("the totals add up: of all that came, what was refused, superseded and sent", async () => {
  const counts = { received: 27, refused: 2, dropped: 3 };
  async function* burst() {
    for (let index = 0; index < 25; index++) yield await Promise.resolve(numbered(index));
  }
  const source = sourceOf("network", burst, counts);
  const { clock, broadcast, outputs } = start({ source, isSpacedByTime: true });
  await pass(clock, 2);
  await broadcast.finished;
  const { received, refused, superseded, sent } = lastStats(outputs).data!;
  assert.equal(received, 30);
  assert.equal(refused, 2);
  assert.equal(received, refused + superseded + sent);
  // A burst of 16 leaves at once, and the newest waits.
  assert.equal(sent, 17);
});
