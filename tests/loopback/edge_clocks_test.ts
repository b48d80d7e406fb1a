import assert from "node:assert/strict";
import type { SplitHost } from "../fakes/split_host.ts";
import type { VirtualHost } from "../fakes/virtual_host.ts";
import type { Millis } from "../../shared/core/units.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";

const HOUR = 3_600_000;
const PATH = { loss: 0.2, delayMillis: 40, jitterMillis: 2 };

function splitOf(host: VirtualHost): SplitHost {
  return host.core as unknown as SplitHost;
}

/** How many copies an edge sent again in a minute of 20 % loss, and how many packets were missed. */
function repair(clockAhead: Millis) {
  const world = new VirtualWorld({ towardsListener: () => PATH, towardsHost: () => PATH });
  const edges = [{ linkMillis: 2, clockAhead }];
  const host = world.startHost({
    edges,
    repair: { isRtxOffered: true, parity: "never" },
    hasEvents: false,
  });
  const listener = world.addListener({ latency: 400 });
  world.run(60_000);
  const { residualLost } = world.channel(listener, "audio");
  return { residualLost, resent: splitOf(host).edges[0]!.stats().retransmitted };
}

for (const ahead of [7000, -7000, HOUR, -HOUR]) {
  Deno.test(`an edge whose clock is ${ahead} ms ahead repairs as one with the origin's clock`, () => {
    assert.deepEqual(repair(ahead), repair(0));
  });
}

for (const ahead of [7000, -7000, HOUR, -HOUR]) {
  Deno.test(`a listener says HELLO to one edge, joins another whose clock is ${ahead} ms ahead`, () => {
    const path = { delayMillis: 20 };
    const world = new VirtualWorld({ towardsListener: () => path, towardsHost: () => path });
    const edges = [{ linkMillis: 2, clockAhead: 0 }, { linkMillis: 5, clockAhead: ahead }];
    const split = splitOf(world.startHost({ edges }));
    let hellos = 0;
    world.net.watch((datagram, from) => {
      if (from.hostname.startsWith("10.0.1") && datagram[0] === 64) hellos++;
    });
    const counts = () => split.edges.map((edge) => edge.stats().listeners);
    world.run(100);
    for (const [helloAt, joinAt] of [[0, 1], [1, 0]] as const) {
      const listener = world.addListener();
      split.route(listener.address, helloAt);
      world.run(50);
      split.route(listener.address, joinAt);
      world.run(500);
      assert.equal(listener.said("joined").length, 1);
      assert.equal(counts()[joinAt], 1);
      world.leave(listener);
      world.run(200);
      assert.deepEqual(counts(), [0, 0]);
    }
    assert.equal(hellos, 2);
  });
}
