import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { runs } from "../../../runs.ts";
import { STARTS } from "../../starts.ts";
import { dataInfo, type DataPacket, DELAY, MessageScene, packetsOf } from "./message_scene.ts";

const DUE = DELAY + 200;
const COUNTS = [1, 2 ** 32 - 2];

interface Arriving {
  readonly at: number;
  readonly packet: DataPacket;
  readonly way: "original" | "retransmission";
}

/** Small messages, one every 20 ms. */
function values(
  sequence: number,
  count: number,
  amount: number,
  at = 0,
  ssrc?: number,
): DataPacket[] {
  return Array.from(
    { length: amount },
    (_, index) =>
      packetsOf({
        count: count + index,
        at: at + 20 * index,
        sequence: sequence + index,
        ...(ssrc && { ssrc }),
      }),
  ).flat();
}

/** A picture in `size` bytes whose packets leave with those of small messages in between, from the same time on. */
function mixed(sequence: number, count: number, size: number, at = 0): DataPacket[] {
  const picture = packetsOf({ count, size, at, sequence: 0 });
  const packets: DataPacket[] = [];
  picture.forEach((packet, index) => {
    packets.push(packet);
    if (index % 4 !== 3) return;
    packets.push(...packetsOf({ count: count + 1 + (index >> 2), at: at + index, sequence: 0 }));
  });
  return packets.map((packet, index) => ({ ...packet, sequence: sequence + index }));
}

for (const start of STARTS) {
  for (const count of COUNTS) {
    Deno.test(`messages are given out when they are due, in order, from packet ${start} and message ${count}`, () => {
      const scene = new MessageScene(dataInfo(start), "normal");
      scene.giveAll(values(start, count, 10));
      scene.runTo(1000);
      const expected = Array.from(
        { length: 10 },
        (_, index) => [count + index, 20 * index + DUE],
      );
      assert.deepEqual(scene.given, expected);
      const { messagesReceived, messagesDropped, packetsReceived, jitter } = scene.ledger;
      assert.deepEqual([messagesReceived, messagesDropped, packetsReceived], [10, 0, 10]);
      assert.equal(jitter, 0);
      assert.deepEqual(scene.junk.snapshot(), {});
    });

    Deno.test(`a lost packet is requested and its message is on time, from packet ${start} and message ${count}`, () => {
      const scene = new MessageScene(dataInfo(start), "normal");
      const packets = mixed(start, count, 20_000);
      const lost = [3, packets.length - 1];
      scene.giveAll(packets, (index) => lost.includes(index));
      scene.runTo(100);
      const requested = new Set(scene.requests.flatMap(({ sequences }) => sequences));
      assert.deepEqual([...requested], lost.map((index) => start + index));
      for (const index of lost) scene.give(packets[index]!, "retransmission");
      scene.runTo(1000);
      const given = scene.given;
      assert.deepEqual(given.map(([number]) => number), given.map((_, index) => count + index));
      assert.deepEqual(given[0], [count, DUE]);
      const { packetsRepaired, residualLost, messagesDropped } = scene.ledger;
      assert.deepEqual([packetsRepaired.nack, residualLost, messagesDropped], [2, 0, 0]);
    });
  }
}

Deno.test("a message that is whole late is given out at once, if no newer one was", () => {
  const scene = new MessageScene(dataInfo(0), "normal");
  const first = packetsOf({ count: 1, size: 3000, at: 0, sequence: 0 });
  scene.giveAll(first, (index) => index === 1);
  scene.runTo(400);
  assert.deepEqual(scene.given, []);
  scene.give(first[1]!, "retransmission");
  scene.runTo(401);
  assert.deepEqual(scene.given, [[1, 400]]);
  const next = first.length;
  const late = packetsOf({ count: 2, size: 3000, at: 450, sequence: next });
  scene.giveAll(late, (index) => index === 1);
  scene.giveAll(packetsOf({ count: 3, at: 500, sequence: next + late.length }));
  scene.runTo(1000);
  assert.deepEqual(scene.counts, [1, 3]);
  assert.equal(scene.dropped, 1);
  const before = scene.requests.length;
  scene.give(late[1]!, "retransmission");
  scene.runTo(3000);
  assert.deepEqual(scene.counts, [1, 3]);
  assert.equal(scene.requests.length, before, "what is dropped is not requested");
  assert.equal(scene.ledger.residualLost, 0, "its packet came all the same");
});

Deno.test("messages of which nothing came are dropped too; before the first one nothing is", () => {
  const scene = new MessageScene(dataInfo(0), "normal");
  scene.giveAll(values(0, 1, 3), (index) => index < 2);
  scene.runTo(400);
  assert.deepEqual([scene.counts, scene.dropped], [[3], 0]);
  scene.giveAll(values(3, 4, 3, 400), (index) => index < 2);
  scene.runTo(1000);
  assert.deepEqual([scene.counts, scene.dropped], [[3, 6], 2]);
  assert.equal(scene.ledger.maxGap, 2);
});

Deno.test("packets of a large message tell nothing of the path, whatever comes between them", () => {
  const scene = new MessageScene(dataInfo(0), "normal");
  for (let round = 0; round < 5; round++) {
    const packets = mixed(round * 100, 1 + 100 * round, 40_000, 300 * round);
    packets.forEach((packet, index) => {
      // They leave one every 2 ms; those of small messages at their time.
      const isSmall = packet.marker && index < packets.length - 1;
      scene.runTo(300 * round + DELAY + (isSmall ? packet.ticks - 300 * round : 2 * index));
      scene.give({ ...packet, sequence: packet.sequence });
    });
  }
  scene.runTo(2500);
  assert.ok(scene.ledger.jitter < 0.01, `${scene.ledger.jitter}`);
  assert.ok(scene.given.every(([, at]) => at > 0));
});

Deno.test("an adaptive latency grows until large messages are whole in time", () => {
  const scene = new MessageScene(dataInfo(0), "low");
  let sequence = 0;
  const lateBy: number[] = [];
  for (let count = 1; count <= 20; count++) {
    const at = 200 * count;
    const packets = packetsOf({ count, size: 60_000, at, sequence });
    sequence += packets.length;
    packets.forEach((packet, index) => {
      scene.runTo(at + DELAY + 2 * index);
      scene.give(packet);
    });
    const wholeAt = at + DELAY + 2 * (packets.length - 1);
    scene.runTo(at + 199);
    lateBy.push(wholeAt - (at + DELAY) - 1000 * scene.ledger.jitterBufferTargetDelay);
  }
  assert.ok(lateBy[0]! > 0, "the shortest latency is too short");
  assert.ok(lateBy.at(-1)! < 0, `${lateBy.at(-1)}`);
  assert.ok(lateBy.at(-1)! > -50, "and it does not grow without need");
  assert.equal(scene.dropped, 0);
});

for (const start of STARTS) {
  Deno.test(`a late joiner is given the last message from before, outside the ledger, from ${start}`, () => {
    const next = start + 100;
    const scene = new MessageScene(dataInfo(start, { nextSequence: next }), "normal");
    const past = packetsOf({ count: 7, size: 20_000, at: 0, sequence: next - 30 });
    past.forEach((packet, index) => {
      if (index !== 4) scene.give(packet, "retransmission");
    });
    scene.runTo(50);
    const requested = new Set(scene.requests.flatMap(({ sequences }) => sequences));
    assert.ok(requested.has(past[4]!.sequence));
    assert.ok(![...requested].some((sequence) => sequence < past[0]!.sequence));
    scene.give(past[4]!, "retransmission");
    scene.runTo(60);
    assert.deepEqual(scene.given, [[7, 50]]);
    scene.giveAll(values(next, 10, 3, 1000));
    scene.runTo(2000);
    assert.deepEqual(scene.counts, [7, 10, 11, 12]);
    const { packetsExpected, packetsReceived, packetsRepaired, messagesDropped } = scene.ledger;
    assert.deepEqual([packetsExpected, packetsReceived, packetsRepaired.nack], [3, 3, 0]);
    assert.equal(messagesDropped, 0, "what was sent before the join is not missed");
    const after = scene.requests.length;
    scene.runTo(6000);
    assert.equal(scene.requests.length, after);
  });
}

Deno.test("messages that wait at the end of the channel are given out; unfinished ones are dropped", () => {
  const scene = new MessageScene(dataInfo(0), "normal");
  scene.giveAll(values(0, 1, 5));
  scene.runTo(300);
  const whole = packetsOf({ count: 6, at: 300, sequence: 5 });
  const unfinished = packetsOf({ count: 7, size: 5000, at: 310, sequence: 6 });
  scene.giveAll([...whole, ...unfinished], (index) => index === 3);
  scene.streams.endChannel(scene.info.ssrc, 6 + unfinished.length, scene.now);
  scene.runTo(5000);
  assert.deepEqual(scene.given.at(-1), [6, 300 + DUE]);
  assert.equal(scene.streams.get(scene.info.ssrc), undefined);
  const { messagesDropped, messagesReceived, residualLost } = scene.ledger;
  assert.deepEqual([messagesReceived, messagesDropped, residualLost], [6, 1, 1]);
});

Deno.test("a host that restarted begins with message 1 again, in another stream; the ledger is the sum", () => {
  const scene = new MessageScene(dataInfo(0), "normal");
  scene.giveAll(values(0, 100, 5));
  scene.runTo(400);
  const info = dataInfo(30, { ssrc: 888 });
  scene.adopt([info]);
  scene.info = info;
  scene.giveAll(values(30, 1, 3, 500, 888));
  scene.runTo(1000);
  assert.deepEqual(scene.counts, [100, 101, 102, 103, 104, 1, 2, 3]);
  const { messagesReceived, messagesDropped, packetsExpected } = scene.ledger;
  assert.deepEqual([messagesReceived, messagesDropped, packetsExpected], [8, 0, 8]);
});

Deno.test("a new session of the same stream goes on, and requests what it missed", () => {
  const scene = new MessageScene(dataInfo(0), "normal");
  scene.giveAll(values(0, 1, 5));
  scene.runTo(400);
  scene.adopt([{ ...scene.info, nextSequence: 8 }]);
  scene.giveAll(values(8, 9, 3, 450));
  assert.deepEqual(
    [...new Set(scene.requests.flatMap(({ sequences }) => sequences))],
    [5, 6, 7],
  );
  scene.runTo(1000);
  assert.deepEqual(scene.counts, [1, 2, 3, 4, 5, 9, 10, 11]);
  assert.equal(scene.dropped, 3);
});

Deno.test("a channel that ends and begins again gives out what waits, then the new messages", () => {
  const scene = new MessageScene(dataInfo(0), "normal");
  scene.giveAll(values(0, 1, 5));
  scene.begin(dataInfo(0, { ssrc: 999 }));
  scene.giveAll(values(0, 1, 3, 100, 999));
  scene.runTo(1000);
  assert.deepEqual(scene.counts, [1, 2, 3, 4, 5, 1, 2, 3]);
});

Deno.test("whatever a network does, messages are given out once, in order, as they were sent, and the ledger adds up", () => {
  const fate = fc.record({
    isLost: fc.nat(9).map((roll) => roll < 2),
    delay: fc.nat(60),
    copies: fc.constantFrom(1, 1, 1, 2),
  });
  const sizes = fc.array(fc.constantFrom(50, 50, 50, 5000, 12_000), {
    minLength: 3,
    maxLength: 25,
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...STARTS),
      fc.constantFrom(...COUNTS),
      sizes,
      fc.array(fate, { minLength: 40, maxLength: 40 }),
      fc.nat(),
      (start, count, sizes, fates, seed) => {
        const rng = new SeededRng(seed);
        const scene = new MessageScene(dataInfo(start), "normal");
        let sequence = start;
        const packets = sizes.flatMap((size, index) => {
          const all = packetsOf({ count: count + index, size, at: 20 * index, sequence });
          sequence += all.length;
          return all;
        });
        const arrivals = packets.flatMap((packet, index): Arriving[] => {
          const { isLost, delay, copies } = fates[index % fates.length]!;
          const at = packet.ticks + DELAY + delay;
          const repairedAt = at + 30 + (rng.uint32() % 300);
          return isLost
            ? [{ at: repairedAt, packet, way: "retransmission" }]
            : Array.from({ length: copies }, () => ({ at, packet, way: "original" }));
        }).sort((one, other) => one.at - other.at);
        for (const { at, packet, way } of arrivals) {
          scene.runTo(at);
          scene.give(packet, way);
        }
        scene.runTo(5000);
        const { counts } = scene;
        assert.deepEqual(counts, [...new Set(counts)].sort((one, other) => one - other));
        assert.ok(counts.includes(count + sizes.length - 1), "the newest is whole in the end");
        assert.equal(scene.dropped, counts.at(-1)! - counts[0]! + 1 - counts.length);
        assert.equal(scene.ledger.residualLost, 0);
        assert.deepEqual(scene.junk.snapshot(), {});
      },
    ),
    runs(60),
  );
});
