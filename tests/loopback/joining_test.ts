import assert from "node:assert/strict";
import type { Millis } from "../../shared/core/units.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { hasJoined } from "./scenario.ts";

const TRIES = 100;

/** The time in which each of a hundred listeners is admitted, shortest first. */
function joiningTimes(loss: number, delayMillis: Millis): Millis[] {
  const path = () => ({ loss, delayMillis, jitterMillis: 5 });
  const times: Millis[] = [];
  for (let seed = 1; seed <= TRIES; seed++) {
    const world = new VirtualWorld({ seed, towardsListener: path, towardsHost: path });
    world.startHost({ access: { kind: "tokens", tokens: ["right"] } });
    const startedAt = world.now;
    const listener = world.addListener({ token: "right" });
    world.runUntil(() => hasJoined(listener), 8000, `join ${seed} at ${loss} loss`);
    times.push(world.now - startedAt);
  }
  return times.sort((one, other) => one - other);
}

Deno.test("at 30 % loss both ways a hundred listeners join within 6 s, half of them within 250 ms", () => {
  const times = joiningTimes(0.3, 10);
  assert.ok(times[TRIES / 2]! < 250, `p50 ${times[TRIES / 2]} ms`);
  assert.ok(times.at(-1)! < 6000, `the longest took ${times.at(-1)} ms`);
});

Deno.test("over a path of 100 ms each way a hundred listeners also join within 6 s", () => {
  assert.ok(joiningTimes(0.3, 100).at(-1)! < 6000);
});

Deno.test("without loss, joining takes two round trips, and no datagram is repeated", () => {
  const path = () => ({ delayMillis: 20 });
  const world = new VirtualWorld({ towardsListener: path, towardsHost: path });
  world.startHost();
  const listener = world.addListener();
  const startedAt = world.now;
  let asked = 0;
  world.net.watch((datagram) => {
    const isAdmission = datagram[0]! >= 64 && datagram[0]! < 80;
    if (isAdmission) asked++;
  });
  world.runUntil(() => hasJoined(listener), 1000, "the join");
  assert.ok(world.now - startedAt <= 90, `${world.now - startedAt} ms`);
  // HELLO, RETRY, JOIN and the answer.
  assert.equal(asked, 4);
});
