import assert from "node:assert/strict";
import { nodeCiphers } from "../../shared/system/node_ciphers.ts";
import { addressKey } from "../../shared/driver/socket.ts";
import type { Ciphers } from "../../shared/secrecy/ciphers.ts";
import { parseRtp } from "../../shared/rtp/rtp.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import {
  assertExact,
  hasJoined,
  playedFrames,
  runWithEvents,
  SEQUENCE_STARTS,
} from "./scenario.ts";
import { junkOf, tap } from "./wiretap.ts";

Deno.test("a packet is sealed once for any number of listeners", () => {
  const seals = [1, 2, 30].map((count) => {
    let sealed = 0;
    const ciphers: Ciphers = {
      ...nodeCiphers,
      seal: (...args) => (sealed++, nodeCiphers.seal(...args)),
    };
    const world = new VirtualWorld();
    const host = world.startHost({ ciphers, waitFor: count, capacity: 200 });
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
    // Besides media: one report for all.
    return sealed - packets;
  });
  assert.deepEqual(seals, [1, 1, 1]);
});

Deno.test("a retransmission requested by many listeners is sealed once", () => {
  const world = new VirtualWorld({ towardsListener: () => ({ delayMillis: 10 }) });
  const host = world.startHost({ waitFor: 20 });
  for (let index = 0; index < 20; index++) world.addListener();
  world.runUntil(() => host.said("started").length > 0, 1000, "the start");
  world.run(2000);
  const before = host.core.stats();
  // Fewer than a storm, in which the packet is sent to all.
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

Deno.test("plain RTP players get the sound in clear beside encrypted listeners", () => {
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

Deno.test("no content is in clear in any datagram, retransmissions and parity included", () => {
  const lossy = () => ({ loss: 0.2, delayMillis: 10 });
  const world = new VirtualWorld({ towardsListener: lossy });
  const token = "open-sesame-open-sesame";
  // Parity over one packet equals that packet, so only encryption hides it.
  const parity = { columns: 1, rows: 1, hasRowParity: false };
  const host = world.startHost({
    access: { kind: "tokens", tokens: [token] },
    repair: { isRtxOffered: true, parity },
  });
  const sent = tap(world);
  const listener = world.addListener({ token, name: "kitchen radio" });
  runWithEvents(world, 5);
  world.finish();
  assert.ok(hasJoined(listener) && listener.said("event").length > 0);
  const { retransmitted, fecPacketsSent } = host.core.stats();
  assert.ok(retransmitted > 20 && fecPacketsSent > 100, `${retransmitted} and ${fecPacketsSent}`);
  const text = new TextDecoder("latin1");
  const { info: { match } } = listener.said("joined")[0]!;
  const secrets = [
    ...[token, "kitchen radio", "Foul in midfield", '"score"', match!.home, "test over"],
    // A frame's header and number.
    text.decode(mp3Frame(40).bytes.subarray(0, 44)),
  ];
  for (const { datagram } of sent) {
    const said = text.decode(datagram);
    for (const secret of secrets) assert.ok(!said.includes(secret), secret);
  }
});

for (const start of SEQUENCE_STARTS) {
  Deno.test(`a late joiner opens its very first packet, from sequence ${start}`, () => {
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

Deno.test("a listener that joins after the sequence numbers wrapped knows how often they did", () => {
  const world = new VirtualWorld();
  world.startHost({ sequenceStart: 60_000 });
  world.addListener();
  // At 38 packets a second.
  world.run(3 * 60_000);
  const late = world.addListener();
  world.run(5000);
  const audio = late.said("joined")[0]!.info.channels[0]!;
  assert.ok(audio.nextSequence > 65_536);
  world.finish();
  assertExact(world, late);
  assert.ok(playedFrames(late).length > 150);
});

Deno.test("a listener's outputs never contain a key", () => {
  const world = new VirtualWorld();
  world.startHost();
  const listener = world.addListener();
  world.run(2000);
  const said = JSON.stringify(listener.said("joined"));
  assert.doesNotMatch(said, /epochs|signingKey/);
  assert.ok(!Object.hasOwn(listener.said("joined")[0]!.info, "secrecy"));
});
