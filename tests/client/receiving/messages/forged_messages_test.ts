import assert from "node:assert/strict";
import fc from "fast-check";
import { viewOf } from "../../../../shared/core/bytes.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { packData } from "../../../../shared/data/fragments.ts";
import { runs } from "../../../runs.ts";
import {
  dataInfo,
  type DataPacket,
  DELAY,
  messageBytes,
  MessageScene,
  packetsOf,
} from "./message_scene.ts";

// Another listener has the group's key, and so can send packets that look like the host's; but it can't sign.

/** A payload that the host did not send. */
function forgedPayload(number: number, offset: number, length: number, size = 100): Uint8Array {
  const payload = new Uint8Array(12 + size).fill(0xee);
  const view = viewOf(payload);
  view.setUint32(0, number);
  view.setUint32(4, offset);
  view.setUint32(8, length);
  return payload;
}

/** Messages of several packets, one every 40 ms; the numbers of packets leave room for one forged one after each. */
function messages(amount: number): DataPacket[][] {
  let sequence = 0;
  return Array.from({ length: amount }, (_, index) => {
    const packets = packetsOf({ count: index + 1, size: 4000, at: 40 * index, sequence });
    sequence += packets.length;
    return packets;
  });
}

const upTo = (amount: number) => Array.from({ length: amount }, (_, index) => index + 1);

const FORGERIES: Readonly<Record<string, (packet: DataPacket) => DataPacket>> = {
  "a number 2^31 ahead": (packet) => ({
    ...packet,
    payload: forgedPayload(2 ** 31 + 5, 0, 2000),
  }),
  "a number just before 2^31 ahead": (packet) => ({
    ...packet,
    payload: forgedPayload(2 ** 31 - 1, 0, 2000),
  }),
  "the next numbers": (packet) => ({
    ...packet,
    payload: forgedPayload(viewOf(packet.payload).getUint32(0) + 1, 0, 2000),
  }),
  "a length of megabytes": (packet) => ({
    ...packet,
    payload: forgedPayload(viewOf(packet.payload).getUint32(0), 0, 5_000_000),
  }),
  "a length of its own, whole": (packet) => ({
    ...packet,
    payload: forgedPayload(viewOf(packet.payload).getUint32(0), 0, 100),
  }),
  "other bytes": (packet) => {
    const payload = packet.payload.slice();
    payload[20]! ^= 1;
    return { ...packet, payload };
  },
  "another time": (packet) => ({ ...packet, ticks: packet.ticks + 3000 }),
  "a marker in the midst": (packet) => ({ ...packet, marker: true }),
  "no payload": (packet) => ({ ...packet, payload: new Uint8Array() }),
};

for (const [name, forge] of Object.entries(FORGERIES)) {
  Deno.test(`a forged packet before each of the host's, under the same numbers, changes no message: ${name}`, () => {
    const scene = new MessageScene(dataInfo(0), 300);
    for (const packets of messages(20)) {
      for (const packet of packets) {
        scene.runTo(packet.ticks + DELAY);
        scene.give(forge(packet));
        scene.give(packet);
      }
    }
    scene.runTo(3000);
    assert.deepEqual(scene.counts, upTo(20));
    assert.equal(scene.dropped, 0);
  });
}

Deno.test("a forged packet in place of the host's costs at most its message", () => {
  const scene = new MessageScene(dataInfo(0), 300);
  const all = messages(20);
  for (const packets of all) {
    packets.forEach((packet, index) => {
      scene.runTo(packet.ticks + DELAY);
      const isForged = index === 1 && packet.ticks === 200;
      scene.give(isForged ? FORGERIES["other bytes"]!(packet) : packet);
    });
  }
  scene.runTo(3000);
  assert.deepEqual(scene.counts, upTo(20).filter((count) => count !== 6));
  assert.equal(scene.dropped, 1);
  assert.deepEqual(scene.junk.snapshot(), { unsigned: 1 });
});

Deno.test("an authentic message under another number is not given out", () => {
  const scene = new MessageScene(dataInfo(0), 300);
  const renumbered = packData(9, messageBytes(1)).map((one) => ({ ...one, sequence: 0, ticks: 0 }));
  scene.runTo(DELAY);
  for (const packet of renumbered) scene.give(packet);
  scene.runTo(1000);
  assert.deepEqual(scene.counts, []);
  assert.deepEqual(scene.junk.snapshot(), { unsigned: 1 });
});

Deno.test("a copy of an authentic message at another time does not hold it back, nor bring it again", () => {
  const scene = new MessageScene(dataInfo(0), 300);
  const [first, second] = [
    packetsOf({ count: 1, at: 0, sequence: 0 }),
    packetsOf({ count: 2, at: 40, sequence: 1 }),
  ];
  scene.runTo(DELAY);
  scene.give(first[0]!);
  scene.runTo(45);
  scene.give({ ...second[0]!, ticks: 9000 });
  scene.runTo(1600);
  assert.deepEqual(scene.counts, [1, 2], "it is due a second after the latency at the latest");
  scene.give({ ...first[0]!, sequence: 2, ticks: 1590 });
  scene.give({ ...second[0]!, sequence: 3, ticks: 1590 });
  scene.runTo(5000);
  assert.deepEqual(scene.counts, [1, 2]);
});

Deno.test("forged messages without end take bounded memory, and the host's go on beside them", () => {
  const scene = new MessageScene(dataInfo(0), 300);
  let sequence = 0;
  for (let index = 0; index < 30; index++) {
    for (const packet of packetsOf({ count: index + 1, size: 3000, at: 40 * index, sequence: 0 })) {
      scene.runTo(packet.ticks + DELAY);
      scene.give({ ...packet, sequence: sequence++ });
      for (let forged = 0; forged < 40; forged++) {
        const number = 1000 * index + sequence + forged;
        const payload = forgedPayload(number, 0, 5_000_000, 1000);
        scene.give({ ...packet, sequence: sequence++, payload, marker: false });
      }
    }
  }
  scene.runTo(3000);
  assert.deepEqual(scene.counts, upTo(30));
  assert.ok(scene.junk.snapshot().overflow! > 1000);
});

Deno.test("packets that move the stream ahead are found out; messages go on, and none comes again", () => {
  const scene = new MessageScene(dataInfo(0), 300);
  let at = 0;
  const give = (count: number) => {
    const [packet] = packetsOf({ count, at, sequence: count - 1 });
    scene.runTo(at + DELAY);
    scene.give(packet!);
    at += 40;
  };
  const report = (sequence: number) =>
    scene.stream.onSenderReport(
      {
        type: "senderReport",
        ssrc: scene.info.ssrc,
        ntpTime: { seconds: 0, fraction: 0 } as never,
        rtpTimestamp: 0,
        packetCount: sequence + 1,
        octetCount: 0,
      },
      scene.now,
      () => false,
    );
  for (let count = 1; count <= 20; count++) give(count);
  report(19);
  for (let ahead = 100; ahead <= 40_000; ahead += 100) {
    const payload = forgedPayload(2 ** 30, 0, 5000);
    scene.give({ sequence: 19 + ahead, ticks: at, marker: false, payload });
  }
  for (let count = 21; count <= 200; count++) {
    give(count);
    if (count % 25 === 0) report(count - 1);
  }
  scene.runTo(at + 1000);
  const { counts } = scene;
  assert.deepEqual(counts, [...new Set(counts)].sort((one, other) => one - other));
  assert.deepEqual(counts.slice(0, 10), upTo(10));
  const since = counts.filter((count) => count > 60);
  assert.deepEqual(since, upTo(200).slice(60), "after about a second");
});

Deno.test("whatever another listener sends, the host's messages are given out, in order and as they were sent", () => {
  const kinds = Object.keys(FORGERIES);
  const forgery = fc.record({
    kind: fc.constantFrom(...kinds),
    isBefore: fc.boolean(),
    isAhead: fc.boolean(),
    place: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.array(forgery, { maxLength: 25 }), fc.nat(), (forgeries, seed) => {
      const rng = new SeededRng(seed);
      const scene = new MessageScene(dataInfo(65_500), 300);
      const packets = messages(15).flat().map((packet) => ({
        ...packet,
        sequence: 65_500 + packet.sequence,
      }));
      packets.forEach((packet, place) => {
        scene.runTo(packet.ticks + DELAY);
        const here = forgeries.filter((one) => one.place === place);
        const give = (isBefore: boolean) => {
          for (const { kind, isAhead } of here.filter((one) => one.isBefore === isBefore)) {
            const forged = FORGERIES[kind]!(packet);
            const ahead = isAhead ? rng.uint32() % 90 : 0;
            scene.give({ ...forged, sequence: forged.sequence + ahead });
          }
        };
        give(true);
        scene.give(packet);
        give(false);
      });
      scene.runTo(4000);
      assert.deepEqual(scene.counts, upTo(15));
    }),
    runs(60),
  );
});
