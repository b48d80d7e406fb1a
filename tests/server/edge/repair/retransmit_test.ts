import assert from "node:assert/strict";
import { timelineOf } from "../../../fakes/memory_store.ts";
import type { RtcpMessage } from "../../../../shared/rtcp/rtcp.ts";
import type { RtpPacket } from "../../../../shared/rtp/rtp.ts";
import { unpackRtx } from "../../../../shared/rtp/rtx.ts";
import { SEQUENCE_STARTS } from "../../../loopback/scenario.ts";
import { goal, Guest, MP3, Stage, START } from "../../kit.ts";

/** A host after one second, with listeners; what they were sent so far is discarded. */
function onAir(
  listeners = 1,
  { sequenceStart = 1000, latencyMillis }: {
    readonly sequenceStart?: number;
    readonly latencyMillis?: number;
  } = {},
) {
  const stage = new Stage({ audio: MP3, sequenceStart, waitFor: listeners }).pushFrames(60);
  const guests = Array.from({ length: listeners }, () => new Guest(stage));
  for (const guest of guests) guest.join({ latencyMillis });
  stage.run(1000);
  stage.tell((core) => core.advance(stage.now));
  for (const guest of guests) guest.listen().rtp.length = 0;
  return { stage, guests, guest: guests[0]! };
}

function nack(guest: Guest, sequences: number[], channel: "audio" | "events" = "audio"): void {
  const { ssrc } = guest.channel(channel);
  guest.tell({ type: "nack", ssrc: guest.info!.listenerSsrc, mediaSsrc: ssrc, sequences });
}

/** The retransmissions since the last call, with the original sequence numbers. */
function takeAgain(guest: Guest, channel: "audio" | "events" = "audio"): RtpPacket[] {
  const { rtx, ssrc, payloadType } = guest.channel(channel);
  const again = guest.listen().rtp.filter((packet) => packet.ssrc === rtx!.ssrc);
  guest.rtp.length = 0;
  return again.map((packet) => {
    assert.equal(packet.payloadType, rtx!.payloadType);
    const original = unpackRtx(packet, { ssrc, payloadType });
    assert(original.ok);
    return original.value;
  });
}

const numbers = (packets: readonly RtpPacket[]) => packets.map((packet) => packet.sequenceNumber);

for (const sequenceStart of SEQUENCE_STARTS) {
  Deno.test(`a requested packet is sent again as it was, from ${sequenceStart}`, () => {
    const stage = new Stage({ audio: MP3, sequenceStart, waitFor: 1 }).pushFrames(60);
    const guest = new Guest(stage);
    guest.join();
    stage.run(1000);
    const originals = guest.packets("audio").slice(0, 10);
    guest.rtp.length = 0;
    nack(guest, originals.map((packet) => packet.sequenceNumber));
    const again = takeAgain(guest);
    assert.deepEqual(again, originals);
  });
}

Deno.test("on a path with bursts each packet is sent twice, and three times if no other try is possible", () => {
  const copies = (latencyMillis?: number) => {
    const { stage, guest } = onAir(1, { latencyMillis });
    nack(guest, [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007]);
    stage.run(15);
    takeAgain(guest);
    nack(guest, [1038]);
    stage.run(15);
    return takeAgain(guest).length;
  };
  assert.deepEqual([copies(), copies(80), copies(35)], [2, 2, 3]);
});

Deno.test("a packet is sent again as soon as one has arrived that was sent well after it", () => {
  const { stage, guest } = onAir();
  const { ssrc: mediaSsrc, rtx } = guest.channel("audio");
  const { listenerSsrc: ssrc } = guest.info!;
  const came = (of: number, sequence: number, millis = 0): RtcpMessage => (
    { type: "packetReceipt", ssrc, mediaSsrc: of, sequence, delaySince: Math.ceil(millis * 65.536) }
  );
  const again = (...receipts: RtcpMessage[]) => {
    guest.tell(...receipts, { type: "nack", ssrc, mediaSsrc, sequences: [1005] });
    return takeAgain(guest).length;
  };
  assert.equal(again(), 1);
  stage.run(3);
  nack(guest, [1010]);
  assert.equal(takeAgain(guest).length, 1);
  assert.equal(again(came(rtx!.ssrc, 1)), 0, "3 ms later: it may just have overtaken");
  stage.run(3);
  nack(guest, [1015]);
  assert.equal(takeAgain(guest).length, 1);
  assert.equal(again(came(rtx!.ssrc, 2)), 1, "6 ms later, and nowhere near a round trip");
  stage.run(10);
  takeAgain(guest);
  assert.equal(again(came(rtx!.ssrc, 1, 7)), 0, "what came 7 ms after the first");
  assert.equal(again(came(mediaSsrc, 1000)), 0, "an old original tells nothing");
  assert.equal(again(came(mediaSsrc, 40_000)), 0, "one that was never sent neither");
  assert.equal(again(came(rtx!.ssrc, 1, 100)), 1, "having waited for so long it would have come");
});

Deno.test("NACKs repeated within a round trip are answered once, later ones with more copies", () => {
  const { stage, guest } = onAir();
  const count = () => {
    nack(guest, [1005]);
    stage.run(21);
    return takeAgain(guest).length;
  };
  assert.deepEqual([count(), count(), count()], [1, 2, 3]);
  nack(guest, [1006]);
  nack(guest, [1006]);
  stage.run(10);
  nack(guest, [1006]);
  stage.run(5);
  assert.deepEqual(numbers(takeAgain(guest)), [1006]);
});

Deno.test("the last try that can be in time has one copy more", () => {
  const tries = (latencyMillis: number) => {
    const { stage, guest } = onAir(1, { latencyMillis });
    nack(guest, [1038]);
    stage.run(19);
    return takeAgain(guest).length;
  };
  assert.deepEqual([tries(2000), tries(20)], [1, 2]);
  assert.deepEqual(
    [tries(45), tries(35)],
    [1, 2],
    "another may just fit, if its request is not lost",
  );
});

Deno.test("copies are sent 4 ms apart, or closer when the last one would be too late", () => {
  const departures = (latencyMillis: number) => {
    const { stage, guest } = onAir(1, { latencyMillis });
    const counts: number[] = [];
    nack(guest, [1038]);
    for (let milli = 0; milli < 6; milli++) {
      counts.push(takeAgain(guest).length);
      stage.run(1);
    }
    return counts;
  };
  assert.deepEqual(departures(30), [1, 0, 0, 0, 1, 0]);
  assert.deepEqual(departures(10), [1, 1, 0, 0, 0, 0], "no time left");
});

Deno.test("requests for packets that were never sent, or are too old, are counted only", () => {
  const { stage, guest } = onAir();
  stage.run(4000);
  guest.report();
  guest.listen().rtp.length = 0;
  nack(guest, [1000, 1001]);
  nack(guest, [2000, 2001, 40_000]);
  assert.deepEqual(takeAgain(guest), []);
  stage.run(1000);
  const stats = stage.said("stats").at(-1)!;
  assert.deepEqual(stats.unanswered, { gone: 3, neverSent: 2 });
  assert.equal(stats.retransmitted, 0);
});

Deno.test("packets are kept for two seconds, and for twice the longest latency", () => {
  const { stage, guest } = onAir(1, { latencyMillis: 3000 });
  stage.run(4500);
  guest.report();
  nack(guest, [1001]);
  assert.deepEqual(numbers(takeAgain(guest)), [1001]);
});

Deno.test("NACKs of strangers, for other streams or with another's SSRC have no effect", () => {
  const { stage, guest } = onAir();
  const junk = () => stage.core.stats().junk;
  const { listenerSsrc } = guest.info!;
  guest.tell({ type: "nack", ssrc: listenerSsrc, mediaSsrc: 1, sequences: [1005] });
  guest.tell({
    type: "nack",
    ssrc: listenerSsrc + 1,
    mediaSsrc: guest.channel("audio").ssrc,
    sequences: [1005],
  });
  const receipt = { type: "packetReceipt", mediaSsrc: 1, sequence: 0, delaySince: 0 } as const;
  assert.equal(junk().unknownSsrc, 2);
  guest.tell({ ...receipt, ssrc: listenerSsrc });
  assert.equal(junk().unknownSsrc, 3);
  const stranger = new Guest(stage);
  stranger.messages.push(...guest.messages);
  stranger.info = { ...guest.info!, listenerSsrc: listenerSsrc + 1 };
  nack(stranger, [1005]);
  assert.equal(junk().unknownSender, 1);
  stranger.info = guest.info;
  nack(stranger, [1005]);
  assert.deepEqual(stranger.listen().rtp, [], "in a listener's name it draws no media");
  assert.deepEqual(takeAgain(guest), []);
});

Deno.test("a listener gets no more retransmissions than its budget, and others are not affected", () => {
  const { stage, guests } = onAir(2);
  const [greedy, modest] = guests as [Guest, Guest];
  let bytes = 0;
  for (let round = 0; round < 60; round++) {
    nack(greedy, Array.from({ length: 30 }, (_, index) => 1005 + index));
    stage.run(21);
    bytes += takeAgain(greedy).reduce((sum, { payload }) => sum + payload.length, 0);
  }
  assert.ok(bytes > 80_000 && bytes < 120_000, `${bytes} bytes`);
  assert.ok(stage.core.stats().unanswered.overBudget! > 100);
  nack(modest, [1035]);
  assert.deepEqual(numbers(takeAgain(modest)), [1035]);
});

Deno.test("when most request one packet at once it is packed once, and sent to the others too", () => {
  const { stage, guests } = onAir(60);
  for (const guest of guests.slice(0, 31)) nack(guest, [1010]);
  stage.run(5);
  const made = guests.flatMap((guest) => guest.listen().rtp)
    .filter(({ ssrc }) => ssrc === guests[0]!.channel("audio").rtx!.ssrc);
  assert.equal(new Set(made.map(({ sequenceNumber }) => sequenceNumber)).size, 1);
  const got = guests.map((guest) => takeAgain(guest).length);
  assert.deepEqual(got, Array(60).fill(1), "nobody gets it twice");
  for (const guest of guests) nack(guest, [1010]);
  assert.ok(
    guests.every((guest) => takeAgain(guest).length === 0),
    "the packet is under way to all",
  );
});

Deno.test("half of the listeners are no storm, nor are many that request different packets", () => {
  const { guests } = onAir(40);
  for (const [index, guest] of guests.slice(0, 20).entries()) nack(guest, [1010 + index]);
  for (const guest of guests.slice(20, 40)) nack(guest, [1005]);
  assert.deepEqual(guests.map((guest) => takeAgain(guest).length), Array(40).fill(1));
});

Deno.test("any event can be requested, however old, and is sent in two copies at most", () => {
  const { stage, guest } = onAir();
  for (let index = 0; index < 30; index++) {
    stage.tell((core) => core.pushEvent(goal(`Goal ${index}`), stage.now));
  }
  for (let times = 0; times < 20; times++) {
    stage.run(5000);
    guest.report();
  }
  const { sequenceBase } = guest.channel("events");
  guest.listen().rtp.length = 0;
  for (const expected of [1, 2, 2]) {
    nack(guest, [sequenceBase + 3], "events");
    stage.run(21);
    assert.equal(takeAgain(guest, "events").length, expected);
  }
});

Deno.test("copies of an event are sent 4 ms apart, however old it is, since it is never too late", () => {
  const { stage, guest } = onAir(1, { latencyMillis: 200 });
  stage.tell((core) => core.pushEvent(goal(), stage.now));
  stage.run(1000);
  const { sequenceBase } = guest.channel("events");
  const counts = [];
  for (let milli = 0; milli < 30; milli++) {
    if (milli % 22 === 0) nack(guest, [sequenceBase], "events");
    counts.push(takeAgain(guest, "events").length);
    stage.run(1);
  }
  assert.deepEqual(counts.flatMap((count, milli) => Array(count).fill(milli)), [0, 22, 26]);
});

Deno.test("the timeline of an earlier run can be requested, and counts continue behind it", () => {
  const first = new Stage().run(1);
  for (const text of ["one", "two"]) first.tell((core) => core.pushEvent(goal(text), first.now));
  const entries = first.core.timeline.readEntries();
  const timeline = { broadcastId: "0123456789abcdef", timeline: timelineOf(entries) };
  const stage = new Stage({ timeline });
  const guest = new Guest(stage);
  guest.join();
  assert.equal(guest.info!.broadcastId, "0123456789abcdef");
  const { sequenceBase, nextSequence } = guest.channel("events");
  assert.equal(nextSequence, sequenceBase + 2);
  stage.tell((core) => core.pushEvent(goal("three"), stage.now));
  assert.deepEqual(numbers(guest.packets("events")), [(sequenceBase + 2) % 65_536]);
  nack(guest, [sequenceBase, sequenceBase + 1], "events");
  const again = takeAgain(guest, "events").map(({ payload }) => new TextDecoder().decode(payload));
  assert.deepEqual(again.map((text) => JSON.parse(text)), entries);
});

Deno.test("the round trip is first taken from the handshake, then from reports", () => {
  const { stage, guest } = onAir();
  // This listener answers at once, so that the shortest hold-off holds.
  nack(guest, [1005]);
  stage.run(19.9);
  nack(guest, [1005]);
  assert.equal(takeAgain(guest).length, 1);
  const { ntpTime } = guest.heard("senderReport").at(-1)!;
  const report = {
    ssrc: guest.channel("audio").ssrc,
    fractionLost: 0,
    cumulativeLost: 0,
    jitter: 0,
    highestSequence: 1010,
    lastSenderReport: ((ntpTime.seconds & 0xffff) * 65_536 + (ntpTime.fraction >>> 16)) >>> 0,
    delaySinceLastSenderReport: 0,
  };
  // It left at a full second.
  stage.run(100 - (stage.now - START) % 1000);
  for (let times = 0; times < 4; times++) {
    guest.tell({ type: "receiverReport", ssrc: guest.info!.listenerSsrc, reports: [report] });
  }
  nack(guest, [1006]);
  stage.run(70);
  nack(guest, [1006]);
  stage.run(10);
  assert.equal(takeAgain(guest).length, 1, "held off for about 100 ms now");
});
