import assert from "node:assert/strict";
import { SeededRng } from "../../shared/core/rng.ts";
import { type AcceptInfo, RejectCode } from "../../shared/wire/admission.ts";
import { middleBits, toNtp } from "../../shared/wire/ntp.ts";
import { serializeRtcp } from "../../shared/wire/rtcp.ts";
import type { ListenerConfig } from "../../client/config.ts";
import { brokenIdentity } from "../fakes/agreement.ts";
import {
  acceptInfo,
  audioChannel,
  EVENTS_RTX,
  eventsChannel,
  HOST,
  Scene,
  soundDatagram,
} from "./scripted_host.ts";
import { STARTS, T0 } from "./starts.ts";

function scene(config: Partial<ListenerConfig> = {}, seed = 1): Scene {
  return new Scene(config, new SeededRng(seed));
}

function joined(
  config: Partial<ListenerConfig> = {},
  start = 0,
  info: Partial<AcceptInfo> = {},
): Scene {
  const opened = scene(config);
  opened.join(acceptInfo(start, info));
  return opened;
}

Deno.test("it joins: HELLO, JOIN with token and name, then says so and reports at once", () => {
  const joining = scene({
    token: "evening",
    name: "kitchen",
  });
  assert.deepEqual(joining.states, ["joining"]);
  joining.retry();
  joining.run(0);
  const join = joining.admissions.at(-1);
  assert.ok(join?.type === "join");
  assert.deepEqual(join.info, { token: "evening", name: "kitchen", latencyMillis: 200 });
  joining.accept(acceptInfo(), 0x1fn);
  joining.run(0);
  const [said] = joining.said("joined");
  assert.equal(said?.connectionId, "000000000000001f");
  assert.equal(said?.again, false);
  assert.deepEqual(said?.server, HOST);
  assert.deepEqual(joining.states, ["joining", "connected"]);
  const types = joining.reports.map(({ type }) => type);
  assert.deepEqual(types, ["receiverReport", "sourceDescription", "referenceTime"]);
});

Deno.test("nobody answers: it ends after 8 s, having asked several times", () => {
  const lonely = scene();
  lonely.run(20_000);
  assert.deepEqual(lonely.said("ended"), [{ kind: "ended", reason: "timeout" }]);
  assert.ok(lonely.admissions.length >= 12 && lonely.admissions.length <= 20);
  assert.equal(lonely.core.deadline, undefined);
  assert.deepEqual(lonely.core.snapshot(lonely.now).channels, []);
});

Deno.test("turned away: it says why and ends", () => {
  const refused = scene();
  refused.retry();
  refused.run(0);
  refused.reject(RejectCode.overload, 5000);
  assert.deepEqual(refused.said("rejected"), [
    { kind: "rejected", code: 1402, reason: "no", retryAfterMillis: 5000 },
  ]);
  assert.deepEqual(refused.said("ended"), [{ kind: "ended", reason: "rejected", code: 1402 }]);
});

Deno.test("put out: it says why and ends, and a dismissal meant for another changes nothing", () => {
  const listening = joined();
  listening.stream(0, 10);
  const dismissal = { type: "dismissal", ssrc: 111, code: 1403, reason: "revoked" } as const;
  listening.give(serializeRtcp([{ ...dismissal, listenerSsrc: 334 }]));
  listening.run(500);
  assert.deepEqual(listening.said("ended"), []);
  assert.equal(listening.core.snapshot(listening.now).junk.unknownSsrc, 1);
  listening.give(serializeRtcp([{ ...dismissal, listenerSsrc: acceptInfo().listenerSsrc }]));
  assert.deepEqual(listening.said("rejected"), [
    { kind: "rejected", code: 1403, reason: "revoked", retryAfterMillis: 0 },
  ]);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "rejected", code: 1403 }]);
  assert.equal(listening.core.deadline, undefined);
});

for (const start of STARTS) {
  Deno.test(`sound comes out in order and whole, losses counted, from ${start}`, () => {
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

  Deno.test(`media time counts from the very first packet, from ${start}`, () => {
    const listening = joined({}, start);
    listening.stream(0, 40, start);
    listening.run(1000);
    listening.said("audio").forEach(({ mediaTime }, index) => {
      assert.ok(Math.abs(mediaTime - index * 1152 / 44_100) < 0.0001, `${mediaTime}`);
    });
  });
}

Deno.test("packets that overtake the ACCEPT are counted and played, with the time they came", () => {
  const joining = scene();
  joining.retry();
  joining.run(0);
  joining.sound(0);
  joining.run(26);
  joining.sound(1);
  joining.run(30);
  joining.accept();
  joining.run(1000);
  assert.equal(joining.channel("audio").packetsReceived, 2);
  assert.equal(joining.channel("audio").packetsExpected, 2);
  assert.equal(joining.said("audio").length, 2);
  assert.ok(joining.channel("audio").jitter < 0.0001);
  assert.deepEqual(joining.junk, {});
});

Deno.test("copies and late packets are counted, and change nothing else", () => {
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

Deno.test("what piled up while our program stood still is played, not called late", () => {
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

Deno.test("events come out in order, each once; one that is lost is asked for until it is there", () => {
  const channels = [audioChannel(0), eventsChannel(0, { rtx: EVENTS_RTX })];
  const listening = joined({}, 0, { channels });
  const counts = () => listening.said("event").map(({ event }) => event.count);
  listening.event(0);
  listening.run(100);
  listening.event(2);
  listening.run(5);
  listening.event(1);
  listening.run(0);
  assert.deepEqual(counts(), [1, 2, 3], "one that was overtaken is not asked for");
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

Deno.test("a lost tail shows in the sender report", () => {
  const listening = joined();
  listening.stream(0, 50);
  listening.senderReport(57);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsExpected, 57);
  assert.equal(ledger.networkLost, 7);
});

Deno.test("its reports say what it has seen, and how long ago the sender report came", () => {
  const listening = joined({}, 65_530);
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

Deno.test("the round trip comes from the host's echo of our clock", () => {
  const listening = joined();
  const sent = listening.reports.find((message) => message.type === "referenceTime");
  assert.ok(sent?.type === "referenceTime");
  assert.equal(listening.core.snapshot(listening.now).roundTripTime, undefined);
  listening.run(500);
  const echo = { ssrc: 333, lastReferenceTime: middleBits(sent.ntpTime), delaySince: 460 * 65.536 };
  listening.give(serializeRtcp([
    { type: "receiverReport", ssrc: 111, reports: [] },
    {
      type: "referenceTimeEcho",
      ssrc: 111,
      reports: [{ ...echo, delaySince: Math.round(echo.delaySince) }],
    },
  ]));
  const { roundTripTime } = listening.core.snapshot(listening.now);
  assert.ok(Math.abs(roundTripTime! - 0.04) < 0.0005, `${roundTripTime}`);
});

Deno.test("a goodbye for every channel ends it, after stragglers had their time", () => {
  const listening = joined();
  listening.stream(0, 20);
  listening.event(0);
  listening.senderReport(22);
  listening.goodbye(111);
  listening.run(50);
  assert.equal(listening.said("ended").length, 0, "events go on");
  listening.goodbye(222);
  listening.run(50);
  listening.sound(20);
  listening.run(2000);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "bye" }]);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsReceived, 21);
  assert.equal(ledger.networkLost, 1);
  assert.equal(ledger.maxGap, 1, "a lost tail is a gap too");
});

Deno.test("leaving tells the host and gives out what waits", () => {
  const listening = joined();
  listening.stream(0, 20);
  listening.core.leave("interrupted", listening.now);
  listening.run(10_000);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "interrupted" }]);
  assert.equal(listening.said("audio").length, 20);
  const goodbye = listening.reports.at(-1);
  assert.deepEqual(goodbye, { type: "goodbye", ssrcs: [333], reason: "interrupted" });
  const said = listening.outputs.length;
  listening.sound(20);
  listening.core.leave("interrupted", listening.now);
  listening.run(0);
  assert.equal(listening.outputs.length, said, "nothing comes after the end");
});

Deno.test("leaving before being let in sends no goodbye", () => {
  const joining = scene();
  joining.core.leave("interrupted", joining.now);
  joining.run(0);
  assert.deepEqual(joining.reports, []);
  assert.deepEqual(joining.said("ended"), [{ kind: "ended", reason: "interrupted" }]);
});

Deno.test("a duration counts from being let in", () => {
  const joining = scene({ durationMillis: 3000 });
  joining.run(2000);
  joining.join();
  joining.stream(90, 300);
  const [ended] = joining.said("ended");
  assert.deepEqual(ended, { kind: "ended", reason: "duration" });
  assert.equal(joining.said("stats").length, 3);
});

Deno.test("statistics come once a second from being let in", () => {
  const listening = joined();
  listening.stream(0, 400);
  const times = listening.said("stats").map(({ ledger }) => ledger.at - T0);
  assert.deepEqual(times, Array.from({ length: 10 }, (_, second) => 1000 * (second + 1)));
});

Deno.test("a silence is said at 2 s and ended by the next packet", () => {
  const listening = joined();
  listening.stream(0, 10);
  const last = listening.now;
  listening.run(1999);
  assert.equal(listening.states.at(-1), "connected");
  listening.run(1);
  assert.equal(listening.states.at(-1), "silent");
  listening.run(500);
  listening.stream(Math.ceil((listening.now - last) / 26) + 10, 3);
  assert.deepEqual(listening.states, ["joining", "connected", "silent", "connected"]);
  assert.ok(listening.channel("audio").networkLost > 90);
});

Deno.test("a host found again under a new SSRC: the ledger goes on, the timeline begins anew", () => {
  const listening = joined({}, 65_500);
  listening.stream(0, 100, 65_500, (number) => number === 50);
  listening.event(0, { start: 65_500 });
  listening.run(7000);
  assert.equal(listening.states.at(-1), "rejoining");
  assert.equal(listening.admissions.at(-1)?.type, "hello");
  listening.retry();
  listening.run(0);
  const channels = [audioChannel(9, { ssrc: 444 }), eventsChannel(9, { ssrc: 555 })];
  listening.accept(acceptInfo(9, { channels }), 78n);
  assert.equal(listening.said("joined").at(-1)?.again, true);
  assert.equal(listening.states.at(-1), "connected");
  for (let number = 0; number < 30; number++) {
    if (number !== 7 && number !== 8) listening.sound(number, { start: 9, channel: channels[0] });
    listening.run(26);
  }
  listening.run(1000);
  const ledger = listening.channel("audio");
  assert.equal(ledger.ssrc, 444);
  assert.equal(ledger.packetsExpected, 130);
  assert.equal(ledger.networkLost, 3);
  assert.equal(ledger.maxGap, 2);
  assert.equal(ledger.jitterBufferEmittedCount, 127);
  assert.equal(brokenIdentity(ledger), undefined);
});

Deno.test("a host that kept our place: no second joined, and what was missed is lost", () => {
  const listening = joined();
  listening.stream(0, 10);
  listening.run(7000);
  listening.retry();
  listening.run(0);
  listening.accept(acceptInfo());
  assert.equal(listening.said("joined").length, 1);
  assert.equal(listening.states.at(-1), "connected");
  listening.stream(270, 5);
  assert.equal(listening.channel("audio").packetsExpected, 275);
  assert.equal(listening.channel("audio").networkLost, 260);
});

Deno.test("a lost host is looked for for a minute", () => {
  const listening = joined();
  listening.stream(0, 10);
  const lostAt = listening.now;
  listening.run(90_000);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "timeout" }]);
  const asked = listening.admissionTimes.filter((at) => at > lostAt - T0);
  assert.ok(asked.length > 25 && asked.length < 60, `${asked.length} HELLOs`);
});

Deno.test("rejoining waits for a full host, and shows a new token after 1401", () => {
  const listening = joined({ token: "old" });
  listening.stream(0, 10);
  listening.run(7000);
  listening.retry();
  listening.run(0);
  listening.reject(RejectCode.overload, 3000);
  assert.equal(listening.said("ended").length, 0);
  const before = listening.admissions.length;
  listening.run(2900);
  assert.equal(listening.admissions.length, before, "it waits as it was told");
  listening.run(200);
  listening.retry();
  listening.run(0);
  listening.reject(RejectCode.unauthorized);
  assert.deepEqual(listening.states.slice(-2), ["rejoining", "rejoining"]);
  listening.core.changeToken("new");
  listening.run(1000);
  listening.retry();
  listening.run(0);
  const join = listening.admissions.at(-1);
  assert.ok(join?.type === "join");
  assert.equal(join.info.token, "new");
  listening.accept(acceptInfo(), 79n);
  assert.equal(listening.states.at(-1), "connected");
});

Deno.test("a token that stays refused ends the rejoining", () => {
  const listening = joined();
  listening.stream(0, 10);
  listening.run(7000);
  for (let times = 0; times < 10 && listening.said("ended").length === 0; times++) {
    listening.retry();
    listening.run(0);
    listening.reject(RejectCode.unauthorized);
    listening.run(1000);
  }
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "rejected", code: 1401 }]);
});

Deno.test("before the broadcast begins it waits patiently while the host answers", () => {
  const waiting = joined();
  for (let turn = 0; turn < 20; turn++) {
    waiting.run(6100);
    waiting.retry();
    waiting.run(0);
    waiting.accept();
  }
  assert.deepEqual(waiting.states, ["joining", "connected"]);
  assert.equal(waiting.said("joined").length, 1);
});

Deno.test("datagrams from elsewhere, of other kinds and streams are counted by name and dropped", () => {
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
  listening.senderReport(5, 999);
  assert.deepEqual(listening.junk, {
    unknownSender: 2,
    empty: 1,
    oversized: 1,
    unknownFirstByte: 1,
    malformedRtp: 1,
    malformedRtcp: 1,
    unknownSsrc: 2,
    wrongPayloadType: 1,
  });
  assert.deepEqual(listening.channel("audio"), before);
});

Deno.test("a late joiner's base is what it was told, whatever the stream sent before", () => {
  const listening = scene();
  const channels = [audioChannel(70_000, { sequenceBase: 65_000, nextSequence: 70_000 })];
  listening.join(acceptInfo(0, { channels }));
  listening.stream(0, 10, 70_000);
  listening.senderReport(5012);
  const ledger = listening.channel("audio");
  assert.equal(ledger.packetsExpected, 12);
  assert.equal(ledger.networkLost, 2);
});
