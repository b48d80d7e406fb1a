import assert from "node:assert/strict";
import type { Pass } from "../../server/tokens/pass.ts";
import type { Millis } from "../../shared/core/units.ts";
import { addressKey } from "../../shared/driver/socket.ts";
import { RejectCode } from "../../shared/admission/admission.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { HOST, VirtualWorld, type WorldOptions } from "../fakes/virtual_world.ts";
import { assertExact } from "./scenario.ts";

const start = new VirtualWorld().now;
const HOUR: Millis = 3_600_000;
const ANN: Pass = { id: "a", name: "Ann", issuer: "key", role: "listener", seats: 1 };
const BO: Pass = { ...ANN, id: "b", name: "Bo" };
const REVOKED = { code: RejectCode.forbidden, reason: "the token was revoked" };

function revokeAnn(world: VirtualWorld): void {
  world.tell(({ core }) =>
    core.reviewPasses(({ id }) => id === "a" ? REVOKED : undefined, world.now)
  );
}

function setClock(world: VirtualWorld, ahead: Millis): void {
  world.tell(({ core }) => core.tellWallTime(world.now + ahead, world.now));
}

/** A world with the listeners Ann and Bo. */
function evening(options: WorldOptions = {}, ann: Partial<Pass> = {}) {
  const world = new VirtualWorld(options);
  const host = world.startHost({ passes: new Map([["ann", { ...ANN, ...ann }], ["bo", BO]]) });
  const [a, b] = ["ann", "bo"].map((token) => world.addListener({ token }));
  world.runUntil(() => host.said("listener-joined").length === 2, 20_000, "both are in");
  return { world, host, ann: a!, bo: b! };
}

function mediaTo(world: VirtualWorld, { address }: VirtualListener) {
  const media: { datagram: Uint8Array; at: number }[] = [];
  world.net.watch((datagram, from, to) => {
    const isMedia = datagram[0]! >= 128 && (datagram[1]! < 192 || datagram[1]! > 223);
    const isFromHost = addressKey(from) === addressKey(HOST);
    if (!isMedia || !isFromHost || addressKey(to) !== addressKey(address)) return;
    media.push({ datagram: datagram.slice(), at: world.now });
  });
  return media;
}

Deno.test("a listener whose token is expired, early, revoked or in use gets a code and no packet", () => {
  const world = new VirtualWorld();
  const pass = (id: string, more: Partial<Pass> = {}) => [id, { ...ANN, id, ...more }] as const;
  world.startHost({
    passes: new Map([
      pass("a"),
      pass("expired", { expiresAt: world.now - 1 }),
      pass("early", { notBefore: world.now + 60_000 }),
      pass("taken"),
    ]),
  });
  revokeAnn(world);
  const first = world.addListener({ token: "taken" });
  world.run(1000);
  const refused = ["expired", "early", "a", "taken"].map((token) => world.addListener({ token }));
  world.run(5000);
  assert.deepEqual(
    refused.map((listener) => listener.said("ended").map(({ code }) => code)),
    [[1410], [1403], [1403], [1402]],
  );
  for (const listener of refused) {
    const { streams, others } = world.towardsListener(listener);
    assert.equal(streams.size, 0);
    assert(others.bytesForwarded < world.towardsHost(listener).others.bytesForwarded);
  }
  assert(!first.hasEnded && world.channel(first, "audio").packetsReceived > 100);
});

for (const isPlain of [false, true]) {
  const how = isPlain ? "in clear" : "in secret";
  Deno.test(`${how}: a listener whose token is revoked gets only the reason; others miss nothing`, () => {
    const { world, ann, bo } = evening({ isPlain });
    world.run(2000);
    const media = mediaTo(world, ann);
    revokeAnn(world);
    world.run(1000);
    assert.deepEqual(media, []);
    assert.deepEqual(ann.said("ended"), [{ kind: "ended", reason: "rejected", code: 1403 }]);
    assert.deepEqual(ann.said("rejected").map(({ reason }) => reason), ["the token was revoked"]);
    world.run(5000);
    world.finish();
    assert.deepEqual(bo.said("ended").map(({ reason }) => reason), ["bye"]);
    assertExact(world, bo);
  });
}

Deno.test("a token expires at its time, to the millisecond", () => {
  const { world, ann } = evening({}, { expiresAt: start + 5432 });
  const media = mediaTo(world, ann);
  world.run(start + 8000 - world.now);
  assert(media.at(-1)!.at > start + 5300 && media.at(-1)!.at <= start + 5432);
  assert.deepEqual(ann.said("ended"), [{ kind: "ended", reason: "rejected", code: 1410 }]);
});

function assertShutOut(putOut: (world: VirtualWorld) => void): void {
  const times = { notBefore: start - HOUR, expiresAt: start + HOUR };
  const { world, host, ann, bo } = evening({}, times);
  world.run(1000);
  const known = [...host.epochs.values()];
  putOut(world);
  world.run(1500);
  const media = mediaTo(world, bo);
  world.run(1000);
  assert(media.length > 20);
  const { nextSequence } = bo.said("joined")[0]!.info.channels[0]!;
  for (const { datagram } of media) {
    const low = new DataView(datagram.buffer).getUint16(2);
    const index = nextSequence + ((low - nextSequence) & 0xffff);
    for (const epoch of known) assert.equal(epoch.rtp.unprotect(datagram, index), undefined);
  }
  assert(ann.hasEnded && !bo.hasEnded);
}

Deno.test("keys from before a revocation open no later packet", () => {
  assertShutOut(revokeAnn);
});

Deno.test("keys from before the clock was set, or the host slept, past a token's expiry open no later packet", () => {
  assertShutOut((world) => setClock(world, 2 * HOUR));
  assertShutOut((world) => setClock(world, -2 * HOUR));
});

for (let seed = 1; seed <= 10; seed++) {
  Deno.test(`through 40 % loss a removed listener learns the reason, seed ${seed}`, () => {
    const loss = () => ({ loss: 0.4, delayMillis: 20 });
    const { world, ann } = evening({ seed, towardsListener: loss, towardsHost: loss });
    const media = mediaTo(world, ann);
    revokeAnn(world);
    world.runUntil(() => ann.hasEnded, 30_000, "it is told");
    assert.deepEqual(media, []);
    assert.deepEqual(ann.said("ended"), [{ kind: "ended", reason: "rejected", code: 1403 }]);
  });
}
