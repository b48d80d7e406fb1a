import assert from "node:assert/strict";
import { serializeRtcp } from "../../shared/rtcp/rtcp.ts";
import { parseRtp, serializeRtp } from "../../shared/rtp/rtp.ts";
import { mp3Frame } from "../fakes/mp3_frames.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { playedFrames, runWithEvents } from "./scenario.ts";

// Attacks that nothing here prevents, tested so that docs/security.md claims no more than is true.

const FORGED = 1_000_000;

/** The next packet of the sound as an attacker would write it, with the frame number FORGED. */
function forgeSound(world: VirtualWorld, listener: VirtualListener) {
  const { nextSequence, ssrc, payloadType, timestampBase } = listener.said("joined")[0]!.info
    .channels.find(({ channel }) => channel === "audio")!;
  const sequence = nextSequence + world.channel(listener, "audio").packetsExpected;
  const payload = new Uint8Array(4 + mp3Frame(FORGED).bytes.length);
  payload.set(mp3Frame(FORGED).bytes, 4);
  const timestamp = (timestampBase + (sequence - nextSequence) * 2351) % 2 ** 32;
  const sequenceNumber = sequence % 65_536;
  const packet = serializeRtp({
    payloadType,
    sequenceNumber,
    timestamp,
    ssrc,
    marker: false,
    payload,
  });
  return { packet, sequence };
}

function forgeGoodbye(listener: VirtualListener): Uint8Array {
  const { hostSsrc } = listener.said("joined")[0]!.info;
  return serializeRtcp([{ type: "goodbye", ssrcs: [hostSsrc], reason: "forged" }]);
}

Deno.test("not stopped: a listener, which has the group's key, can forge sound for others", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const victim = world.addListener();
  world.run(2000);
  const { packet, sequence } = forgeSound(world, victim);
  victim.core.receive(host.epochs.get(1)!.rtp.protect(packet, sequence), HOST, world.now);
  world.run(1000);
  assert.ok(playedFrames(victim).includes(FORGED));
});

Deno.test("not stopped: a listener can forge the host's goodbye for others", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const victim = world.addListener();
  world.run(2000);
  const sealed = host.epochs.get(1)!.rtcp.protect(forgeGoodbye(victim), 1000);
  victim.core.receive(sealed, HOST, world.now);
  world.run(2000);
  assert.deepEqual(victim.said("ended").map(({ reason }) => reason), ["bye"]);
});

Deno.test("not stopped: without the host's key whoever answers at its address is trusted, and the listener is told", () => {
  const world = new VirtualWorld();
  const real = world.startHost();
  world.killHost();
  const impostor = world.startHost();
  const keyless = world.addListener();
  const careful = world.addListener({ hostKey: real.hostKey });
  world.run(12_000);
  assert.notDeepEqual(impostor.hostKey, real.hostKey);
  assert.deepEqual(keyless.said("joined").map(({ secrecy }) => secrecy), ["unlinked"]);
  assert.deepEqual(careful.said("joined"), []);
});

Deno.test("not stopped: with --plain anybody on the path can forge everything", () => {
  const world = new VirtualWorld({ isPlain: true });
  world.startHost();
  const victim = world.addListener();
  world.run(2000);
  victim.core.receive(forgeSound(world, victim).packet, HOST, world.now);
  world.run(1000);
  assert.ok(playedFrames(victim).includes(FORGED));
  victim.core.receive(forgeGoodbye(victim), HOST, world.now);
  world.run(2000);
  assert.equal(victim.hasEnded, true);
});

Deno.test("not stopped: an observer of the path sees that it is a broadcast, when it sends, and how much", () => {
  const world = new VirtualWorld();
  const seen: number[] = [];
  world.startHost();
  const listener = world.addListener();
  world.net.watch((datagram, from) => {
    const packet = parseRtp(datagram);
    if (from.port === HOST.port && packet.ok) seen.push(packet.value.ssrc);
  });
  runWithEvents(world, 3);
  const ssrcs = listener.said("joined")[0]!.info.channels.map(({ ssrc }) => ssrc);
  for (const ssrc of ssrcs) assert.ok(seen.includes(ssrc));
});

Deno.test("not stopped: whoever cuts the path ends the reception; the listener is told within 2 s", () => {
  const world = new VirtualWorld();
  world.startHost();
  const listener = world.addListener();
  world.run(3000);
  world.towardsListener(listener).isCut = true;
  world.run(2500);
  assert.equal(listener.said("connection").at(-1)?.state, "silent");
});
