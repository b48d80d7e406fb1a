import assert from "node:assert/strict";
import { addressKey } from "../../shared/driver/socket.ts";
import { demux } from "../../shared/rtp/demux.ts";
import { HOST, VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, runWithEvents } from "./scenario.ts";

Deno.test("the host counts what left it and what was refused, and each listener what it got", () => {
  let [attempts, refused, left] = [0, 0, 0];
  const isMedia = (datagram: Uint8Array) => {
    const kind = demux(datagram);
    return kind.ok && kind.value === "rtp";
  };
  const world = new VirtualWorld({
    seed: 5,
    towardsListener: () => ({ delayMillis: 10 }),
    // Of the media for one listener of three, every fifth copy is refused.
    refuses: (datagram, to) => {
      if (to.hostname !== "10.0.1.1" || !isMedia(datagram) || ++attempts % 5 !== 0) return false;
      refused++;
      return true;
    },
  });
  world.net.watch((datagram, from) => {
    if (addressKey(from) === addressKey(HOST) && isMedia(datagram)) left++;
  });
  const host = world.startHost({ waitFor: 3 });
  const listeners = [1, 2, 3].map(() => world.addListener());
  world.run(1000);
  runWithEvents(world, 20);
  world.finish();
  const stats = host.core.stats();
  assert.ok(refused > 50, `only ${refused} were refused`);
  assert.equal(stats.sendsRefused, refused);
  assert.equal(stats.packetsSent, left);
  assert.equal(stats.overflowed, 0);
  assert.ok(stats.retransmitted > 0 && stats.retransmitted < stats.packetsSent);
  for (const listener of [listeners[0]!, listeners[2]!]) {
    assert.equal(world.channel(listener, "audio").networkLost, 0);
    assertExact(world, listener);
  }
  const { networkLost, packetsRepaired } = world.channel(listeners[1]!, "audio");
  assert.ok(networkLost > 0 && packetsRepaired.nack + packetsRepaired.fec > 0.9 * networkLost);
  const events = listeners.map((listener) => listener.said("event").length);
  assert.ok(events.every((count) => count === events[0] && count > 50), `${events}`);
});
