import assert from "node:assert/strict";
import type { Pass } from "../../server/tokens/pass.ts";
import { CONTROL_KEY_ID } from "../../shared/secrecy/control_channel.ts";
import { keyIdOf } from "../../shared/secrecy/srtp.ts";
import { RejectCode } from "../../shared/admission/admission.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact } from "./scenario.ts";

const NAMES = ["ann", "bo", "cy", "di"];
const PASSES = new Map(NAMES.map((id): [string, Pass] => [
  id,
  { id, name: id, issuer: "key", role: "listener", seats: 1 },
]));
const REVOKED = { code: RejectCode.forbidden, reason: "the token was revoked" };
/** The first byte of a RETRY. */
const COOKIE = 65;
const PATH = { delayMillis: 20 };

/** Datagrams from the host to one listener alone, keys among them. */
function isPrivate(datagram: Uint8Array): boolean {
  const isControl = datagram[1]! >= 192 && datagram[1]! <= 223;
  return datagram[0]! >= 128 && isControl && keyIdOf(datagram) === CONTROL_KEY_ID;
}

/** Ann, whose latency is as long as the wait for a key, and three listeners that are to be put out. */
function evening() {
  const world = new VirtualWorld({ towardsListener: () => PATH, towardsHost: () => PATH });
  const host = world.startHost({ passes: PASSES });
  const [ann] = NAMES.map((token) => world.addListener({ token, latency: 3000 }));
  world.runUntil(() => host.said("listener-joined").length === 4, 5000, "all are in");
  world.run(5000);
  const out = new Set<string>();
  const putOut = (name: string) => {
    out.add(name);
    world.tell(({ core }) =>
      core.reviewPasses(({ id }) => out.has(id) ? REVOKED : undefined, world.now)
    );
  };
  return { world, host, ann: ann!, putOut };
}

Deno.test("a listener that misses a key as the next change begins gets both keys, and no packet is lost", () => {
  const { world, host, ann, putOut } = evening();
  const path = world.towardsListener(ann);
  path.swallows = isPrivate;
  putOut("bo");
  world.run(1100);
  assert.equal(host.core.secrecy!.epochs.current.epoch, 2);
  const { packetsReceived } = world.channel(ann, "audio");
  putOut("cy");
  world.run(400);
  assert.equal(world.channel(ann, "audio").packetsReceived, packetsReceived, "the key came");
  path.swallows = () => false;
  world.run(10_000);
  assert.equal(host.core.secrecy!.epochs.current.epoch, 3);
  world.finish();
  assertExact(world, ann);
  assert.equal(world.channel(ann, "audio").networkLost, 0);
  assert.deepEqual(world.ledger(ann).junk, {});
  const { retransmitted } = host.core.stats();
  assert.ok(retransmitted < 5, `${retransmitted} packets were sent again of which none was lost`);
});

Deno.test("three listeners are put out one by one on a bad network: the others go on, the removed ones get nothing", () => {
  const { world, host, ann, putOut } = evening();
  const path = world.towardsListener(ann);
  path.swallows = isPrivate;
  for (const name of ["bo", "cy", "di"]) {
    putOut(name);
    world.run(450);
  }
  path.swallows = () => false;
  world.run(1500);
  // The second change came before the first key was used, so nobody needs that key.
  assert.deepEqual([...host.epochs.keys()], [1, 2, 3, 4]);
  assert.equal(host.core.secrecy!.epochs.current.epoch, 4);
  world.run(5000);
  world.finish();
  assertExact(world, ann);
  assert.equal(world.channel(ann, "audio").networkLost, 0);
  for (const gone of world.listeners.slice(1)) {
    assert.deepEqual(gone.said("ended").map(({ reason }) => reason), ["rejected"]);
  }
});

Deno.test("a key that arrives before the answer to a new JOIN is kept", () => {
  const { world, host, ann, putOut } = evening();
  const path = world.towardsListener(ann);
  path.swallows = ([type]) => type !== COOKIE;
  world.runUntil(() => ann.said("connection").at(-1)?.state === "rejoining", 7000, "asks anew");
  world.run(300);
  // Her JOIN was answered with the current key; that answer is lost, the next key is not.
  path.swallows = (datagram) => datagram[0] !== COOKIE && !isPrivate(datagram);
  putOut("bo");
  world.run(500);
  assert.equal(host.core.secrecy!.epochs.current.epoch, 2);
  // Packets of the streams would end her JOINs.
  path.swallows = ([type]) => type! >= 128;
  world.runUntil(() => ann.said("connection").at(-1)?.state === "connected", 1000, "the answer");
  path.swallows = () => false;
  world.run(500);
  const { packetsReceived } = world.channel(ann, "audio");
  world.run(1000);
  assert.ok(world.channel(ann, "audio").packetsReceived > packetsReceived + 30);
  assert.equal(ann.said("joined").length, 1);
  world.finish();
  assertExact(world, ann);
});

Deno.test("a listener replaced by another client at its address does not have the later keys", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const before = world.addListener();
  world.run(2000);
  const { address } = before;
  world.killListener(before);
  const after = world.addListener({}, address);
  assert.equal(host.core.secrecy!.epochs.current.epoch, 1);
  world.run(5000);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["rejoined"]);
  assert.equal(host.core.secrecy!.epochs.current.epoch, 2);
  world.finish();
  assert.equal(world.channel(after, "audio").networkLost, 0);
  assert.deepEqual(world.ledger(after).junk, {});
});

Deno.test("a listener that returns from another address causes no change of keys", () => {
  const world = new VirtualWorld();
  const host = world.startHost();
  const listener = world.addListener();
  world.run(2000);
  world.rebind(listener);
  // Neither its reports nor the host's challenges arrive: it joins again.
  world.towardsHost(listener).swallows = (datagram) => !isAdmission(datagram);
  world.runUntil(() => host.said("listener-left").length > 0, 10_000, "it is let in there");
  world.towardsHost(listener).swallows = () => false;
  world.run(10_000);
  assert.deepEqual(host.said("listener-left").map(({ reason }) => reason), ["rejoined"]);
  assert.equal(host.core.secrecy!.epochs.current.epoch, 1);
});

function isAdmission(datagram: Uint8Array): boolean {
  const kind = demux(datagram);
  return kind.ok && kind.value === "admission";
}
