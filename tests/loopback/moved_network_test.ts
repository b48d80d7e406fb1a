import assert from "node:assert/strict";
import fc from "fast-check";
import type { PacketNews, PacketNewsKind } from "../../client/interface/packet_watch.ts";
import { MOST, packetState } from "../../shared/page/page_network.ts";
import { ListenerHistory } from "../../scripts/demo/network_page/packet_history.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { runs } from "../runs.ts";
import { assertExact, foul, runWithEvents, SEQUENCE_STARTS } from "./scenario.ts";

const USUAL = { delayMillis: 15, jitterMillis: 6, reorderMillis: 40, duplicateMillis: 2 };

function setUp(seed: number, sequenceStart: number) {
  const world = new VirtualWorld({
    seed,
    towardsListener: () => ({ ...USUAL, loss: 0.02, harms: "media" }),
  });
  world.startHost({ sequenceStart, waitFor: 1 });
  const news: PacketNews[] = [];
  const history = new ListenerHistory();
  const listener = world.addListener({
    packetWatch: (one) => {
      news.push(one);
      history.onNews(one);
    },
  });
  world.towardsListener(listener).watch = (fate) => history.onFate(fate);
  const count = (ssrc: number, ...whats: PacketNewsKind[]) =>
    news.filter((one) => one.ssrc === ssrc && whats.includes(one.what)).length;
  return { world, listener, history, count };
}

Deno.test("what is told of single packets adds up to the ledger, and a lost one is followed to its repair", () => {
  const { world, listener, history, count } = setUp(5, 65_500);
  world.run(1000);
  world.towardsListener(listener).change({
    ...USUAL,
    loss: 0.2,
    duplicate: 0.1,
    reorder: 0.1,
    harms: "media",
  });
  runWithEvents(world, 20);
  world.finish();
  assertExact(world, listener);
  for (const ledger of world.ledger(listener).channels) {
    const { ssrc } = ledger;
    assert.ok(ledger.networkLost > 5, ledger.channel);
    assert.equal(count(ssrc, "received", "overtaken"), ledger.packetsReceived);
    assert.equal(count(ssrc, "overtaken"), ledger.packetsReordered);
    assert.equal(count(ssrc, "duplicate"), ledger.packetsDuplicated);
    assert.equal(count(ssrc, "late"), ledger.packetsDiscarded);
    assert.ok(count(ssrc, "retransmitted", "recovered") >= ledger.packetsRepaired.nack);
    const repaired = history.since(ssrc, 0).packets.filter((packet) =>
      packetState(packet) === "repaired"
    );
    assert.ok(repaired.length > 0, `${ledger.channel}: no repair is told`);
    for (const { sentAt, repairedAt, playedAt } of repaired) {
      assert.ok(sentAt < repairedAt! && repairedAt! <= playedAt!);
    }
  }
});

Deno.test("the ledger equals what the network did, however it is moved meanwhile", () => {
  const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
  const path = fc.record({
    loss: share(0.6),
    duplicate: share(MOST.duplicate),
    reorder: share(MOST.reorder),
    delayMillis: fc.integer({ min: 0, max: MOST.delayMillis }),
  });
  fc.assert(
    fc.property(
      fc.array(path, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.constantFrom(...SEQUENCE_STARTS),
      (paths, seed, sequenceStart) => {
        const { world, listener } = setUp(seed, sequenceStart);
        world.run(1000);
        for (const moved of paths) {
          world.towardsListener(listener).change({ ...USUAL, ...moved, harms: "media" });
          for (let index = 0; index < 5; index++) {
            world.sendEvent(foul(index));
            world.run(300);
          }
        }
        world.finish();
        assertExact(world, listener);
      },
    ),
    runs(15),
  );
});
