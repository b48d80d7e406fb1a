import assert from "node:assert/strict";
import { addressKey } from "../../shared/driver/socket.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { mp3Frames } from "../fakes/mp3_frames.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld, type WorldOptions } from "../fakes/virtual_world.ts";
import { runWithEvents } from "./scenario.ts";

const PATH = { delayMillis: 20, jitterMillis: 5 };

function connectionIds(listener: VirtualListener): Set<string> {
  return new Set(listener.said("joined").map(({ connectionId }) => connectionId));
}

/** Every ledger adds up, and only packets sent to the old address were lost. */
function assertIdentity(world: VirtualWorld, listener: VirtualListener): void {
  for (const channel of world.ledger(listener).channels) {
    const { packetsExpected, packetsReceived, packetsDiscarded, packetsRepaired } = channel;
    const played = packetsReceived - packetsDiscarded + packetsRepaired.nack + packetsRepaired.fec;
    assert.equal(packetsExpected, played + channel.residualLost);
  }
}

Deno.test("a listener whose NAT changes its address receives again within 3 s, in the same session", () => {
  const world = new VirtualWorld({ towardsListener: () => PATH, towardsHost: () => PATH });
  const host = world.startHost();
  const [moving, staying] = [world.addListener(), world.addListener()];
  world.run(10_000);
  const before = world.now;
  world.rebind(moving!);
  world.runUntil(() => host.said("listener-moved").length > 0, 3000, "move");
  world.runUntil(
    () => moving!.said("connection").at(-1)?.state === "connected",
    500,
    "sound again",
  );
  const silence = world.now - before;
  assert.ok(silence < 3000, `silent for ${silence} ms`);
  runWithEvents(world, 10);
  world.finish();
  assert.equal(connectionIds(moving!).size, 1);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), [
    "shutdown",
    "shutdown",
  ]);
  for (const listener of [moving!, staying!]) assertIdentity(world, listener);
  assert.equal(world.channel(staying!, "audio").residualLost, 0);
});

Deno.test("a listener without requests reports by itself after two seconds without packets", () => {
  const world = new VirtualWorld({ towardsListener: () => PATH, towardsHost: () => PATH });
  const host = world.startHost({ audio: undefined, keepaliveMillis: 15_000 }, mp3Frames(0));
  const listener = world.addListener();
  world.run(3000);
  world.rebind(listener);
  world.runUntil(() => host.said("listener-moved").length > 0, 3500, "move");
  world.run(1500);
  assert.equal(listener.said("connection").at(-1)?.state, "connected");
});

Deno.test("repeated rebinding with 20 % loss ends no session", () => {
  const lossy = { ...PATH, loss: 0.2 };
  const world = new VirtualWorld({
    towardsListener: () => lossy,
    towardsHost: () => lossy,
    seed: 5,
  });
  const host = world.startHost();
  const listeners = [1, 2, 3].map(() => world.addListener());
  world.runUntil(() => host.said("listener-joined").length === 3, 20_000, "all in");
  for (let round = 0; round < 20; round++) {
    const listener = listeners[round % 3]!;
    world.rebind(listener);
    world.run(9000);
    const state = listener.said("connection").at(-1)!.state;
    assert.equal(state, "connected", `round ${round}`);
  }
  world.finish();
  for (const listener of listeners) assertIdentity(world, listener);
});

/** The time to be admitted for a listener whose NAT changes its address `moment` after its first HELLO. */
function joinThrough(moment: number, options: WorldOptions): number {
  const world = new VirtualWorld(options);
  world.startHost();
  const listener = world.addListener();
  const begunAt = world.now;
  world.run(moment);
  world.rebind(listener);
  world.runUntil(() => listener.said("joined").length > 0, 8000, "the join");
  return world.now - begunAt;
}

for (const isPlain of [false, true]) {
  const how = isPlain ? "in clear" : "in secret";
  Deno.test(`${how}: a new address at any moment of the handshake costs little more than a second`, () => {
    const path = () => ({ delayMillis: 40 });
    const options = { isPlain, towardsListener: path, towardsHost: path };
    for (let moment = 0; moment <= 200; moment += 10) {
      const millis = joinThrough(moment, options);
      assert.ok(millis < 1500, `${millis} ms when it came after ${moment}`);
    }
  });

  Deno.test(`${how}: the same at 30 % loss, and no listener gives up`, () => {
    const path = () => ({ delayMillis: 40, loss: 0.3 });
    const options = { isPlain, towardsListener: path, towardsHost: path };
    const all = Array.from(
      { length: 60 },
      (_, seed) => joinThrough(seed * 7 % 400, { ...options, seed }),
    );
    assert.ok(Math.max(...all) < 3000, `${Math.max(...all)} ms`);
  });
}

const FORGER = { hostname: "10.6.6.6", port: 40_999 };

/** Sends the listener's datagrams again, or in its place, from another address. */
function forge({ isPlain, isDiverted }: { isPlain: boolean; isDiverted: boolean }) {
  const world = new VirtualWorld({ towardsListener: () => PATH, towardsHost: () => PATH, isPlain });
  const host = world.startHost();
  const listener = world.addListener();
  world.run(5000);
  const bytes = { from: 0, to: 0, media: 0 };
  let captured: Uint8Array | undefined;
  world.net.watch((datagram, from, to) => {
    if (addressKey(from) === addressKey(listener.address)) captured = datagram.slice();
    if (addressKey(to) !== addressKey(FORGER)) return;
    bytes.to += datagram.length;
    if (demux(datagram).ok && !isControl(datagram)) bytes.media += datagram.length;
  });
  world.net.attach(FORGER, () => {});
  for (let step = 0; step < 300; step++) {
    // Every other report is kept from the host, and sent to it from another address.
    world.towardsHost(listener).isCut = isDiverted && step % 100 < 50;
    world.run(100);
    if (!captured) continue;
    world.net.send(captured, FORGER, HOST, world.now);
    bytes.from += captured.length;
    if (isDiverted) captured = undefined;
  }
  world.towardsHost(listener).isCut = false;
  world.finish();
  assert.deepEqual(host.said("listener-moved"), []);
  assert.equal(bytes.media, 0);
  assert.equal(world.channel(listener, "audio").residualLost, 0);
  return bytes;
}

function isControl(datagram: Uint8Array): boolean {
  const kind = demux(datagram);
  return kind.ok && kind.value === "rtcp";
}

Deno.test("datagrams of a listener replayed from another address cause a challenge no larger than what was sent", () => {
  const { from, to } = forge({ isPlain: true, isDiverted: false });
  assert.ok(to > 0 && to <= from, `${to} of ${from} bytes`);
});

Deno.test("when encrypted, replayed datagrams do not even cause a challenge", () => {
  assert.equal(forge({ isPlain: false, isDiverted: false }).to, 0);
});

Deno.test("whoever diverts a listener's datagrams and sends them itself is challenged and can't answer", () => {
  const { from, to } = forge({ isPlain: false, isDiverted: true });
  assert.ok(to > 0 && to <= from, `${to} of ${from} bytes`);
});
