import assert from "node:assert/strict";
import { timelineOf } from "../fakes/memory_store.ts";
import { parseRtp } from "../../shared/rtp/rtp.ts";
import type { TimelineEvent } from "../../shared/event/event.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { brokenIdentity } from "../../scripts/network/agreement.ts";
import { seedsOf } from "../runs.ts";
import { assertExact, foul, hasJoined, runWithEvents } from "./scenario.ts";

/** Every fault at once, in both directions. */
const DREADFUL: NetemOptions = {
  loss: 0.3,
  duplicate: 0.3,
  duplicateMillis: 20,
  reorder: 0.3,
  reorderMillis: 50,
  delayMillis: 20,
  jitterMillis: 10,
};
const dreadful = { towardsListener: () => DREADFUL, towardsHost: () => DREADFUL };
const BROADCAST_ID = "00112233445566ff";

function eventsOf(listener: VirtualListener): readonly TimelineEvent[] {
  return listener.said("event").map(({ event }) => event);
}

function assertAll(listener: VirtualListener, timeline: readonly TimelineEvent[]): void {
  assert.deepEqual(eventsOf(listener), timeline, `listener ${listener.index}`);
}

for (const seed of seedsOf({ short: 2, long: 5 })) {
  Deno.test(`30 % loss, duplicates, reordering, two outages, a restart: ten listeners get every event once, in order, seed ${seed}`, () => {
    const world = new VirtualWorld({ seed, ...dreadful });
    let host = world.startHost({
      timeline: { broadcastId: BROADCAST_ID, timeline: timelineOf([]) },
    });
    const listeners = Array.from({ length: 10 }, () => world.addListener());
    world.runUntil(() => listeners.every(hasJoined), 20_000, "the joins");
    runWithEvents(world, 10);
    for (let outage = 0; outage < 2; outage++) {
      for (const listener of listeners) cut(world, listener, true);
      runWithEvents(world, 5);
      for (const listener of listeners) cut(world, listener, false);
      runWithEvents(world, 10);
    }
    const entries = host.core.timeline.readEntries();
    world.killHost();
    world.run(3000);
    host = world.startHost({
      timeline: { broadcastId: BROADCAST_ID, timeline: timelineOf(entries) },
    });
    world.runUntil(
      () => listeners.every((listener) => listener.said("joined").at(-1)!.again),
      60_000,
      "everyone back",
    );
    runWithEvents(world, 10);
    world.run(3000);
    world.finish();
    const timeline = host.core.timeline.readEntries();
    assert.equal(timeline.length, 250);
    for (const listener of listeners) {
      assertAll(listener, timeline);
      assert.deepEqual(listener.said("timeline-reset"), []);
      for (const ledger of world.ledger(listener).channels) {
        assert.equal(brokenIdentity(ledger), undefined);
      }
      assert.equal(world.channel(listener, "events").residualLost, 0);
    }
  });

  Deno.test(`late joiners get the whole timeline, most within seconds, through 30 % loss, seed ${seed}`, () => {
    const world = new VirtualWorld({ seed, ...dreadful });
    const host = world.startHost();
    for (let count = 0; count < 400; count++) world.sendEvent(foul(count));
    // They leave at 500 a second.
    world.run(1000);
    const late = Array.from({ length: 5 }, () => world.addListener());
    world.runUntil(() => late.every(hasJoined), 20_000, "the joins");
    const complete = () => late.filter((listener) => eventsOf(listener).length === 400).length;
    world.runUntil(() => complete() >= 3, 5000, "the timeline at most of them");
    // Where one fragment is lost again and again, the pauses between requests for it grow.
    world.runUntil(() => complete() === 5, 40_000, "the timeline at all of them");
    for (const listener of late) {
      assertAll(listener, host.core.timeline.readEntries());
      assert.equal(world.channel(listener, "events").packetsExpected, 0);
    }
    world.finish();
  });

  Deno.test(`the last event arrives too, at 30 % loss, seed ${seed}`, () => {
    const world = new VirtualWorld({ seed, ...dreadful });
    const host = world.startHost({ waitFor: 5 });
    const listeners = Array.from({ length: 5 }, () => world.addListener());
    world.runUntil(() => host.said("started").length > 0, 30_000, "the start");
    runWithEvents(world, 2);
    world.sendEvent(foul(90));
    world.finish();
    for (const listener of listeners) {
      assertAll(listener, host.core.timeline.readEntries());
      assertExact(world, listener);
    }
  });
}

Deno.test("a new timeline of a host is announced once, and comes from its first event on", () => {
  const world = new VirtualWorld();
  world.startHost();
  const listener = world.addListener();
  runWithEvents(world, 2);
  world.killHost();
  world.run(2000);
  world.startHost();
  world.runUntil(() => listener.said("joined").length === 2, 20_000, "the rejoin");
  world.sendEvent(foul(1));
  world.run(1000);
  const counts = eventsOf(listener).map(({ count }) => count);
  assert.deepEqual(counts, [...Array.from({ length: 10 }, (_, index) => index + 1), 1]);
  assert.equal(listener.said("timeline-reset").length, 1);
  const kinds = listener.outputs.map(({ kind }) => kind)
    .filter((kind) => ["event", "timeline-reset", "joined"].includes(kind));
  assert.deepEqual(kinds.slice(-3), ["timeline-reset", "joined", "event"]);
});

Deno.test("a listener that the host had removed continues after its last event", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  runWithEvents(world, 2);
  cut(world, listener, true);
  runWithEvents(world, 30);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["silent"]);
  cut(world, listener, false);
  world.runUntil(() => listener.said("joined").length === 2, 20_000, "the rejoin");
  runWithEvents(world, 2);
  world.run(2000);
  assertAll(listener, host.core.timeline.readEntries());
  world.finish();
  assert.equal(world.channel(listener, "events").residualLost, 0);
});

function cut(world: VirtualWorld, listener: VirtualListener, isCut: boolean): void {
  world.towardsListener(listener).isCut = isCut;
  world.towardsHost(listener).isCut = isCut;
}

Deno.test("a listener that had lost all events when the host restarted misses none once they have arrived", () => {
  const world = new VirtualWorld();
  const before = world.startHost({
    timeline: { broadcastId: BROADCAST_ID, timeline: timelineOf([]) },
  });
  const listener = world.addListener();
  world.run(1000);
  const { ssrc, rtx } = listener.said("joined")[0]!.info.channels.find(({ channel }) =>
    channel === "events"
  )!;
  world.towardsListener(listener).swallows = (datagram) => {
    const packet = parseRtp(datagram);
    return packet.ok && [ssrc, rtx?.ssrc].includes(packet.value.ssrc);
  };
  runWithEvents(world, 1);
  world.run(2000);
  assert.equal(world.channel(listener, "events").residualLost, 5);
  const entries = before.core.timeline.readEntries();
  world.killHost();
  world.startHost({ timeline: { broadcastId: BROADCAST_ID, timeline: timelineOf(entries) } });
  world.runUntil(() => listener.said("joined").length === 2, 20_000, "the rejoin");
  world.run(3000);
  assertAll(listener, entries);
  const { networkLost, packetsRepaired, residualLost } = world.channel(listener, "events");
  assert.deepEqual([networkLost, packetsRepaired.nack, residualLost], [5, 5, 0]);
});
