import assert from "node:assert/strict";
import { systemMachine } from "../../shared/system/system_machine.ts";
import { openBroadcast } from "../../server/broadcast/open_broadcast.ts";
import { ManualWallClock } from "../fakes/manual_wall_clock.ts";
import { serveOptions } from "../server/kit.ts";
import { Club } from "./club.ts";

const HOUR = 3_600_000;

/** A host of this process, whose time of day the test sets. */
async function host(club: Club) {
  const wallClock = new ManualWallClock(systemMachine.clock);
  const options = serveOptions({ port: 0, signedTokens: club.register, simulate: true });
  const broadcast = await openBroadcast(options, { ...systemMachine, wallClock });
  const left: string[] = [];
  broadcast.subscribe((output) => output.kind === "listener-left" && left.push(output.reason));
  const stop = async () => {
    broadcast.stop("test over");
    await broadcast.finished;
  };
  const startedAt = systemMachine.wallClock.now();
  return { wallClock, startedAt, left, port: broadcast.ready.port, [Symbol.asyncDispose]: stop };
}

Deno.test("a host that slept past a token's expiry puts its listener out, and accepts a token that has become valid", async () => {
  await using club = new Club();
  const ann = await club.make("Ann", "--expires", "1h");
  const bo = await club.make("Bo", "--not-before", "1h");
  await using evening = await host(club);
  const [listener, early] = [club.listen(evening.port, ann), club.listen(evening.port, bo)];
  await listener.line("joined");
  assert.equal((await early.end(3)).code, 1403);
  evening.wallClock.step(2 * HOUR);
  assert.equal((await listener.end(3)).code, 1410);
  assert.equal((await club.listen(evening.port, ann).end(3)).code, 1410);
  await club.listen(evening.port, bo).line("joined");
});

Deno.test("a token that expires while listening ends that, with its own code", async () => {
  await using club = new Club();
  const ann = await club.make("Ann", "--expires", "1h");
  await using evening = await host(club);
  const listener = club.listen(evening.port, ann);
  await listener.line("joined");
  // Far from its end while programs start, however long that takes; now its last seconds go by.
  evening.wallClock.step(HOUR - (systemMachine.wallClock.now() - evening.startedAt) - 2000);
  assert.equal((await listener.end(3)).code, 1410);
  assert.deepEqual(evening.left, ["expired"]);
});

Deno.test("this machine's time of day is read again each time", () => {
  const { now } = Date;
  try {
    Date.now = () => 77;
    assert.equal(systemMachine.wallClock.now(), 77);
  } finally {
    Date.now = now;
  }
});
