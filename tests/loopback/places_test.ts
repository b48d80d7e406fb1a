import assert from "node:assert/strict";
import { signEvent } from "../../shared/secrecy/signed_event.ts";
import type { ExtendedSequence } from "../../shared/core/units.ts";
import type { GroupEpoch } from "../../shared/secrecy/group_epoch.ts";
import { toNtp } from "../../shared/rtcp/ntp.ts";
import { serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { parseRtp, type RtpPacket, serializeRtp } from "../../shared/rtp/rtp.ts";
import { packRtx } from "../../shared/rtp/rtx.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import type { VirtualHost } from "../fakes/virtual_host.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, foul, playedFrames, runWithEvents } from "./scenario.ts";
import { isMedia, junkOf, tap } from "./wiretap.ts";

// What a listener that has the group's key and forges the host's address can do with sequence numbers.

interface Scene {
  readonly world: VirtualWorld;
  readonly host: VirtualHost;
  readonly victim: VirtualListener;
  readonly epoch: GroupEpoch;
  /** The sealed events sent to the victim, oldest first. */
  readonly events: () => readonly Uint8Array<ArrayBuffer>[];
}

function open({ isPlain = false } = {}): Scene {
  const world = new VirtualWorld({ isPlain, seed: 7 });
  const host = world.startHost();
  const sent = tap(world);
  const victim = world.addListener();
  world.run(2000);
  const { ssrc } = channelOf(victim, "events");
  const events = () =>
    sent.filter(isMedia).map(({ datagram }) => datagram).filter((datagram) => {
      const packet = parseRtp(datagram);
      return packet.ok && packet.value.ssrc === ssrc;
    });
  return { world, host, victim, epoch: host.epochs.get(1)!, events };
}

function channelOf(listener: VirtualListener, name: "audio" | "events") {
  return listener.said("joined")[0]!.info.channels.find(({ channel }) => channel === name)!;
}

/** A genuine, signed event of the host, as any listener can decrypt it. */
function readEvent({ epoch, victim, events }: Scene, count: number): RtpPacket {
  const { sequenceBase } = channelOf(victim, "events");
  const clear = epoch.rtp.unprotect(events()[count - 1]!, sequenceBase + count - 1);
  const packet = parseRtp(clear!);
  assert.ok(packet.ok);
  return packet.value;
}

function seal(epoch: GroupEpoch, packet: RtpPacket, index: ExtendedSequence): Uint8Array {
  const sequenceNumber = index % 65_536;
  return epoch.rtp.protect(serializeRtp({ ...packet, sequenceNumber }), index);
}

/** The host's sender report for the stream of that SSRC, with a forged packet count. */
function forgeReport({ epoch, world }: Scene, ssrc: number, packetCount: number, index: number) {
  const report = { ntpTime: toNtp(world.now), rtpTimestamp: 0, packetCount, octetCount: 0 };
  return epoch.rtcp.protect(serializeRtcp([{ type: "senderReport", ssrc, ...report }]), index);
}

const contents = (listener: VirtualListener) =>
  listener.said("event").map(({ event }) => event.content);

function loseNextEvent(scene: Scene): void {
  const path = scene.world.towardsListener(scene.victim);
  path.isCut = true;
  scene.world.sendEvent(foul(50));
  scene.world.run(5);
  path.isCut = false;
}

function assertAllEvents(scene: Scene): void {
  const { world, host, victim } = scene;
  world.run(5000);
  const timeline = host.core.timeline.readEntries().map(({ content }) => content);
  assert.deepEqual(contents(victim), timeline);
}

Deno.test("a genuine event sealed under another's number displaces no event, whichever way it arrives", () => {
  const scene = open();
  const { world, victim, epoch } = scene;
  for (const minute of [1, 2]) world.sendEvent(foul(minute));
  world.run(500);
  const true1 = readEvent(scene, 1);
  const { sequenceBase, rtx } = channelOf(victim, "events");
  const third: ExtendedSequence = sequenceBase + 2;
  victim.core.receive(seal(epoch, true1, third), HOST, world.now);
  const again = packRtx(serializeRtp({ ...true1, sequenceNumber: third % 65_536 }), rtx!, 0);
  victim.core.receive(epoch.rtp.protect(again, 0), HOST, world.now);
  victim.core.receive(seal(epoch, true1, sequenceBase + 65_536), HOST, world.now);
  assert.equal(junkOf(world, victim).misplacedEvent, 2);
  world.sendEvent(foul(3));
  assertAllEvents(scene);
  world.finish();
  assertExact(world, victim);
  assert.equal(world.channel(victim, "events").residualLost, 0);
});

Deno.test("… nor does one that arrives before the ACCEPT, or before its key", () => {
  const scene = open();
  const { world, epoch, victim } = scene;
  world.sendEvent(foul(1));
  world.run(500);
  const { nextSequence } = channelOf(victim, "events");
  const misplaced = seal(epoch, readEvent(scene, 1), nextSequence + 1);
  const late = world.addListener();
  late.core.receive(misplaced, HOST, world.now);
  world.run(1000);
  assert.equal(junkOf(world, late).misplacedEvent, 1);
  world.sendEvent(foul(2));
  world.run(500);
  assert.equal(contents(late).length, 2);
  assertAllEvents(scene);
});

Deno.test("… nor in a broadcast that is not encrypted", () => {
  const world = new VirtualWorld({ isPlain: true });
  world.startHost();
  const sent = tap(world);
  const victim = world.addListener();
  world.run(1000);
  world.sendEvent(foul(1));
  world.run(500);
  const { ssrc } = channelOf(victim, "events");
  const [first] = sent.filter(isMedia).map(({ datagram }) => parseRtp(datagram))
    .filter((packet) => packet.ok && packet.value.ssrc === ssrc);
  assert.ok(first?.ok);
  const { sequenceNumber } = first.value;
  const misplaced = { ...first.value, sequenceNumber: (sequenceNumber + 1) % 65_536 };
  victim.core.receive(serializeRtp(misplaced), HOST, world.now);
  world.sendEvent(foul(2));
  world.run(1000);
  assert.equal(contents(victim).length, 2);
  assert.deepEqual(junkOf(world, victim), { misplacedEvent: 1 });
});

Deno.test("an event that only newer listeners can read keeps its place and stops no later one", () => {
  const scene = open();
  const { world, host, victim, epoch } = scene;
  const { sequenceBase, ssrc, payloadType } = channelOf(victim, "events");
  const words = new TextEncoder().encode(
    JSON.stringify({ count: 1, type: 2, score: "of a later kind" }),
  );
  const payload = signEvent(host.signer(), words);
  const packet = { payload, ssrc, payloadType, marker: false, timestamp: 0, sequenceNumber: 0 };
  victim.core.receive(seal(epoch, packet as RtpPacket, sequenceBase), HOST, world.now);
  world.run(100);
  assert.deepEqual(junkOf(world, victim), { malformedEvent: 1 });
  for (const minute of [1, 2]) world.sendEvent(foul(minute));
  world.run(1000);
  assert.deepEqual(contents(victim), [foul(2).content]);
});

Deno.test("no control packet with a higher index, near or far, suppresses the host's reports or goodbye", () => {
  const scene = open();
  const { world, host, victim, epoch } = scene;
  const { ssrc } = channelOf(victim, "audio");
  const words = serializeRtcp([{ type: "receiverReport", ssrc, reports: [] }]);
  for (let index = 2; index < 100; index++) {
    victim.core.receive(epoch.rtcp.protect(words, index), HOST, world.now);
  }
  for (const index of [2 ** 31 - 1, 1_000_000, 5000, 1020]) {
    victim.core.receive(epoch.rtcp.protect(words, index), HOST, world.now);
  }
  assert.deepEqual(junkOf(world, victim), { implausibleIndex: 3 });
  runWithEvents(world, 20);
  assert.deepEqual(junkOf(world, victim), { implausibleIndex: 3 }, "none of the host's is refused");
  world.finish();
  assert.deepEqual(victim.said("ended").map(({ reason }) => reason), ["bye"]);
  assert.equal(host.said("listener-left").length, 1);
  assertExact(world, victim);
});

Deno.test("control packets from before a listener joined are refused when they are replayed", () => {
  const scene = open();
  const { world } = scene;
  const before: Uint8Array[] = [];
  world.net.watch((datagram, from) => {
    if (from === HOST && datagram[0]! >= 128 && datagram[1]! >= 192 && datagram[1]! <= 223) {
      if (datagram.at(-1) === 1) before.push(datagram.slice());
    }
  });
  world.run(5000);
  assert.ok(before.length >= 4);
  const late = world.addListener();
  world.run(100);
  const count = before.length;
  for (const datagram of before.slice(0, 4)) late.core.receive(datagram, HOST, world.now);
  assert.ok(count >= 4);
  assert.deepEqual(junkOf(world, late), { replayed: 4 });
});

Deno.test("forged reports of packets that were never sent hide neither sound nor events", () => {
  const scene = open();
  const { world, victim } = scene;
  const audio = channelOf(victim, "audio");
  const events = channelOf(victim, "events");
  let index = 100;
  for (const { ssrc } of [audio, events]) {
    for (const count of [1_000_000, 1_000_100]) {
      victim.core.receive(forgeReport(scene, ssrc, count, index++), HOST, world.now);
    }
  }
  const heard = playedFrames(victim).length;
  runWithEvents(world, 10);
  assert.equal(junkOf(world, victim).unauthentic, undefined);
  assert.ok(playedFrames(victim).length > heard + 300, `${playedFrames(victim).length - heard}`);
  loseNextEvent(scene);
  assertAllEvents(scene);
});

Deno.test("a forged high number in the repair stream does not prevent the repair of an event", () => {
  const scene = open();
  const { world, victim, epoch } = scene;
  world.sendEvent(foul(1));
  world.run(1100);
  const { rtx } = channelOf(victim, "events");
  const once = serializeRtp(readEvent(scene, 1));
  let ahead = 0;
  for (let leap = 0; leap < 4; leap++) {
    ahead += 32_000;
    const copy = packRtx(once, rtx!, ahead % 65_536);
    victim.core.receive(epoch.rtp.protect(copy, ahead as ExtendedSequence), HOST, world.now);
  }
  const report = forgeReport(scene, rtx!.ssrc, 2 ** 31, 900);
  victim.core.receive(report, HOST, world.now);
  loseNextEvent(scene);
  assertAllEvents(scene);
});

/** Two consecutive forged packets of sound, this far ahead of the sent ones. */
function forgeSoundAhead(scene: Scene, ahead: number): void {
  const { world, victim, epoch } = scene;
  const { nextSequence, ssrc, payloadType, timestampBase } = channelOf(victim, "audio");
  const sent = world.channel(victim, "audio").packetsExpected;
  for (const sequence of [nextSequence + sent + ahead, nextSequence + sent + ahead + 1]) {
    const payload = new Uint8Array(4 + mp3Frame(1).bytes.length);
    payload.set(mp3Frame(1).bytes, 4);
    const timestamp = (timestampBase + sent * 2351) % 2 ** 32;
    const header = { payloadType, ssrc, timestamp, marker: false, sequenceNumber: 0 };
    victim.core.receive(
      seal(epoch, { ...header, payload } as RtpPacket, sequence),
      HOST,
      world.now,
    );
  }
}

for (const leaps of [1, 3]) {
  Deno.test(`sound moved ${leaps * 30_000} packets ahead by forgery is heard again within seconds`, () => {
    const scene = open();
    const { world, victim } = scene;
    world.run(2000);
    for (let leap = 0; leap < leaps; leap++) forgeSoundAhead(scene, 30_000);
    world.run(4000);
    const heard = playedFrames(victim).length;
    runWithEvents(world, 10);
    const played = playedFrames(victim).slice(heard);
    assert.ok(played.length > 300, `${played.length} in 10 s`);
    assert.deepEqual(played, played.toSorted((one, other) => one - other), "each once, in order");
    world.towardsListener(victim).isCut = true;
    world.run(60);
    world.towardsListener(victim).isCut = false;
    const before = world.channel(victim, "audio").packetsRepaired.nack;
    world.run(3000);
    assert.ok(world.channel(victim, "audio").packetsRepaired.nack > before, "and repaired");
    assertAllEvents(scene);
  });
}
