import assert from "node:assert/strict";
import type { ChannelLedger } from "../../shared/ledger/ledger.ts";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { NOTHING } from "../../scripts/network/netem.ts";
import type { VirtualListener } from "../fakes/virtual_listener.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact } from "./scenario.ts";

/** After the arrival: a fixed latency counts from sending, so the time of the path is added. */
const LATENCY = 200;
/** A retransmission over this path takes longer than the latency of any listener here. */
const FAR: NetemOptions = { delayMillis: 150, jitterMillis: 4 };
const NEAR: NetemOptions = { delayMillis: 10, jitterMillis: 4 };
const FAR_LATENCY = LATENCY + 150;
const NEAR_LATENCY = LATENCY + 10;

/** A path whose faults may change. */
function pathsOf(paths: readonly NetemOptions[], reports: readonly NetemOptions[] = paths) {
  return new VirtualWorld({
    towardsListener: (index) => paths[index]!,
    towardsHost: (index) => ({ ...reports[index], loss: 0 }),
  });
}

function audio(world: VirtualWorld, listener: VirtualListener): ChannelLedger {
  return world.channel(listener, "audio");
}

/** The parity bytes sent to a listener. */
function parityOffered(world: VirtualWorld, listener: VirtualListener): number {
  const { info } = listener.said("joined").at(-1)!;
  const { fec } = info.channels.find(({ channel }) => channel === "audio")!;
  return (world.towardsListener(listener).streams.get(fec!.ssrc) ?? NOTHING).offered;
}

Deno.test("parity goes only to the distant listener that loses packets", () => {
  const world = pathsOf([{ ...FAR, loss: 0.03 }, FAR, { ...NEAR, loss: 0.03 }]);
  const host = world.startHost({ waitFor: 3 });
  const [far, clean, near] = [FAR_LATENCY, FAR_LATENCY, NEAR_LATENCY]
    .map((latency) => world.addListener({ latency }));
  world.run(120_000);
  const sent = host.core.stats().fecPacketsSent;
  assert.ok(sent > 500, `${sent}`);
  assert.deepEqual([far!, clean!, near!].map((one) => parityOffered(world, one)), [sent, 0, 0]);
  const ledger = audio(world, far!);
  assert.equal(ledger.packetsRepaired.nack, 0);
  assert.ok(ledger.packetsRepaired.fec > ledger.networkLost * 0.7, JSON.stringify(ledger));
  world.finish();
  for (const listener of [far!, clean!, near!]) assertExact(world, listener);
});

Deno.test("a listener over a short path gets no parity, even at 10 % loss", () => {
  const world = pathsOf([{ ...NEAR, loss: 0.1 }]);
  const host = world.startHost({ waitFor: 1 });
  world.addListener({ latency: NEAR_LATENCY });
  world.run(120_000);
  assert.equal(host.core.stats().fecPacketsSent, 0);
});

Deno.test("parity stops when the path is clean and starts again when it is bad", () => {
  const world = pathsOf([FAR]);
  const host = world.startHost({ waitFor: 1 });
  const listener = world.addListener({ latency: FAR_LATENCY });
  const sentIn = (millis: number) => {
    const before = host.core.stats().fecPacketsSent;
    world.run(millis);
    return host.core.stats().fecPacketsSent - before;
  };
  assert.equal(sentIn(20_000), 0);
  const outage = () => {
    world.towardsListener(listener).isCut = true;
    world.run(100);
    world.towardsListener(listener).isCut = false;
  };
  outage();
  assert.ok(sentIn(20_000) > 0);
  world.run(180_000);
  assert.equal(sentIn(20_000), 0);
  outage();
  assert.ok(sentIn(20_000) > 0);
});

Deno.test("listeners with the same need share parity packets with the same numbers", () => {
  const world = pathsOf([{ ...FAR, loss: 0.03 }, { ...FAR, loss: 0.03 }]);
  const host = world.startHost({
    waitFor: 2,
    repair: {
      isRtxOffered: true,
      parity: { columns: 3, rows: 2, hasRowParity: false },
    },
  });
  const listeners = [0, 1].map(() => world.addListener({ latency: LATENCY }));
  const seen = new Map<string, number>();
  world.net.watch((datagram, from) => {
    if (from.port !== 5004 || (datagram[1]! & 0x7f) !== 120) return;
    const key = datagram.join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
  });
  world.run(10_000);
  world.leave(listeners[0]!);
  const { fecPacketsSent } = host.core.stats();
  assert.ok(fecPacketsSent > 300);
  assert.equal(seen.size * 2, fecPacketsSent);
  assert.ok([...seen.values()].every((copies) => copies === 2));
  world.run(10_000);
  const alone = host.core.stats().fecPacketsSent - fecPacketsSent;
  assert.ok(alone > 150 && alone < 200, `Who left gets no more: ${alone}`);
});
