import assert from "node:assert/strict";
import { addressKey } from "../../shared/driver/socket.ts";
import { serializeHostMessage } from "../../shared/lane/messages.ts";
import { serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { serializeRtp } from "../../shared/rtp/rtp.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { flipBit } from "../shared/secrecy/hex.ts";
import { assertExact, foul, hasJoined, runWithEvents } from "./scenario.ts";
import { isMedia, junkOf, tap } from "./wiretap.ts";

Deno.test("a captured JOIN sent from another address gets no answer", () => {
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

Deno.test("changed datagrams are counted and dropped, at both ends", () => {
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

Deno.test("datagrams that are reflected to their sender or replayed are only counted", () => {
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

Deno.test("a listener that knows the group's key can't forge events, keys or put-out notices for others", () => {
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
    { type: "putOut", ssrc: events.ssrc, listenerSsrc, code: 1403, reason: "out" },
  ]);
  listener.core.receive(epoch.rtcp.protect(words, 1000), HOST, world.now);
  assert.deepEqual(junkOf(world, listener), { unsigned: 1, unauthentic: 2 });
  world.sendEvent(foul(2));
  world.run(500);
  assert.equal(listener.said("event").length, 1);
  assert.equal(listener.hasEnded, false);
  world.finish();
  assertExact(world, listener);
});

Deno.test("a listener that knows the group's key can't send others messages or past events", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(2000);
  const { listenerSsrc, hostSsrc: ssrc, channels } = listener.said("joined")[0]!.info;
  const ended = { type: "channel-ended", ssrc: channels[0]!.ssrc, packetCount: 0 } as const;
  const bytes = serializeHostMessage(ended);
  const words = serializeRtcp([
    { type: "laneData", ssrc, listenerSsrc, fragment: 1, isFirst: true, isLast: true, bytes },
    { type: "laneAck", ssrc, listenerSsrc, next: 1, mask: 0 },
    { type: "pastFragment", ssrc, listenerSsrc, firstCount: 1, index: 0, fragmentCount: 1, bytes },
  ]);
  listener.core.receive(host.epochs.get(1)!.rtcp.protect(words, 1000), HOST, world.now);
  assert.deepEqual(junkOf(world, listener), { unauthentic: 3 });
  world.run(500);
  assert.deepEqual(listener.said("channel-ended"), []);
  world.finish();
  assertExact(world, listener);
});

Deno.test("a listener that knows the group's key can't slow another's reports until the host removes it", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(2000);
  const { listenerSsrc: ssrc, channels } = listener.said("joined")[0]!.info;
  const hostSsrc = channels[0]!.ssrc;
  const reports = [{ ssrc, lastReferenceTime: 1, delaySince: 0 }];
  const words = serializeRtcp([
    { type: "referenceTimeEcho", ssrc: hostSsrc, reports },
    { type: "reportPace", ssrc: hostSsrc, keepaliveMillis: 60_000 },
  ]);
  listener.core.receive(host.epochs.get(1)!.rtcp.protect(words, 1000), HOST, world.now);
  assert.deepEqual(junkOf(world, listener), { unauthentic: 2 });
  world.run(60_000);
  assert.deepEqual(host.said("listener-left"), []);
});

Deno.test("only the key of the join link is trusted: joining an impostor ends with a timeout", () => {
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

Deno.test("with a key in its link, a listener never continues in clear", () => {
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
