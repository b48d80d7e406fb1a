import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { brokenIdentity } from "../../scripts/network/agreement.ts";
import { serializeEvent, type TimelineEvent } from "../../shared/event/event.ts";
import { PAST_FRAGMENT_BYTES } from "../../shared/rtcp/past_messages.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import type { EventVerifier } from "../../shared/secrecy/signed_event.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { lengthOf } from "../runs.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld, type WorldOptions } from "../fakes/virtual_world.ts";
import { assertProves, fillStore } from "./long_timeline.ts";
import { assertExact, foul, hasJoined, playedFrames } from "./scenario.ts";
import { junkOf } from "./wiretap.ts";

const COUNT = 40_000;
const PATH: NetemOptions = { delayMillis: 10, jitterMillis: 4 };
const LOSSY_5: NetemOptions = { ...PATH, loss: 0.05 };
const DREADFUL: NetemOptions = {
  ...PATH,
  loss: 0.3,
  duplicate: 0.2,
  duplicateMillis: 20,
  reorder: 0.2,
  reorderMillis: 40,
};

function storeOf(
  count: number,
  { isPlain = false, seed = 1 } = {},
  broadcastId?: string,
): MemoryStore {
  const store = new MemoryStore(broadcastId);
  const rng = new SeededRng(seed);
  const keys = { exchange: rng.bytes(32), signing: rng.bytes(32) };
  fillStore(store, count, isPlain ? undefined : keys);
  return store;
}

function openWorld(path: NetemOptions, options: WorldOptions = {}): VirtualWorld {
  return new VirtualWorld({
    towardsListener: () => path,
    towardsHost: () => path,
    ...options,
  });
}

function countsOf(listener: VirtualListener): number[] {
  return listener.said("event").map(({ event }) => event.count);
}

function countEvents(listener: VirtualListener): number {
  let events = 0;
  for (const { kind } of listener.outputs) if (kind === "event") events++;
  return events;
}

function countTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function textOf(event: TimelineEvent): string {
  return new TextDecoder().decode(serializeEvent(event));
}

/** All entries of the store, in order, each once. */
function assertAll(listener: VirtualListener, { entries }: MemoryStore): void {
  assertSame(listener, entries);
}

function assertSame(listener: VirtualListener, entries: readonly TimelineEvent[]): void {
  const events = listener.said("event").map(({ event }) => event);
  assert.equal(events.length, entries.length, `events of listener ${listener.index}`);
  assert.deepEqual(countsOf(listener), countTo(entries.length));
  const differs = events.findIndex((event, index) => textOf(event) !== textOf(entries[index]!));
  assert.equal(differs, -1, "every entry is as it was stored");
}

function runUntilAll(world: VirtualWorld, listener: VirtualListener, count: number, limit: number) {
  const what = `all events of listener ${listener.index}`;
  world.runUntil(() => countEvents(listener) >= count, limit, what);
}

/** The longest run of frames that were not played between two that were. */
function holes(listener: VirtualListener): number {
  const frames = playedFrames(listener);
  return frames.at(-1)! - frames[0]! + 1 - frames.length;
}

/** Of a host that only resumes, and adds nothing. */
const store = storeOf(COUNT);

for (
  const [name, path, limit] of [
    ["without loss", PATH, 10_000],
    ["at 5 % loss both ways", LOSSY_5, 20_000],
    ["at 30 % loss both ways, with duplicates and reordering", DREADFUL, 90_000],
  ] as const
) {
  Deno.test(`a late joiner gets 40 000 events in order, once, ${name}, and the sound beside them is untouched`, () => {
    const world = openWorld(path);
    world.startHost({ store });
    const late = world.addListener();
    world.runUntil(() => hasJoined(late), 20_000, "the join");
    assert.equal(late.said("joined")[0]!.info.timeline.count, COUNT);
    assert.equal(late.said("joined")[0]!.info.timeline.score, "3 x 0");
    const joinedAt = world.now;
    runUntilAll(world, late, COUNT, limit);
    console.log(`${name}: ${world.now - joinedAt} ms of virtual time`);
    world.run(1000);
    assertAll(late, store);
    const { packetsExpected, packetsRepaired } = world.channel(late, "events");
    assert.deepEqual([packetsExpected, packetsRepaired], [0, { nack: 0, fec: 0 }]);
    world.finish();
    assertExact(world, late);
    const sound = world.channel(late, "audio");
    const alone = soundAlone(path, world.now - joinedAt);
    console.log(`${sound.residualLost} of ${sound.packetsExpected} missing, alone ${alone}`);
    assert.equal(sound.packetsDiscarded, 0);
    assert.ok(sound.residualLost / sound.packetsExpected <= alone + 0.01);
    if (path.loss === undefined) assert.deepEqual([sound.residualLost, holes(late)], [0, 0]);
    assert.deepEqual(Object.keys(junkOf(world, late)), path.duplicate ? ["replayed"] : []);
  });
}

/** The share of sound that is missing where there are no events to fetch. */
function soundAlone(path: NetemOptions, millis: number): number {
  const world = openWorld(path);
  world.startHost({ hasEvents: false });
  const listener = world.addListener();
  world.runUntil(() => hasJoined(listener), 20_000, "the join");
  world.run(millis);
  world.finish();
  const { residualLost, packetsExpected } = world.channel(listener, "audio");
  return residualLost / packetsExpected;
}

/** More than a sequence number can tell apart. */
const SLEPT_THROUGH = lengthOf({ short: 36_000, long: 60_000 });

Deno.test(`a listener that slept for 3 minutes while ${SLEPT_THROUGH} events went by gets all of them, and its ledger adds up`, () => {
  const world = openWorld(PATH);
  const host = world.startHost();
  const listener = world.addListener();
  world.run(1000);
  for (let index = 0; index < 100; index++) world.sendEvent(foul(index));
  world.run(1000);
  world.sleep(listener);
  pour(world, SLEPT_THROUGH, 180_000);
  world.wakeUp(listener);
  runUntilAll(world, listener, SLEPT_THROUGH + 100, 30_000);
  for (let index = 0; index < 100; index++) world.sendEvent(foul(index));
  world.run(1000);
  world.finish();
  assertSame(listener, host.said("event-sent").map(({ event }) => event));
  const ledger = world.channel(listener, "events");
  assert.equal(brokenIdentity(ledger), undefined);
  const { packetsExpected, networkLost, packetsRepaired, residualLost } = ledger;
  assert.equal(packetsExpected, SLEPT_THROUGH + 200);
  assert.deepEqual([packetsRepaired.nack, residualLost], [networkLost, 0]);
  assert.ok(networkLost > SLEPT_THROUGH * 5 / 6, `${networkLost} lost`);
});

/** Lets that many events happen within `millis`. */
function pour(world: VirtualWorld, count: number, millis: number): void {
  const turns = millis / 100;
  const inTurn = Math.ceil(count / turns);
  for (let sent = 0; sent < count; sent += inTurn) {
    const events = Array.from(
      { length: Math.min(inTurn, count - sent) },
      (_, index) => foul(sent + index),
    );
    world.tell(({ core }) => core.pushEvents(events, world.now));
    world.run(100);
  }
}

Deno.test("a host that restarts from its store while the past is fetched goes on, nothing twice", () => {
  const kept = storeOf(COUNT);
  const world = openWorld(LOSSY_5);
  world.startHost({ store: kept });
  const late = world.addListener();
  world.runUntil(() => countEvents(late) > COUNT / 3, 20_000, "a third");
  world.sendEvent(foul(1));
  world.run(100);
  const before = countEvents(late);
  assert.ok(before < COUNT, "the fetch goes on");
  world.killHost();
  world.run(2000);
  world.startHost({ store: kept });
  world.runUntil(() => late.said("joined").length === 2, 20_000, "the rejoin");
  world.sendEvent(foul(2));
  runUntilAll(world, late, COUNT + 2, 30_000);
  world.run(1000);
  world.finish();
  assertAll(late, kept);
  assert.deepEqual(late.said("timeline-reset"), []);
  for (const ledger of world.ledger(late).channels) {
    assert.equal(brokenIdentity(ledger), undefined);
  }
  assert.equal(world.channel(late, "events").residualLost, 0);
});

Deno.test("another timeline in the middle of the fetch is announced, and comes from its first event on", () => {
  const world = openWorld(LOSSY_5);
  world.startHost({ store });
  const late = world.addListener();
  world.runUntil(() => countEvents(late) > COUNT / 3, 20_000, "a third");
  const before = countEvents(late);
  assert.ok(before < COUNT);
  world.killHost();
  world.run(2000);
  const other = storeOf(3000, { seed: 2 }, "ffeeddccbbaa9988");
  world.startHost({ store: other });
  runUntilAll(world, late, before + 3000, 60_000);
  world.run(2000);
  const counts = countsOf(late);
  const first = counts.lastIndexOf(1);
  assert.deepEqual(counts, [...countTo(first), ...countTo(3000)]);
  assert.equal(late.said("timeline-reset").length, 1);
  const kinds = late.outputs.filter(({ kind }) => kind === "event" || kind === "timeline-reset");
  assert.equal(kinds[first]!.kind, "timeline-reset");
  const verifier = verifierOf(world, other);
  for (const entry of [other.entries[0]!, other.entries[1499]!, other.entries[2999]!]) {
    assertProves(late.core.proofOf(entry.count), entry, verifier);
  }
  assert.equal(late.core.proofOf(3001), undefined);
});

Deno.test("an edge that restarts while the past is fetched goes on, nothing twice, beside one that does not", () => {
  const world = openWorld(LOSSY_5);
  const host = world.startHost({
    store,
    edges: [{ linkMillis: 2, clockAhead: 0 }, { linkMillis: 40, clockAhead: 7000 }],
  });
  const split = host.core as unknown as SplitHost;
  const join = (index: number) => {
    split.route({ hostname: `10.0.1.${index}`, port: 40_000 + index }, index % 2);
    return world.addListener();
  };
  world.run(1000);
  const listeners = [join(0), join(1)];
  world.runUntil(() => countEvents(listeners[1]!) > COUNT / 3, 20_000, "a third");
  assert.ok(countEvents(listeners[1]!) < COUNT);
  split.startEdge(1, world.now);
  for (const listener of listeners) runUntilAll(world, listener, COUNT, 60_000);
  world.run(1000);
  world.finish();
  for (const listener of listeners) assertAll(listener, store);
});

Deno.test("a second ordered channel is not disturbed by the past of the first", () => {
  const kept = storeOf(COUNT);
  const world = openWorld(LOSSY_5);
  const host = world.startHost({ store: kept });
  const id = host.core.openChannel(
    { name: "data", kind: "ordered", codec: "json", aheadMillis: 0 },
    world.now,
  );
  const late = world.addListener();
  world.runUntil(() => hasJoined(late), 20_000, "the join");
  let sent = 0;
  const push = () => {
    const entry = { ...kept.entries[sent]!, count: ++sent, content: `data ${sent}` };
    world.tell(({ core }) => core.pushItem(id, serializeEvent(entry), world.now));
  };
  const of = (channel: string) => late.said("event").filter((output) => output.channel === channel);
  for (let turn = 0; turn < 200; turn++) {
    push();
    world.run(20);
  }
  world.runUntil(() => of("events").length === COUNT, 20_000, "the timeline");
  world.run(2000);
  assert.deepEqual(of("events").map(({ event }) => event.count), countTo(COUNT));
  const contents = of("data").map(({ event }) => event.content);
  assert.deepEqual(contents, countTo(sent).map((count) => `data ${count}`));
  world.finish();
  assertExact(world, late);
  assert.equal(world.channel(late, "data").residualLost, 0);
  assert.equal(world.channel(late, "data").packetsExpected, sent);
});

Deno.test("in clear, a late joiner gets 40 000 events too, through 5 % loss", () => {
  const kept = storeOf(COUNT, { isPlain: true });
  const world = openWorld(LOSSY_5, { isPlain: true });
  world.startHost({ store: kept });
  const late = world.addListener();
  runUntilAll(world, late, COUNT, 20_000);
  world.sendEvent(foul(1));
  world.run(2000);
  assertAll(late, kept);
  assert.deepEqual(late.core.proofOf(1), undefined);
  world.finish();
  assertExact(world, late);
});

Deno.test("ten late joiners at once get all, and one that listens already misses no sound", () => {
  const count = lengthOf({ short: 10_000, long: COUNT });
  const kept = storeOf(count);
  const world = openWorld(PATH);
  world.startHost({ store: kept });
  const early = world.addListener();
  world.runUntil(() => countEvents(early) === count, 20_000, "the first");
  const joinedAt = world.now;
  const late = Array.from({ length: 10 }, () => world.addListener());
  for (let turn = 0; turn < 100; turn++) {
    world.sendEvent(foul(turn));
    world.run(50);
  }
  for (const listener of late) runUntilAll(world, listener, count + 100, 60_000);
  console.log(`ten at once: ${world.now - joinedAt} ms of virtual time`);
  world.run(1000);
  for (const listener of late) assertAll(listener, kept);
  world.finish();
  for (const listener of [early, ...late]) {
    assertExact(world, listener);
    const { residualLost, packetsDiscarded } = world.channel(listener, "audio");
    assert.deepEqual([residualLost, packetsDiscarded, holes(listener)], [0, 0, 0]);
  }
});

Deno.test("every entry has a proof, whether it came in a block or alone", () => {
  const kept = storeOf(1000);
  const world = openWorld(LOSSY_5);
  world.startHost({ store: kept });
  const late = world.addListener();
  world.runUntil(() => hasJoined(late), 20_000, "the join");
  for (let turn = 0; turn < 300; turn++) {
    world.sendEvent(foul(turn));
    world.run(20);
  }
  runUntilAll(world, late, 1300, 20_000);
  const verifier = verifierOf(world, kept);
  const events = late.said("event").map(({ event }) => event);
  for (const event of events) assertProves(late.core.proofOf(event.count), event, verifier);
  const kinds = events.map(({ count }) => late.core.proofOf(count)!.kind);
  assert.ok(kinds.slice(0, 960).every((kind) => kind === "block"));
  assert.ok(kinds.slice(1064).every((kind) => kind === "signature"));
});

function verifierOf(world: VirtualWorld, kept: MemoryStore): EventVerifier {
  const signingKey = nodeCiphers.signingKeyOf(world.host!.signer().seed);
  return { ciphers: nodeCiphers, signingKey, broadcastId: kept.broadcastId };
}

Deno.test("past events wait while they are held, beside sound that goes on, and none is fetched twice", () => {
  const world = openWorld(PATH);
  const host = world.startHost({ store });
  const late = world.addListener();
  world.runUntil(() => countEvents(late) > 1000, 20_000, "the first of them");
  late.core.holdPast(true, late.time(world.now));
  const before = countEvents(late);
  world.run(10_000);
  assert.equal(countEvents(late), before);
  const { pastFragmentsSent } = host.core.stats();
  world.run(10_000);
  assert.equal(host.core.stats().pastFragmentsSent, pastFragmentsSent);
  late.core.holdPast(false, late.time(world.now));
  runUntilAll(world, late, COUNT, 10_000);
  assertAll(late, store);
  const needed = host.core.timeline.blocks.reduce(
    (sum, block) => sum + Math.ceil(block.length / PAST_FRAGMENT_BYTES),
    0,
  );
  assert.ok(host.core.stats().pastFragmentsSent < needed * 1.01);
  world.finish();
  assertExact(world, late);
  assert.deepEqual([world.channel(late, "audio").residualLost, holes(late)], [0, 0]);
});

Deno.test("events without times leave at 500 a second, each batch stored in one transaction", () => {
  const kept = new MemoryStore();
  const world = openWorld({});
  const host = world.startHost({ store: kept });
  const listener = world.addListener();
  world.run(1000);
  const startedAt = world.now;
  for (let pushed = 0; pushed < 2000;) {
    const room = Math.min(host.core.eventRoom, 2000 - pushed);
    const events = Array.from({ length: room }, (_, index) => foul(pushed + index));
    if (room > 0) world.tell(({ core }) => core.pushEvents(events, world.now));
    pushed += room;
    world.run(100);
  }
  runUntilAll(world, listener, 2000, 10_000);
  const took = world.now - startedAt;
  assert.ok(took > 3800 && took < 4200, `${took} ms`);
  assert.equal(kept.batches.reduce((sum, batch) => sum + batch, 0), 2000);
  assert.ok(kept.batches.length <= 200, `${kept.batches.length} transactions`);
  assert.ok(kept.batches.every((batch) => batch <= 64));
  assertAll(listener, kept);
});
