import assert from "node:assert/strict";
import { middleBits, toNtp } from "../../../shared/rtcp/ntp.ts";
import { serializeRtp } from "../../../shared/rtp/rtp.ts";
import { brokenIdentity } from "../../../scripts/network/agreement.ts";
import { joined } from "../scenes.ts";
import { audioChannel, EVENTS_RTX, eventsChannel, HOST, soundDatagram } from "../scripted_host.ts";
import { STARTS, T0 } from "../starts.ts";

for (const start of STARTS) {
  Deno.test(`sound is given out in order and complete, with losses counted, from ${start}`, () => {
    const listening = joined({}, start);
    listening.stream(0, 200, start, (number) => number % 10 === 3);
    listening.senderReport(200);
    listening.run(1000);
    const ledger = listening.channel("audio");
    assert.equal(ledger.packetsExpected, 200);
    assert.equal(ledger.networkLost, 20);
    assert.equal(ledger.residualLost, 20);
    assert.equal(ledger.fractionLost, 0.1);
    assert.equal(ledger.maxGap, 1);
    assert.equal(ledger.jitterBufferEmittedCount, 180);
    assert.ok(Math.abs(ledger.jitterBufferDelay / 180 - 0.2) < 0.001);
    assert.ok(ledger.jitter < 0.0001);
    const numbers = listening.said("audio").flatMap(({ frames }) => frames)
      .map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(40));
    const sent = Array.from({ length: 200 }, (_, number) => number);
    assert.deepEqual(numbers, sent.filter((number) => number % 10 !== 3));
    const gaps = listening.said("audio").filter(({ lostBefore }) => lostBefore === 1);
    assert.equal(gaps.length, 20);
  });

  Deno.test(`media time counts from the stream's first packet, from ${start}`, () => {
    const listening = joined({}, start);
    listening.stream(0, 40, start);
    listening.run(1000);
    listening.said("audio").forEach(({ mediaTime }, index) => {
      assert.ok(Math.abs(mediaTime - index * 1152 / 44_100) < 0.0001, `${mediaTime}`);
    });
  });
}

Deno.test("copies and late packets are counted and change nothing else", () => {
  const listening = joined();
  listening.stream(0, 20, 0, (number) => number === 5);
  listening.sound(3);
  listening.sound(3);
  listening.run(500);
  listening.sound(5);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsDuplicated, 2);
  assert.equal(ledger.packetsReceived, 20);
  assert.equal(ledger.networkLost, 0);
  assert.equal(ledger.packetsDiscarded, 1);
  assert.equal(ledger.residualLost, 1);
  assert.equal(ledger.packetsReordered, 1);
  assert.equal(brokenIdentity(ledger), undefined);
});

Deno.test("each input finds the deadline anew, also when it was asked for before", () => {
  const { core } = joined();
  for (let number = 0; number < 5; number++) {
    const before = core.deadline!;
    core.advance(before);
    assert.ok(core.deadline! > before);
  }
});

Deno.test("packets that waited while the program stood still are played, not counted as late", () => {
  const listening = joined();
  listening.stream(0, 10);
  const stalledAt = listening.now;
  listening.now += 700;
  for (let number = 10; number < 30; number++) listening.sound(number);
  listening.run(1000);
  assert.ok(listening.now > stalledAt);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsDiscarded, 0);
  assert.equal(ledger.jitterBufferEmittedCount, 30);
});

Deno.test("events are given out in order, each once, and a lost event is requested until it comes", () => {
  const channels = [audioChannel(0), eventsChannel(0, { rtx: EVENTS_RTX })];
  const listening = joined({}, 0, { channels });
  const counts = () => listening.said("event").map(({ event }) => event.count);
  listening.echo();
  listening.event(0);
  listening.run(100);
  listening.event(2);
  listening.run(5);
  listening.event(1);
  listening.run(0);
  assert.deepEqual(counts(), [1, 2, 3], "an overtaken event is not requested");
  assert.deepEqual(listening.heard("nack"), []);
  listening.event(4);
  listening.run(10_000);
  assert.deepEqual(counts(), [1, 2, 3]);
  const nacks = listening.heard("nack");
  assert.ok(nacks.every(({ mediaSsrc, sequences }) => mediaSsrc === 222 && sequences[0] === 3));
  assert.ok(nacks.length >= 10 && nacks.length <= 25, `${nacks.length} requests in 10 s`);
  listening.eventAgain(3);
  listening.eventAgain(3);
  listening.run(10);
  assert.deepEqual(counts(), [1, 2, 3, 4, 5]);
  const ledger = listening.channel("events");
  assert.deepEqual(ledger.packetsRepaired, { nack: 1, fec: 0 });
  assert.deepEqual([ledger.networkLost, ledger.residualLost], [1, 0]);
  assert.equal(ledger.retransmittedPacketsReceived, 2);
  assert.equal(brokenIdentity(ledger), undefined);
});

Deno.test("a sender report reveals losses at the end", () => {
  const listening = joined();
  listening.stream(0, 50);
  listening.senderReport(57);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsExpected, 57);
  assert.equal(ledger.networkLost, 7);
});

Deno.test("reports carry what was received and the time since the sender report", () => {
  const listening = joined({}, 65_530);
  listening.echo();
  listening.stream(0, 100, 65_530, (number) => number >= 50 && number < 60);
  const reportAt = listening.now;
  listening.senderReport(100);
  listening.reports.length = 0;
  listening.run(5000);
  const [report] = listening.reports.filter((message) => message.type === "receiverReport");
  assert.ok(report?.type === "receiverReport");
  assert.equal(report.ssrc, 333);
  const audio = report.reports.find(({ ssrc }) => ssrc === 111)!;
  assert.equal(audio.fractionLost, Math.floor(10 * 256 / 100));
  assert.equal(audio.cumulativeLost, 10);
  assert.equal(audio.highestSequence, 65_530 + 99);
  assert.equal(audio.lastSenderReport, middleBits(toNtp(reportAt)));
  const reported = listening.reports.find((message) => message.type === "referenceTime");
  assert.ok(reported?.type === "referenceTime");
});

Deno.test("the round trip is measured by the host's echo of the listener's clock", () => {
  const listening = joined();
  assert.equal(listening.core.snapshot(listening.now).roundTripTime, undefined);
  listening.run(200);
  listening.echo(160);
  const { roundTripTime } = listening.core.snapshot(listening.now);
  assert.ok(Math.abs(roundTripTime! - 0.04) < 0.0005, `${roundTripTime}`);
});

Deno.test("statistics are given out once a second from the ACCEPT on", () => {
  const listening = joined();
  listening.stream(0, 400);
  const times = listening.said("stats").map(({ ledger }) => ledger.at - T0);
  assert.deepEqual(times, Array.from({ length: 10 }, (_, second) => 1000 * (second + 1)));
});

Deno.test("a report about an unknown stream is counted when no message announces the stream in two seconds", () => {
  const listening = joined();
  listening.stream(0, 10);
  const later = audioChannel(0, { channel: "screen", ssrc: 998 });
  for (let report = 0; report < 3; report++) listening.senderReport(5, 997);
  listening.senderReport(5, later.ssrc);
  listening.stream(10, 70);
  assert.deepEqual(listening.junk, {});
  listening.begin(later);
  listening.stream(80, 20);
  assert.deepEqual(listening.junk, { unknownSsrc: 1 });
  const hellos = listening.admissions.filter(({ type }) => type === "hello");
  assert.equal(hellos.length, 1, "the host is not asked");
});

Deno.test("datagrams of other senders, kinds and streams are counted by name and dropped", () => {
  const listening = joined();
  listening.stream(0, 10);
  const before = listening.channel("audio");
  const sound = soundDatagram(audioChannel(0), 0, 10);
  listening.give(sound, { ...HOST, port: 9 });
  listening.give(sound, { ...HOST, hostname: "10.0.0.2" });
  listening.give(new Uint8Array(0));
  listening.give(new Uint8Array(1300).fill(128));
  listening.give(Uint8Array.of(5, 5, 5));
  listening.give(Uint8Array.of(0x80, 14, 1));
  listening.give(Uint8Array.of(0x80, 201, 1));
  listening.give(soundDatagram(audioChannel(0, { ssrc: 999 }), 0, 10));
  listening.give(soundDatagram(audioChannel(0, { payloadType: 97 }), 0, 10));
  listening.give(soundDatagram(audioChannel(0), 0, 20_000));
  assert.deepEqual(listening.channel("audio"), before);
  listening.run(3100);
  assert.deepEqual(listening.junk, {
    unknownSender: 2,
    empty: 1,
    oversized: 1,
    unknownFirstByte: 1,
    malformedRtp: 1,
    malformedRtcp: 1,
    unknownSsrc: 1,
    wrongPayloadType: 1,
  });
});

Deno.test("no event is recovered from parity, which is not signed, even if an ACCEPT announces it", () => {
  const fec = { ssrc: 5555, payloadType: 120, nextSequence: 0 };
  const channels = [audioChannel(0), eventsChannel(0, { rtx: EVENTS_RTX, fec })];
  const listening = joined({}, 0, { channels });
  const payload = new Uint8Array(40);
  const header = { ssrc: fec.ssrc, payloadType: 120, marker: false, timestamp: 0 };
  listening.give(serializeRtp({ ...header, sequenceNumber: 0, payload }));
  listening.run(3100);
  assert.deepEqual(listening.core.snapshot(listening.now).junk, { unknownSsrc: 1 });
});
