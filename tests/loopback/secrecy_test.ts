import assert from "node:assert/strict";
import { nodeCiphers } from "../../client/io/node_ciphers.ts";
import { addressKey } from "../../shared/core/socket.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import type { GroupEpoch } from "../../shared/secrecy/group_epoch.ts";
import { serializeRtcp } from "../../shared/wire/rtcp.ts";
import { parseRtp, serializeRtp } from "../../shared/wire/rtp.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import type { VirtualHost } from "../fakes/virtual_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { flipBit } from "../shared/secrecy/hex.ts";
import {
  assertExact,
  foul,
  hasJoined,
  LOSSY,
  playedFrames,
  runWithEvents,
  SEQUENCE_STARTS,
} from "./scenario.ts";

/** Everything sent from now on, and to whom. */
function tap(world: VirtualWorld) {
  const sent: { datagram: Uint8Array; from: string; to: string }[] = [];
  world.net.watch((datagram, from, to) =>
    void sent.push({ datagram: datagram.slice(), from: addressKey(from), to: addressKey(to) })
  );
  return sent;
}

function isMedia({ datagram }: { datagram: Uint8Array }): boolean {
  return datagram[0]! >= 128 && (datagram[1]! < 192 || datagram[1]! > 223);
}

/** The keys of the epochs that were ever in use, as the host drew them. */
function epochsOf(host: VirtualHost): GroupEpoch[] {
  return [...host.epochs.values()];
}

function junkOf(world: VirtualWorld, listener: VirtualListener): Record<string, number> {
  return { ...world.ledger(listener).junk };
}

Deno.test("a packet is sealed once, whatever the number of listeners", () => {
  const seals = [1, 2, 30].map((count) => {
    let sealed = 0;
    const ciphers: Ciphers = {
      ...nodeCiphers,
      seal: (...args) => (sealed++, nodeCiphers.seal(...args)),
    };
    const world = new VirtualWorld();
    const host = world.startHost({ ciphers, waitFor: count });
    for (let index = 0; index < count; index++) world.addListener();
    world.runUntil(() => host.said("started").length > 0, 1000, "the start");
    world.run(100);
    sealed = 0;
    const before = host.core.stats();
    world.run(900);
    const after = host.core.stats();
    const packets = after.channels[0]!.packetCount - before.channels[0]!.packetCount;
    assert.ok(packets >= 30);
    assert.equal(after.packetsEncrypted - before.packetsEncrypted, packets);
    // Besides the media: one report for all.
    return sealed - packets;
  });
  assert.deepEqual(seals, [1, 1, 1]);
});

Deno.test("a packet that many ask for again is sealed once more, and not once for each", () => {
  const world = new VirtualWorld({ towardsListener: () => ({ delayMillis: 10 }) });
  const host = world.startHost({ waitFor: 20 });
  for (let index = 0; index < 20; index++) world.addListener();
  world.runUntil(() => host.said("started").length > 0, 1000, "the start");
  world.run(2000);
  const before = host.core.stats();
  // Fewer than would make it a storm, which is answered to all at once.
  const unlucky = world.listeners.slice(0, 4);
  for (const listener of unlucky) world.towardsListener(listener).isCut = true;
  world.run(60);
  for (const listener of unlucky) world.towardsListener(listener).isCut = false;
  world.run(500);
  const after = host.core.stats();
  const packets = after.channels[0]!.packetCount - before.channels[0]!.packetCount;
  const again = after.packetsEncrypted - before.packetsEncrypted - packets;
  assert.ok(again >= 2);
  assert.ok(after.retransmitted - before.retransmitted >= 4 * again);
});

Deno.test("plain players beside a secret audience get the sound in clear", () => {
  const world = new VirtualWorld();
  const player = { hostname: "239.0.0.1", port: 6000 };
  world.startHost({ plainReceivers: [player] });
  const listener = world.addListener();
  const sent = tap(world);
  world.run(1000);
  const forPlayer = sent.filter(({ to }) => to === addressKey(player));
  const packet = parseRtp(forPlayer[0]!.datagram);
  assert.ok(packet.ok);
  assert.deepEqual(packet.value.payload.subarray(4, 8), mp3Frame(0).bytes.subarray(0, 4));
  assert.ok(playedFrames(listener).length > 0);
});

Deno.test("nothing that is said stands in any datagram in clear", () => {
  const world = new VirtualWorld();
  const token = "open-sesame-open-sesame";
  world.startHost({ access: { kind: "tokens", tokens: [token] } });
  const sent = tap(world);
  const listener = world.addListener({ token, name: "kitchen radio" });
  runWithEvents(world, 5);
  world.finish();
  assert.ok(hasJoined(listener) && listener.said("event").length > 0);
  const text = new TextDecoder("latin1");
  const { info: { match } } = listener.said("joined")[0]!;
  const secrets = [
    ...[token, "kitchen radio", "Foul in midfield", '"score"', match!.home, "test over"],
    // A frame's head and its number.
    text.decode(mp3Frame(40).bytes.subarray(0, 44)),
  ];
  for (const { datagram } of sent) {
    const said = text.decode(datagram);
    for (const secret of secrets) assert.ok(!said.includes(secret), secret);
  }
});

for (const start of SEQUENCE_STARTS) {
  Deno.test(`who comes late hears from the first packet meant for it, from sequence ${start}`, () => {
    const world = new VirtualWorld({ server: { sequenceStart: start } });
    world.startHost();
    world.addListener();
    world.run(20_000);
    const late = world.addListener();
    world.run(5000);
    world.finish();
    assertExact(world, late);
    assert.equal(world.channel(late, "audio").networkLost, 0);
    assert.deepEqual(junkOf(world, late), {});
  });
}

Deno.test("who comes after the sequence numbers have turned over knows how often they have", () => {
  const world = new VirtualWorld();
  world.startHost();
  world.addListener();
  world.run(30 * 60_000);
  const late = world.addListener();
  world.run(5000);
  const audio = late.said("joined")[0]!.info.channels[0]!;
  assert.ok(audio.nextSequence > 65_536);
  world.finish();
  assertExact(world, late);
  assert.ok(playedFrames(late).length > 150);
});

Deno.test("keys change every ten minutes, and nobody misses a packet through it", () => {
  const world = new VirtualWorld({ towardsListener: () => LOSSY, towardsHost: () => LOSSY });
  const host = world.startHost({ waitFor: 3 });
  const listeners = [1, 2, 3].map(() => world.addListener());
  world.run(41 * 60_000);
  world.finish();
  assert.deepEqual(epochsOf(host).map(({ epoch }) => epoch), [1, 2, 3, 4, 5]);
  for (const listener of listeners) {
    assertExact(world, listener);
    assert.deepEqual(junkOf(world, listener), {});
  }
});

Deno.test("keys through a network that loses a third of everything: what waits is opened, counts hold", () => {
  const third = () => ({ loss: 0.33, delayMillis: 40 });
  const world = new VirtualWorld({ towardsListener: third, towardsHost: third });
  const host = world.startHost({ waitFor: 2 });
  const listeners = [1, 2].map(() => world.addListener());
  world.runUntil(() => host.said("started").length > 0, 60_000, "the start");
  world.run(20 * 60_000 + 30_000);
  assert.ok(epochsOf(host).length >= 3);
  for (const listener of listeners) {
    const { unknownEpoch = 0 } = junkOf(world, listener);
    assert.ok(unknownEpoch < 100, `${unknownEpoch} packets came without their key`);
    const last = world.channel(listener, "audio").packetsReceived;
    world.run(1000);
    assert.ok(world.channel(listener, "audio").packetsReceived > last, "hears no more");
  }
});

Deno.test("a listener that left can't open what comes after", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const stays = world.addListener();
  const leaves = world.addListener();
  world.run(3000);
  // It keeps what it knows, and listens in on what the other is sent.
  const known = epochsOf(host);
  world.leave(leaves);
  const sent = tap(world);
  world.run(2500);
  const after = sent.filter(({ to }) => to === addressKey(stays.address)).slice(-20);
  const media = after.filter(isMedia);
  assert.ok(media.length > 10);
  const { nextSequence } = stays.said("joined")[0]!.info.channels[0]!;
  for (const { datagram } of media) {
    const low = new DataView(datagram.buffer).getUint16(2);
    const index = nextSequence + ((low - nextSequence) & 0xffff);
    for (const epoch of known) assert.equal(epoch.rtp.unprotect(datagram, index), undefined);
    const current = host.epochs.get(2)!;
    assert.ok(current.rtp.unprotect(datagram, index), "the new key opens it");
  }
  world.finish();
  assertExact(world, stays);
});

Deno.test("a captured JOIN sent from another address gets nothing", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const sent = tap(world);
  const listener = world.addListener();
  world.run(1000);
  const joins = sent.filter(({ datagram }) => datagram[0] === 66);
  assert.ok(joins.length > 0 && hasJoined(listener));
  const thief = { hostname: "10.6.6.6", port: 666 };
  let answers = 0;
  world.net.attach(thief, () => void answers++);
  for (const { datagram } of joins) {
    world.tell(({ core }) => core.receive(datagram, thief, world.now));
  }
  world.run(3000);
  assert.equal(answers, 0);
  assert.equal(host.core.stats().junk.badCookie, joins.length);
  assert.equal(host.said("listener-left").length, 0);
});

Deno.test("a captured JOIN sent again from its own address only repeats the answer", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const sent = tap(world);
  const listener = world.addListener();
  world.run(1000);
  const join = sent.find(({ datagram }) => datagram[0] === 66)!.datagram;
  for (let copy = 0; copy < 5; copy++) {
    world.tell(({ core }) => core.receive(join, listener.address, world.now));
    world.run(6000);
  }
  assert.equal(host.said("listener-joined").length, 1);
  assert.equal(listener.said("joined").length, 1);
  world.run(60_000);
  assert.deepEqual(host.said("listener-left"), []);
});

Deno.test("datagrams that were tampered with are counted and dropped, at both ends", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  const sent = tap(world);
  runWithEvents(world, 12);
  const towards = (address: typeof HOST) =>
    sent.filter(({ to, datagram }) => to === addressKey(address) && datagram[0]! >= 128);
  const [media, control, reports] = [
    towards(listener.address).filter(isMedia).slice(-20),
    towards(listener.address).filter((one) => !isMedia(one)).slice(-10),
    towards(HOST).filter((one) => !isMedia(one)),
  ];
  assert.ok(reports.length >= 2 && control.length >= 5);
  let tampered = 0;
  for (const { datagram } of [...media, ...control]) {
    for (const bit of [100, 150, datagram.length * 8 - 20, datagram.length * 8 - 40]) {
      listener.core.receive(flipBit(datagram, bit), HOST, world.now);
      tampered++;
    }
  }
  assert.deepEqual(junkOf(world, listener), { unauthentic: tampered });
  for (const { datagram } of reports) {
    const bad = flipBit(datagram, 100);
    world.tell(({ core }) => core.receive(bad, listener.address, world.now));
  }
  assert.deepEqual(host.core.stats().junk, { unauthentic: reports.length });
  world.finish();
  assertExact(world, listener);
});

Deno.test("what is thrown back at its sender, or sent again, does nothing but its count", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  const sent = tap(world);
  world.run(12_000);
  const control = sent.filter((one) => one.datagram[0]! >= 128 && !isMedia(one));
  const fromHost = control.filter(({ from }) => from === addressKey(HOST));
  const fromListener = control.filter(({ from }) => from !== addressKey(HOST));
  const lastHeard = host.said("listener-left").length;
  for (const { datagram } of fromListener) {
    listener.core.receive(datagram, HOST, world.now);
    world.tell(({ core }) => core.receive(datagram, listener.address, world.now));
  }
  for (const { datagram } of fromHost) {
    world.tell(({ core }) => core.receive(datagram, listener.address, world.now));
    listener.core.receive(datagram, HOST, world.now);
  }
  const [reflected, replayed] = [fromListener.length, fromHost.length];
  assert.deepEqual(junkOf(world, listener), { unauthentic: reflected, replayed });
  assert.deepEqual(host.core.stats().junk, { replayed: reflected, unknownSsrc: replayed });
  assert.equal(host.said("listener-left").length, lastHeard);
  world.finish();
  assertExact(world, listener);
});

Deno.test("who knows the group's key still can't tell the others events, keys or a dismissal", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(2000);
  const epoch = host.epochs.get(1)!;
  const events = listener.said("joined")[0]!.info.channels.find(({ channel }) =>
    channel === "events"
  )!;
  const payload = new TextEncoder().encode(JSON.stringify(foul(1)).padEnd(200));
  const forged = serializeRtp({
    payloadType: 98,
    sequenceNumber: events.nextSequence % 65_536,
    timestamp: 0,
    ssrc: events.ssrc,
    marker: false,
    payload,
  });
  listener.core.receive(epoch.rtp.protect(forged, events.nextSequence), HOST, world.now);
  const { listenerSsrc } = listener.said("joined")[0]!.info;
  const key = new Uint8Array(28);
  const words = serializeRtcp([
    { type: "epochKey", ssrc: events.ssrc, epoch: 9, key },
    { type: "dismissal", ssrc: events.ssrc, listenerSsrc, code: 1403, reason: "out" },
  ]);
  listener.core.receive(epoch.rtcp.protect(words, 100_000), HOST, world.now);
  assert.deepEqual(junkOf(world, listener), { unsigned: 1, unauthentic: 2 });
  world.sendEvent(foul(2));
  world.run(500);
  assert.equal(listener.said("event").length, 1);
  assert.equal(listener.hasEnded, false);
  world.finish();
  assertExact(world, listener);
});

Deno.test("a link's key is believed and no other: an impostor gets nothing but a timeout", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const sent = tap(world);
  const trusting = world.addListener({ hostKey: host.hostKey });
  const careful = world.addListener({ hostKey: new Uint8Array(32).fill(7), token: "open-sesame" });
  const keyless = world.addListener();
  world.run(12_000);
  assert.equal(trusting.said("joined")[0]!.secrecy, "linked");
  assert.equal(keyless.said("joined")[0]!.secrecy, "unlinked");
  assert.equal(careful.said("foreign-key").length, 1);
  assert.deepEqual(careful.said("ended").map(({ reason }) => reason), ["timeout"]);
  assert.ok(host.core.stats().junk.unauthentic! > 0);
  const text = new TextDecoder("latin1");
  assert.ok(sent.every(({ datagram }) => !text.decode(datagram).includes("open-sesame")));
});

Deno.test("with a link's key nothing makes a listener go on in clear", () => {
  const world = new VirtualWorld({ isPlain: true });
  world.startHost();
  const sent = tap(world);
  const listener = world.addListener({ hostKey: new Uint8Array(32), token: "open-sesame" });
  const open = world.addListener();
  world.run(12_000);
  assert.equal(open.said("joined")[0]!.secrecy, "plain");
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["timeout"]);
  const text = new TextDecoder("latin1");
  assert.ok(sent.every(({ datagram }) => !text.decode(datagram).includes("open-sesame")));
});

Deno.test("after a silence of the path the session goes on under new keys, its ledger too", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(5000);
  world.towardsListener(listener).isCut = true;
  world.run(9000);
  world.towardsListener(listener).isCut = false;
  world.run(60_000);
  world.finish();
  assert.equal(listener.said("joined").length, 1);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["shutdown"]);
  assertExact(world, listener);
});

for (let seed = 1; seed <= 6; seed++) {
  Deno.test(`renewed keys through loss never leave a listener unheard, seed ${seed}`, () => {
    // Little enough that four reports in a row, whose absence is silence, are never all lost.
    const loss = () => ({ loss: 0.1, delayMillis: 30 });
    const world = new VirtualWorld({ seed, towardsListener: loss, towardsHost: loss });
    const host = world.startHost();
    const listener = world.addListener();
    world.runUntil(() => hasJoined(listener), 8000, "the join");
    for (let outage = 0; outage < 5; outage++) {
      world.run(20_000);
      world.towardsListener(listener).isCut = true;
      world.run(5000 + 700 * outage);
      world.towardsListener(listener).isCut = false;
    }
    world.run(60_000);
    assert.deepEqual(host.said("listener-left"), []);
    assert.equal(listener.hasEnded, false);
  });
}

Deno.test("a host that restarts has other keys, and its listeners find it all the same", () => {
  const world = new VirtualWorld();
  const first = world.startHost();
  const listener = world.addListener();
  world.run(5000);
  world.killHost();
  world.run(7000);
  const second = world.startHost();
  world.run(15_000);
  assert.notDeepEqual(first.hostKey, second.hostKey);
  assert.deepEqual(listener.said("joined").map(({ again }) => again), [false, true]);
  world.finish();
  assert.deepEqual(listener.said("ended").map(({ reason }) => reason), ["bye"]);
});

Deno.test("what a listener says of itself never holds a key", () => {
  const world = new VirtualWorld();
  world.startHost();
  const listener = world.addListener();
  world.run(2000);
  const said = JSON.stringify(listener.said("joined"));
  assert.doesNotMatch(said, /epochs|signingKey/);
  assert.ok(!Object.hasOwn(listener.said("joined")[0]!.info, "secrecy"));
});
