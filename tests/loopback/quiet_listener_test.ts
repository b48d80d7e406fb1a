import assert from "node:assert/strict";
import { mp3Frames } from "../fakes/mp3_frames.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { foul } from "./scenario.ts";

const LISTENERS = 10;
const MINUTES = 10;

/** Events alone, one per minute: a listener has hardly anything to request. */
function quietEvening(loss: number, seed: number) {
  const path = () => ({ loss, delayMillis: 30 });
  const world = new VirtualWorld({ seed, towardsListener: path, towardsHost: path });
  const host = world.startHost({ audio: undefined }, mp3Frames(0));
  const listeners = Array.from({ length: LISTENERS }, () => world.addListener());
  world.runUntil(() => host.said("listener-joined").length === LISTENERS, 20_000, "all are in");
  const said = () => listeners.map((one) => world.towardsHost(one).others.offered);
  const before = said().reduce((sum, count) => sum + count);
  for (let minute = 0; minute < MINUTES; minute++) {
    world.sendEvent(foul(minute));
    world.run(60_000);
  }
  const sent = said().reduce((sum, count) => sum + count) - before;
  return { host, listeners, sentPerMinute: sent / LISTENERS / MINUTES };
}

for (let seed = 1; seed <= 4; seed++) {
  Deno.test(`a quiet listener that loses 30 % both ways is not removed, seed ${seed}`, () => {
    const { host, listeners, sentPerMinute } = quietEvening(0.3, seed);
    assert.deepEqual(host.said("listener-left"), []);
    for (const listener of listeners) assert.equal(listener.said("event").length, MINUTES);
    assert.ok(sentPerMinute < 40, `${sentPerMinute} datagrams a minute`);
  });
}

Deno.test("on a good path a listener sends only its keepalive reports", () => {
  const { sentPerMinute } = quietEvening(0, 1);
  // One report every 3.75 to 5 s.
  assert.ok(sentPerMinute >= 12 && sentPerMinute < 14.5, `${sentPerMinute} datagrams a minute`);
});

/** At this interval 132 listeners would exceed the host's limit of reports. */
const CROWDED = { keepaliveMillis: 100, listeners: 132 };

Deno.test("many listeners report at most 500 times a second in total, and more often again once they are few", () => {
  const world = new VirtualWorld({ isPlain: true });
  const { keepaliveMillis } = CROWDED;
  const host = world.startHost({ audio: undefined, keepaliveMillis, capacity: 200 }, mp3Frames(0));
  const listeners = Array.from({ length: CROWDED.listeners }, () => world.addListener());
  world.runUntil(() => host.said("listener-joined").length === listeners.length, 20_000, "all in");
  const reportsIn = (millis: number) => {
    const said = () =>
      listeners.reduce((sum, one) => sum + world.towardsHost(one).others.offered, 0);
    const before = said();
    world.run(millis);
    return (said() - before) * 1000 / millis;
  };
  reportsIn(1000);
  const crowd = reportsIn(5000);
  assert.ok(crowd > 450 && crowd < 550, `${crowd} a second`);
  for (const listener of listeners.slice(20)) world.leave(listener);
  reportsIn(2000);
  const few = reportsIn(5000) / 20;
  assert.ok(few > 1000 / keepaliveMillis && few < 1000 / keepaliveMillis / 0.75, `${few} each`);
  assert.deepEqual(
    new Set(host.said("listener-left").map(({ reason }) => reason)),
    new Set(["bye"]),
  );
});
