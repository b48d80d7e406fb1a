/*
 * A crowd gets what is sent to all in slots: each listener all packets at the same distance, while repair,
 * reports and the end are as if it were alone.
 */
import assert from "node:assert/strict";
import { SLOT_COUNT, SLOT_SIZE } from "../../server/edge/sending/slots.ts";
import type { Millis } from "../../shared/core/units.ts";
import { fromNtp, toNtp } from "../../shared/rtcp/ntp.ts";
import { joinLightCrowd, type LightListener } from "../fakes/light_crowd.ts";
import { VirtualWorld } from "../fakes/virtual_world.ts";
import { assertExact, hasJoined, LOSSY } from "./scenario.ts";

/** Of the MP3 that hosts send here. */
const FRAME_MILLIS = 1152 / 44.1;
/** A time since 1970 as a 64-bit number has steps of a quarter of a microsecond. */
const ROUNDING: Millis = 0.01;
const COMPLETE = 8;
const REPORT = {
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequence: 0,
  jitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
};

/** How long after the first listener each got the packets that all got since `forget`, for each listener. */
function delaysOf(crowd: readonly LightListener[]): Millis[][] {
  const first = new Map<number, { at: Millis; count: number }>();
  for (const { sequenceNumber, at } of crowd.flatMap(({ media }) => media)) {
    const packet = first.get(sequenceNumber) ?? { at, count: 0 };
    first.set(sequenceNumber, { at: Math.min(packet.at, at), count: packet.count + 1 });
  }
  const isOfAll = (number: number) => first.get(number)!.count === crowd.length;
  return crowd.map(({ media }) =>
    media.filter(({ sequenceNumber }) => isOfAll(sequenceNumber))
      .map(({ sequenceNumber, at }) => at - first.get(sequenceNumber)!.at)
  );
}

function forget(crowd: readonly LightListener[]): void {
  for (const { media, control } of crowd) media.length = control.length = 0;
}

/** The same path for complete listeners, none for light ones. */
function pathOf(index: number) {
  return index < COMPLETE ? { ...LOSSY, reorder: 0, duplicate: 0 } : {};
}

Deno.test("each of 3000 gets every packet once, always as late after the first of them", () => {
  const world = new VirtualWorld({ isPlain: true, server: { capacity: 4000, hasEvents: false } });
  world.startHost();
  const crowd = joinLightCrowd(world, 3000);
  world.run(500);
  forget(crowd);
  world.run(1000);
  const slots = new Map<number, number>();
  for (const delays of delaysOf(crowd)) {
    assert.ok(delays.length >= 36);
    const [least, most] = [Math.min(...delays), Math.max(...delays)];
    assert.ok(most - least < ROUNDING, `${least} to ${most} ms`);
    assert.ok(most < FRAME_MILLIS / 2);
    const slot = Math.round(least / (FRAME_MILLIS / 2) * SLOT_COUNT);
    slots.set(slot, (slots.get(slot) ?? 0) + 1);
  }
  const counts = [...slots].sort(([one], [other]) => one - other);
  const expected = [0, 1, 2, 4, 5, 7, 9].map((slot) => [slot, SLOT_SIZE]);
  expected.splice(5, 0, [6, 200]);
  assert.deepEqual(counts, expected);
  for (const { media } of crowd) {
    const numbers = media.map(({ sequenceNumber }) => sequenceNumber);
    assert.deepEqual(numbers, numbers.map((_, index) => (numbers[0]! + index) & 0xffff));
  }
  const { overflowed, listeners } = world.host!.core.stats();
  assert.deepEqual({ overflowed, listeners }, { overflowed: 0, listeners: 3000 });
});

Deno.test("500 get a packet at the same moment", () => {
  const world = new VirtualWorld({ isPlain: true, server: { capacity: 4000, hasEvents: false } });
  world.startHost();
  const crowd = joinLightCrowd(world, 500);
  forget(crowd);
  world.run(1000);
  for (const delays of delaysOf(crowd)) {
    assert.ok(delays.length >= 36);
    assert.equal(Math.max(...delays), 0);
  }
});

Deno.test("a report says what was sent to those who get it, and tells the time at which it leaves", () => {
  const world = new VirtualWorld({ isPlain: true, server: { capacity: 4000, hasEvents: false } });
  world.startHost();
  const crowd = joinLightCrowd(world, 1000);
  world.run(1000);
  forget(crowd);
  world.run(4000);
  for (const { media, control, info } of crowd) {
    const { sequenceBase } = info!.channels[0]!;
    const reports = control.filter(({ message }) => message.type === "senderReport");
    assert.ok(reports.length >= 3);
    for (const { message, at } of reports) {
      assert(message.type === "senderReport");
      assert.ok(Math.abs(fromNtp(message.ntpTime, at) - at) < 1, "its slot is not in the time");
      const before = media.filter((packet) => packet.at <= at).at(-1);
      if (!before) continue;
      const sent = (before.sequenceNumber - sequenceBase + 1) & 0xffff;
      assert.equal(message.packetCount & 0xffff, sent);
    }
  }
});

Deno.test("what is asked for is answered at once, while slots wait", () => {
  const world = new VirtualWorld({ isPlain: true, server: { capacity: 4000, hasEvents: false } });
  world.startHost();
  const crowd = joinLightCrowd(world, 1000);
  world.run(1000);
  forget(crowd);
  const asks = crowd.filter((_, index) => index % 31 === 0);
  let inSlots = 0;
  for (const listener of asks) {
    world.run(3.1);
    const at = world.now;
    const ssrc = listener.info!.listenerSsrc;
    // The answer is no longer than the question, so that has reports.
    const reports = [{ ...REPORT, ssrc: listener.info!.channels[0]!.ssrc }];
    const ask = { type: "referenceTime", ssrc, ntpTime: toNtp(at) } as const;
    listener.tell({ type: "receiverReport", ssrc, reports }, ask);
    world.run(0);
    const echo = listener.control.find(({ message }) => message.type === "referenceTimeEcho");
    assert.equal(echo?.at, at);
    const count = listener.control.findLast(({ message }) => message.type === "senderReport")
      ?.message;
    assert(count?.type === "senderReport");
    const last = crowd.flatMap(({ media }) => media.slice(-1)).map((one) => one.sequenceNumber);
    inSlots += Number(new Set(last).size > 1);
    const own = listener.media.at(-1);
    const { sequenceBase } = listener.info!.channels[0]!;
    if (own) {
      assert.equal(count.packetCount & 0xffff, (own.sequenceNumber - sequenceBase + 1) & 0xffff);
    }
  }
  assert.ok(inSlots >= 5, "some asked while a packet was between its slots");
});

Deno.test("a request for a packet whose slot has not come is not answered, one for a lost packet is", () => {
  const world = new VirtualWorld({ isPlain: true, server: { capacity: 4000, hasEvents: false } });
  world.startHost();
  const crowd = joinLightCrowd(world, 1000);
  world.run(1000);
  const last = crowd.at(-1)!;
  const { ssrc: mediaSsrc, rtx } = last.info!.channels[0]!;
  const { listenerSsrc: ssrc } = last.info!;
  const newest = () => Math.max(...crowd.map(({ media }) => media.at(-1)!.sequenceNumber));
  const before = newest();
  while (newest() === before) world.run(0.5);
  assert.notEqual(last.media.at(-1)!.sequenceNumber, newest(), "its slot has not come");
  const again = () => last.media.filter((packet) => packet.ssrc === rtx!.ssrc).length;
  last.tell({ type: "nack", ssrc, mediaSsrc, sequences: [newest()] });
  world.run(0);
  assert.equal(again(), 0);
  assert.deepEqual(world.host!.core.stats().unanswered, { neverSent: 1 });
  last.tell({ type: "nack", ssrc, mediaSsrc, sequences: [before] });
  world.run(0);
  assert.equal(again(), 1);
});

Deno.test("in a crowd lost packets are repaired as without, and ledgers are exact to the end", () => {
  const cost = (crowdOf: number) => {
    const world = new VirtualWorld({
      isPlain: true,
      seed: 5,
      server: { capacity: 4000, hasEvents: false },
      towardsListener: pathOf,
      towardsHost: pathOf,
    });
    const { core } = world.startHost();
    joinLightCrowd(world, crowdOf);
    const complete = Array.from({ length: COMPLETE }, () => world.addListener());
    world.runUntil(() => complete.every(hasJoined), 3000, "all join");
    world.run(12_000);
    world.finish();
    for (const listener of complete) {
      assertExact(world, listener);
      assert.ok(listener.hasEnded);
    }
    const ledgers = complete.map((listener) => world.channel(listener, "audio"));
    const sum = (of: (ledger: (typeof ledgers)[number]) => number) =>
      ledgers.reduce((all, ledger) => all + of(ledger), 0);
    const { retransmitted, unanswered } = core.stats();
    const lost = sum(({ networkLost }) => networkLost);
    return {
      perLoss: retransmitted / lost,
      residual: sum(({ residualLost }) => residualLost) / sum((ledger) => ledger.packetsExpected),
      neverSent: unanswered.neverSent ?? 0,
      roundTrips: core.listeners(world.now).map(({ roundTrip }) => roundTrip),
    };
  };
  const [alone, inCrowd] = [cost(0), cost(600)];
  assert.ok(inCrowd.perLoss < 1.15 * alone.perLoss, JSON.stringify({ alone, inCrowd }));
  assert.ok(inCrowd.residual <= alone.residual + 0.002, JSON.stringify({ alone, inCrowd }));
  assert.equal(inCrowd.neverSent, alone.neverSent);
});

Deno.test("encrypted too: as a crowd forms and until the end each listener has all, once and in order", () => {
  const world = new VirtualWorld({ server: { capacity: 4000, hasEvents: false } });
  world.startHost();
  for (let index = 0; index < 510; index++) {
    world.addListener();
    if (index % 20 === 19) world.run(50);
  }
  world.runUntil(() => world.listeners.every(hasJoined), 5000, "all join");
  world.run(2000);
  world.finish();
  const { overflowed, packetsEncrypted, channels } = world.host!.core.stats();
  assert.equal(overflowed, 0);
  assert.equal(packetsEncrypted, channels[0]!.packetCount, "each is encrypted once");
  for (const listener of world.listeners) {
    assertExact(world, listener);
    const { packetsExpected, packetsReceived, networkLost, packetsDuplicated, packetsReordered } =
      world
        .channel(listener, "audio");
    assert.equal(packetsReceived, packetsExpected);
    assert.deepEqual([networkLost, packetsDuplicated, packetsReordered], [0, 0, 0]);
  }
});
