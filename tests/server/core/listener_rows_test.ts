import assert from "node:assert/strict";
import { RejectCode } from "../../../shared/admission/admission.ts";
import { VirtualWorld } from "../../fakes/virtual_world.ts";
import { foul, hasJoined } from "../../loopback/scenario.ts";

Deno.test("the host's table has each listener's name, age, round trip, latency and losses", () => {
  const world = new VirtualWorld({
    towardsListener: (index) => ({ loss: index * 0.2, delayMillis: 30 }),
    towardsHost: () => ({ delayMillis: 20 }),
  });
  const { core } = world.startHost();
  const listeners = [world.addListener({ name: "Ann", latency: 400 }), world.addListener()];
  world.runUntil(() => listeners.every(hasJoined), 20_000, "the joins");
  world.run(20_000);
  const [ann, other] = core.listeners(world.now);
  assert.equal(ann!.name, "Ann");
  assert.ok(ann!.age > 20_000 && ann!.age < 25_000, `${ann!.age}`);
  assert.ok(Math.abs(ann!.roundTrip! - 50) < 10, `${ann!.roundTrip}`);
  assert.ok(Math.abs(ann!.latency! - 375) < 10, `${ann!.latency}`);
  const lostOf = (row: typeof ann) => row!.channels.find(({ channel }) => channel === "audio")!;
  assert.equal(lostOf(ann).packetsLost, 0);
  const { fractionLost, packetsLost } = lostOf(other);
  assert.ok(fractionLost > 0.1 && fractionLost < 0.3, `${fractionLost}`);
  assert.ok(packetsLost > 100, `${packetsLost}`);
});

Deno.test("a listener that the host puts out is told so at once, and the others go on", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const [out, stays] = [world.addListener({ name: "Ann" }), world.addListener()];
  world.runUntil(() => hasJoined(out) && hasJoined(stays), 20_000, "the joins");
  world.run(1000);
  const { id } = host.core.listeners(world.now).find(({ name }) => name === "Ann")!;
  world.tell(({ core }) => core.putOut(id, "the host has put you out", world.now));
  world.run(1000);
  assert.deepEqual(out.said("rejected").map(({ code, reason }) => [code, reason]), [
    [RejectCode.forbidden, "the host has put you out"],
  ]);
  assert.deepEqual(host.said("listener-left").map(({ name, reason }) => [name, reason]), [
    ["Ann", "put-out"],
  ]);
  world.sendEvent(foul(1));
  world.run(1000);
  assert.deepEqual([out.said("event").length, stays.said("event").length], [0, 1]);
  assert.equal(host.core.listeners(world.now).length, 1);
});
