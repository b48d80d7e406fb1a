import assert from "node:assert/strict";
import { codedPacket } from "../../shared/media/opus_packets.ts";
import { middleBits, toNtp } from "../../../shared/rtcp/ntp.ts";
import { parseEvent } from "../../../shared/event/event.ts";
import { parseRtcp, serializeRtcp } from "../../../shared/rtcp/rtcp.ts";
import { parseRtp } from "../../../shared/rtp/rtp.ts";
import { FRAME_MILLIS, goal, Guest, MP3, Stage, START } from "../kit.ts";

Deno.test("a listener is admitted and gets what is sent from then on", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(50).run(5 * FRAME_MILLIS);
  const guest = new Guest(stage);
  assert.equal(guest.join()?.type, "accept");
  stage.run(10 * FRAME_MILLIS);
  stage.tell((core) => core.pushEvent(goal(), stage.now));
  const audio = guest.packets("audio");
  assert.equal(audio.length, 10);
  assert.equal(audio[0]!.sequenceNumber, guest.channel("audio").nextSequence % 65_536);
  assert.equal(guest.channel("audio").nextSequence, guest.channel("audio").sequenceBase + 6);
  const event = parseEvent(guest.packets("events")[0]!.payload);
  assert(event.ok);
  assert.equal(event.value.count, 1);
  assert.equal(event.value.content, "GOAL!");
});

for (const sequenceStart of [0, 1, 32_767, 65_534, 65_535]) {
  Deno.test(`every packet is sent once, in order and on time, from number ${sequenceStart} on`, () => {
    const stage = new Stage({ audio: MP3, sequenceStart, waitFor: 1 }).pushFrames(20);
    const guest = new Guest(stage);
    guest.join();
    for (let frame = 20; frame < 400; frame += 10) {
      stage.run(10 * FRAME_MILLIS).pushFrames(10, frame);
    }
    const packets = guest.packets("audio");
    const { nextSequence, sequenceBase, timestampBase } = guest.channel("audio");
    assert.deepEqual([nextSequence, sequenceBase], [sequenceStart, sequenceStart]);
    assert(packets.length > 370);
    for (const [index, { sequenceNumber, timestamp }] of packets.entries()) {
      assert.equal(sequenceNumber, (sequenceStart + index) % 65_536);
      const ticks = Math.round(timestampBase + index * 1152 * 90_000 / 44_100);
      assert(Math.abs(timestamp - ticks % 2 ** 32) <= 1);
    }
  });
}

Deno.test("with an interval packets are sent once in each, and listeners are told how far ahead", () => {
  const stage = new Stage({ audio: MP3, intervalMillis: 200, waitFor: 1 }).pushFrames(80);
  const guest = new Guest(stage);
  guest.join();
  assert.equal(guest.channel("audio").aheadMillis, 200);
  // Eight frames are due at once, two to a packet.
  assert.equal(guest.packets("audio").length, 4);
  stage.run(1999);
  const times = stage.sent.filter(({ datagram }) => parseRtp(datagram).ok && datagram[1] === 14)
    .map(({ at }) => Math.round(at - START));
  assert.deepEqual([...new Set(times)], [200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800]);
});

Deno.test("each second every channel reports its clock and its counts", () => {
  const stage = new Stage({ audio: MP3, waitFor: 1 }).pushFrames(200);
  const guest = new Guest(stage);
  guest.join();
  stage.run(3500);
  const reports = guest.heard("senderReport");
  const { ssrc, timestampBase, sequenceBase } = guest.channel("audio");
  const audio = reports.filter((report) => report.ssrc === ssrc);
  assert.equal(audio.length, 3);
  const names = new Set(guest.heard("sourceDescription").map(({ cname }) => cname));
  assert.equal(names.size, 1);
  for (const [index, report] of audio.entries()) {
    assert.deepEqual(report.ntpTime, toNtp(START + (index + 1) * 1000));
    assert.equal(report.rtpTimestamp, (timestampBase + (index + 1) * 90_000) % 2 ** 32);
    // As many frames have begun, so that the last packet's number is known.
    assert.equal(report.packetCount, Math.floor((index + 1) * 1000 / FRAME_MILLIS) + 1);
    const highest = guest.packets("audio")[report.packetCount - 1]!.sequenceNumber;
    assert.equal((sequenceBase + report.packetCount - 1) % 65_536, highest);
    assert.equal(report.octetCount, report.packetCount * (417 + 4));
  }
});

Deno.test("before the start empty reports are sent, and no clock", () => {
  const stage = new Stage({ waitFor: 2 });
  const guest = new Guest(stage);
  guest.join();
  stage.run(3000);
  assert.equal(guest.heard("receiverReport").length, 3);
  assert.equal(guest.heard("senderReport").length, 0);
});

Deno.test("a listener's reference time is echoed at once, so that it can measure its round trip", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  guest.join();
  const ntpTime = toNtp(START + 123_456.5);
  const ssrc = guest.info!.listenerSsrc;
  guest.report({ type: "referenceTime", ssrc, ntpTime });
  assert.deepEqual(guest.heard("referenceTimeEcho").map(({ reports }) => reports), [
    [{ ssrc, lastReferenceTime: middleBits(ntpTime), delaySince: 0 }],
  ]);
});

Deno.test("an echo brings the host's clock once the broadcast has begun, and is no longer than what came", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  guest.join();
  stage.run(100);
  const { listenerSsrc: ssrc, channels } = guest.info!;
  const time = { type: "referenceTime", ssrc, ntpTime: toNtp(START) } as const;
  const before = guest.heard("senderReport").length;
  guest.tell(time);
  assert.equal(guest.heard("senderReport").length, before, "no room in 20 bytes");
  const reports = channels.map((channel) => ({
    ssrc: channel.ssrc,
    fractionLost: 0,
    cumulativeLost: 0,
    highestSequence: 0,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  }));
  guest.tell({ type: "receiverReport", ssrc, reports }, time);
  const told = guest.heard("senderReport").slice(before);
  assert.ok(told.length > 0 && told.length <= channels.length);
  assert.deepEqual(told[0]!.ntpTime, toNtp(stage.now));
});

Deno.test("who tells the time a thousand times a second is echoed twenty times, and others as ever", () => {
  const stage = new Stage();
  const [loud, other] = [new Guest(stage), new Guest(stage)];
  const tellTime = (guest: Guest) => {
    const ntpTime = { seconds: 1, fraction: 2 };
    guest.tell({ type: "referenceTime", ssrc: guest.info!.listenerSsrc, ntpTime });
  };
  for (const guest of [loud, other]) guest.join();
  for (let millis = 0; millis < 10_000; millis++) {
    tellTime(loud);
    if (millis % 250 === 0) tellTime(other);
    stage.run(1);
  }
  const echoes = loud.heard("referenceTimeEcho").length;
  assert.ok(echoes >= 190 && echoes <= 220, `${echoes} in 10 s`);
  assert.equal(other.heard("referenceTimeEcho").length, 40);
});

Deno.test("a datagram with several reference times gets one echo, of the last", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  guest.join();
  const { listenerSsrc: ssrc } = guest.info!;
  const times = Array.from({ length: 50 }, (_, index) => toNtp(START + 1000 * index));
  guest.tell(...times.map((ntpTime) => ({ type: "referenceTime", ssrc, ntpTime } as const)));
  assert.deepEqual(guest.heard("referenceTimeEcho").map(({ reports }) => reports), [
    [{ ssrc, lastReferenceTime: middleBits(times.at(-1)!), delaySince: 0 }],
  ]);
});

Deno.test("RTCP from a stranger, with another's SSRC, or of the wrong kind is counted and ignored", () => {
  const stage = new Stage();
  const guest = new Guest(stage);
  const other = new Guest(stage);
  guest.join();
  other.join();
  const goodbye = serializeRtcp([{ type: "goodbye", ssrcs: [guest.info!.listenerSsrc] }]);
  const stranger = serializeRtcp([{ type: "goodbye", ssrcs: [~guest.info!.listenerSsrc >>> 0] }]);
  stage.receive(stranger, { hostname: "10.6.6.6", port: 1 });
  stage.receive(goodbye, other.address);
  stage.receive(serializeRtcp([{ type: "goodbye", ssrcs: [] }]), guest.address);
  stage.receive(goodbye.slice(0, 6), guest.address);
  stage.receive(goodbye.with(3, 9), guest.address);
  stage.receive(goodbye, { hostname: "10.6.6.6", port: 1 });
  stage.receive(Uint8Array.of(0x80, 14, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1), guest.address);
  const { junk, listeners } = stage.core.stats();
  assert.equal(listeners, 2);
  assert.deepEqual(junk, {
    unknownSender: 1,
    unprovenAddress: 2,
    unknownSsrc: 2,
    malformedRtcp: 1,
    wrongDirection: 1,
  });
});

Deno.test("a listener that sends a BYE has left, and its last report is told", () => {
  const stage = new Stage({ audio: MP3 });
  const guest = new Guest(stage);
  guest.join({ name: "Ann" });
  const ssrc = guest.info!.listenerSsrc;
  const report = {
    ssrc: guest.channel("audio").ssrc,
    fractionLost: 5,
    cumulativeLost: 9,
    highestSequence: 70_000,
    jitter: 3,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
  guest.tell({ type: "receiverReport", ssrc, reports: [report] });
  guest.leave();
  const [left] = stage.said("listener-left");
  assert.deepEqual([left?.reason, left?.listeners, left?.name], ["bye", 0, "Ann"]);
  assert.deepEqual(structuredClone(left?.lastReport), [report]);
});

Deno.test("plain receivers get the sound as it is and reports at the next port, and no events", () => {
  const player = { hostname: "239.0.0.1", port: 6000 };
  const stage = new Stage({ audio: MP3, plainReceivers: [player] }).pushFrames(80).run(1500);
  stage.tell((core) => core.pushEvent(goal(), stage.now));
  stage.tell((core) => core.shutdown("test", stage.now)).run(300);
  const media = stage.take(player).map((datagram) => parseRtp(datagram));
  assert.equal(media.length, Math.floor(1500 / FRAME_MILLIS) + 1);
  assert(media.every((packet) => packet.ok && packet.value.payloadType === 14));
  const kinds = stage.take({ ...player, port: 6001 }).map((datagram) => {
    const messages = parseRtcp(datagram);
    assert(messages.ok);
    return messages.value.map(({ type }) => type).join(" ");
  });
  const goodbye = "senderReport sourceDescription goodbye";
  assert.deepEqual(kinds, ["senderReport sourceDescription", goodbye, goodbye, goodbye]);
});

Deno.test("a late joiner is told the state of the timeline", () => {
  const stage = new Stage({ match: { home: "A", away: "B" } });
  for (let index = 0; index < 3; index++) {
    stage.run(10).tell((core) => core.pushEvent(goal(), stage.now));
  }
  const guest = new Guest(stage);
  guest.join();
  assert.deepEqual(guest.info!.timeline, { count: 3, score: [1, 0], clock: "12:34", period: 1 });
  assert.deepEqual(guest.described.match, { home: "A", away: "B" });
});

Deno.test("the gap after a pause that was told is no news", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(20);
  stage.run(1000).tell((core) => core.pauseChannel(core.audioId!, stage.now));
  stage.run(5000).tell((core) => core.resumeChannel(core.audioId!, stage.now)).pushFrames(1, 20);
  assert.deepEqual(stage.said("notice"), []);
  assert.equal(stage.said("channel-paused").length, 1);
  assert.deepEqual(stage.said("channel-resumed"), [
    { kind: "channel-resumed", channel: "audio", codec: "mp3" },
  ]);
  stage.run(2000).pushFrames(1, 21);
  assert.match(stage.said("notice")[0]!.text, /came too late: a gap of/);
});

Deno.test("a source that ran dry is told of once in a while", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(20);
  for (let index = 20; index < 30; index++) stage.run(2000).pushFrames(1, index);
  const notices = stage.said("notice");
  assert.equal(notices.length, 2);
  assert.match(notices[0]!.text, /came too late: a gap of/);
});

Deno.test("a left-out event is told of, even right after a warning about the sound", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(20).run(5000);
  stage.pushFrames(1, 20);
  const { event, ...others } = goal();
  const huge = {
    ...others,
    event: { ...event, title: "\u0001".repeat(80), origin: "\u0001".repeat(80) },
  };
  stage.tell((core) => core.pushEvent(huge, stage.now));
  const texts = stage.said("notice").map(({ text }) => text);
  assert.equal(texts.length, 2);
  assert.match(texts[1]!, /event is too large for a datagram/);
});

Deno.test("an Opus packet too large for a datagram is left out, and its time is kept", () => {
  const opus = { codec: "opus", sampleRate: 48_000, channelCount: 2 } as const;
  const stage = new Stage({ audio: opus, waitFor: 1 });
  const frame = (length: number) => ({
    bytes: new Uint8Array(length).fill(0xfc),
    sampleCount: 960,
    sampleRate: 48_000,
  });
  for (let index = 0; index < 40; index++) {
    stage.tell((core) => core.pushAudio(frame(index === 1 ? 1200 : 100), stage.now));
  }
  const guest = new Guest(stage);
  guest.join();
  stage.run(50);
  const [first, second] = guest.packets("audio");
  assert.equal((second!.timestamp - first!.timestamp + 2 ** 32) % 2 ** 32, 2 * 960);
  assert.match(stage.said("notice")[0]!.text, /too large/);
});

Deno.test("an Opus packet of several frames too large for a datagram is sent in parts, each at its time", () => {
  const opus = { codec: "opus", sampleRate: 48_000, channelCount: 2 } as const;
  const stage = new Stage({ audio: opus, waitFor: 1 });
  const packet = codedPacket(0xfc, { code: 3, sizes: [600, 610, 620], vbr: true });
  for (let index = 0; index < 10; index++) {
    stage.tell((core) => core.pushAudio(packet, stage.now));
  }
  const guest = new Guest(stage);
  guest.join();
  stage.run(119);
  const packets = guest.packets("audio");
  assert.deepEqual(packets.map(({ payload }) => payload.length), [601, 611, 621, 601, 611, 621]);
  const [first] = packets;
  const elapsed = packets.map(({ timestamp }) =>
    (timestamp - first!.timestamp + 2 ** 32) % 2 ** 32
  );
  assert.deepEqual(elapsed, [0, 960, 1920, 2880, 3840, 4800]);
  assert.deepEqual(stage.said("notice"), []);
});

Deno.test("statistics count all that was sent", () => {
  const stage = new Stage({ audio: MP3, waitFor: 2 }).pushFrames(80);
  const guests = [new Guest(stage), new Guest(stage)];
  for (const guest of guests) guest.join();
  stage.run(1500);
  const [stats] = stage.said("stats");
  const packetCount = Math.floor(1000 / FRAME_MILLIS) + 1;
  assert.equal(stats!.listeners, 2);
  assert.equal(stats!.packetsSent, 2 * packetCount);
  assert.equal(stats!.bytesSent, 2 * packetCount * (12 + 4 + 417));
  assert.equal(stats!.channels[0]!.packetCount, packetCount);
});
