import assert from "node:assert/strict";
import { serializeDown } from "../../server/link/down.ts";
import { SeededRng } from "../../shared/core/rng.ts";
import { addressKey } from "../../shared/driver/socket.ts";
import { writeBlock } from "../../shared/event/blocks.ts";
import { serializeEvent } from "../../shared/event/event.ts";
import type { PastRequest } from "../../shared/rtcp/past_messages.ts";
import { parseRtcp, type RtcpMessage, serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { ControlChannel } from "../../shared/secrecy/control_channel.ts";
import type { JoinSecrets } from "../../shared/secrecy/join_sealing.ts";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { fillStore } from "./long_timeline.ts";
import { assertExact, hasJoined } from "./scenario.ts";
import { junkOf, tap } from "./wiretap.ts";

// What others can do to past events: other listeners, somebody on the path, and an edge that lies.

const COUNT = 20_000;
const PATH = { delayMillis: 10, jitterMillis: 4 };

function storeOf(count: number, isPlain = false): MemoryStore {
  const store = new MemoryStore();
  const rng = new SeededRng(count);
  fillStore(
    store,
    count,
    isPlain ? undefined : { exchange: rng.bytes(32), signing: rng.bytes(32) },
  );
  return store;
}

function open(isPlain = false): VirtualWorld {
  return new VirtualWorld({ isPlain, towardsListener: () => PATH, towardsHost: () => PATH });
}

/** A listener whose keys this test knows. */
function addRogue(world: VirtualWorld) {
  const rogue = world.addListener();
  const seal = rogue.sealer.seal.bind(rogue.sealer);
  let secrets: JoinSecrets | undefined;
  rogue.sealer.seal = (...all) => {
    const sealed = seal(...all);
    secrets = sealed.secrets;
    return sealed;
  };
  world.runUntil(() => hasJoined(rogue), 20_000, "the join");
  const channel = new ControlChannel(nodeCiphers, secrets!.control, "listener");
  // Numbers that its core has used would be replayed ones.
  for (let used = 0; used < 2000; used++) channel.seal(new Uint8Array(8));
  return { rogue, seal: (messages: RtcpMessage[]) => channel.seal(serializeRtcp(messages)) };
}

function ssrcOf(listener: VirtualListener): number {
  return listener.said("joined").at(-1)!.info.listenerSsrc;
}

function countEvents(listener: VirtualListener): number {
  return listener.outputs.filter(({ kind }) => kind === "event").length;
}

function assertAll(listener: VirtualListener, { entries }: MemoryStore): void {
  const events = listener.said("event").map(({ event }) => event);
  assert.equal(events.length, entries.length);
  const texts = (all: typeof entries) => all.map((one) => serializeEvent(one).toHex()).join();
  assert.ok(texts(events) === texts(entries), "every entry, in order, as the host stored it");
}

/** All of the host's sound came in time, and the numbers are those of the network. */
function assertUnharmed(world: VirtualWorld, listener: VirtualListener): void {
  assertExact(world, listener);
  const { residualLost, packetsDiscarded } = world.channel(listener, "audio");
  assert.deepEqual([residualLost, packetsDiscarded], [0, 0]);
}

Deno.test("a listener that floods the host with requests for the past harms nobody, and gets no flood", () => {
  const store = storeOf(COUNT);
  const world = open();
  const host = world.startHost({ store });
  const { rogue, seal } = addRogue(world);
  world.run(3000);
  let bytes = 0;
  world.net.watch((datagram, from, to) => {
    const isToRogue = addressKey(to) === addressKey(rogue.address);
    if (addressKey(from) === addressKey(HOST) && isToRogue) bytes += datagram.length;
  });
  const late = world.addListener();
  const startedAt = world.now;
  const rng = new SeededRng(7);
  const ssrc = ssrcOf(rogue);
  const every = Array.from({ length: 64 }, (_, index) => index);
  for (let turn = 0; turn < 1000; turn++) {
    const requests = Array.from({ length: 10 }, (): PastRequest => {
      const isBlock = rng.float() < 0.7;
      const firstCount = isBlock ? 1 + 64 * (rng.uint32() % 312) : 1 + rng.uint32();
      return { type: "pastRequest", ssrc, firstCount, fragments: every };
    });
    const datagram = seal(requests);
    world.tell(({ core }) => core.receive(datagram, rogue.address, world.now));
    world.run(2);
  }
  assertAll(late, store);
  const most = 4 * byteCountOf(world) + 64_000 + 60 * (world.now - startedAt);
  console.log(`${bytes} bytes to the flooder, at most ${most}`);
  assert.ok(bytes < most, `${bytes} bytes`);
  const { pastUnanswered, overflowed } = host.core.stats();
  assert.ok(pastUnanswered.unknownBlock! > 1000, JSON.stringify(pastUnanswered));
  assert.ok(pastUnanswered.queueFull! > 1000, JSON.stringify(pastUnanswered));
  assert.equal(overflowed, 0);
  world.finish();
  assertUnharmed(world, late);
});

function byteCountOf(world: VirtualWorld): number {
  return world.host!.core.timeline.blocks.reduce((sum, block) => sum + block.length, 0);
}

Deno.test("fragments that another listener forges with the group's key are counted, and none is used", () => {
  const store = storeOf(COUNT);
  const world = open();
  const host = world.startHost({ store });
  const late = world.addListener();
  world.runUntil(() => hasJoined(late), 20_000, "the join");
  let forged = 0;
  const entries = store.entries.slice(0, 64).map((entry) =>
    serializeEvent({ ...entry, content: "forged" })
  );
  const block = writeBlock(1, entries, undefined);
  for (let turn = 0; countEvents(late) < COUNT; turn++) {
    assert.ok(turn < 2000, "all came");
    const listenerSsrc = ssrcOf(late);
    const bytes = block.subarray(0, 1100);
    const firstCount = 1 + 64 * (turn % 312);
    const message = { type: "pastFragment", ssrc: 1, listenerSsrc, firstCount } as const;
    const packet = serializeRtcp([{ ...message, index: turn % 4, fragmentCount: 4, bytes }]);
    const sealed = host.epochs.get(1)!.rtcp.protect(packet, 1000 + turn);
    late.core.receive(sealed, HOST, world.now);
    forged++;
    world.run(2);
  }
  assertAll(late, store);
  const { unauthentic = 0, implausibleIndex = 0, ...others } = junkOf(world, late);
  assert.ok(unauthentic > 0);
  assert.equal(unauthentic + implausibleIndex, forged);
  assert.deepEqual(others, {});
  world.finish();
  assertUnharmed(world, late);
});

Deno.test("fragments that are replayed, or given to another listener, change nothing", () => {
  const store = storeOf(COUNT);
  const world = open();
  world.startHost({ store });
  const sent = tap(world);
  const [late, other] = [world.addListener(), world.addListener()];
  world.runUntil(() => countEvents(late) > COUNT / 2, 20_000, "half of them");
  const own = sent.filter(({ to, datagram }) =>
    to === addressKey(late.address) && datagram.length > 1000 && datagram[1] === 204
  );
  assert.ok(own.length > 100, `${own.length} fragments`);
  // Those that are still on their way would come twice, so that one of the two is counted.
  const before = { ...junkOf(world, late) };
  assert.deepEqual(before, {});
  const arrived = own.slice(0, 100);
  for (const { datagram } of arrived) late.core.receive(datagram, HOST, world.now);
  for (const { datagram } of arrived) other.core.receive(datagram, HOST, world.now);
  assert.deepEqual(junkOf(world, late), { replayed: 100 });
  assert.deepEqual(junkOf(world, other), { unauthentic: 100 });
  for (const listener of [late, other]) {
    world.runUntil(() => countEvents(listener) === COUNT, 20_000, "all");
    assertAll(listener, store);
  }
  world.finish();
  for (const listener of [late, other]) assertUnharmed(world, listener);
});

Deno.test("in clear, wrong fragments are counted; what they spoiled is fetched again", () => {
  const store = storeOf(COUNT, true);
  const world = open(true);
  world.startHost({ store });
  const late = world.addListener();
  world.runUntil(() => hasJoined(late), 20_000, "the join");
  const rng = new SeededRng(3);
  const listenerSsrc = ssrcOf(late);
  for (let turn = 0; turn < 200; turn++) {
    const firstCount = 1 + 64 * (rng.uint32() % 313);
    const forged = serializeRtcp([{
      type: "pastFragment",
      ssrc: 1,
      listenerSsrc: turn % 5 === 0 ? listenerSsrc ^ 1 : listenerSsrc,
      firstCount,
      index: rng.uint32() % 3,
      fragmentCount: 3 + rng.uint32() % 3,
      bytes: rng.bytes(1100),
    }]);
    late.core.receive(forged, HOST, world.now);
    world.run(1);
  }
  world.runUntil(() => countEvents(late) === COUNT, 30_000, "all");
  assertAll(late, store);
  const { unknownSsrc, malformedBlock, ...others } = junkOf(world, late);
  assert.deepEqual(others, {});
  assert.equal(unknownSsrc, 40);
  assert.ok(malformedBlock! > 0);
  world.finish();
  assertUnharmed(world, late);
});

Deno.test("an edge that gives out a block of its own making is not believed, and is asked seldom", () => {
  const store = storeOf(COUNT);
  const world = open();
  const host = world.startHost({ store, edges: [{ linkMillis: 2, clockAhead: 0 }] });
  const split = host.core as unknown as SplitHost;
  world.run(1000);
  const firstCount = 6401;
  const entries = store.entries.slice(firstCount - 1, firstCount + 63).map((entry) =>
    serializeEvent({ ...entry, content: "made up" })
  );
  const signer = { ...host.signer(), seed: new Uint8Array(32).fill(9) };
  const block = writeBlock(firstCount, entries, signer);
  split.edges[0]!.receiveFromOrigin(serializeDown({ type: "past", firstCount, block }), world.now);
  const late = world.addListener();
  world.runUntil(() => countEvents(late) === firstCount - 1, 20_000, "what is before it");
  world.run(30_000);
  assert.equal(countEvents(late), firstCount - 1);
  const { unsigned } = junkOf(world, late);
  assert.ok(unsigned! > 5 && unsigned! < 40, `${unsigned} tries`);
  const genuine = host.core.timeline.blocks[(firstCount - 1) / 64]!;
  const mended = serializeDown({ type: "past", firstCount, block: genuine });
  split.edges[0]!.receiveFromOrigin(mended, world.now);
  world.runUntil(() => countEvents(late) === COUNT, 20_000, "all");
  assertAll(late, store);
  world.finish();
  assertUnharmed(world, late);
});

Deno.test("a listener can't request the past in another's name", () => {
  const store = storeOf(1000);
  const world = open();
  const host = world.startHost({ store });
  const { rogue, seal } = addRogue(world);
  const victim = world.addListener();
  world.run(5000);
  let fragments = 0;
  world.net.watch((datagram, _from, to) => {
    if (addressKey(to) === addressKey(victim.address) && datagram.length > 1000) fragments++;
  });
  const message = { type: "pastRequest", firstCount: 1, fragments: [0, 1, 2] } as const;
  const forged = seal([{ ...message, ssrc: ssrcOf(victim) }]);
  assert.ok(parseRtcp(serializeRtcp([{ ...message, ssrc: ssrcOf(victim) }])).ok);
  for (const from of [rogue.address, victim.address]) {
    world.tell(({ core }) => core.receive(forged, from, world.now));
  }
  world.run(1000);
  assert.equal(fragments, 0);
  assert.deepEqual(host.core.stats().junk, { unauthentic: 2 });
  world.finish();
  assertUnharmed(world, victim);
});
