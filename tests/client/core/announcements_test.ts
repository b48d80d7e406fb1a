import assert from "node:assert/strict";
import { joined, scene } from "../scenes.ts";
import {
  acceptInfo,
  audioChannel,
  descriptionOf,
  eventsChannel,
  HOST_SSRC,
  inMessage,
} from "../scripted_host.ts";
import { STARTS } from "../starts.ts";
import { serializeRtcp } from "../../../shared/rtcp/rtcp.ts";

for (const start of STARTS) {
  Deno.test(`packets count and are buffered from the ACCEPT on, and leave when the channels are described, from ${start}`, () => {
    const listening = scene();
    listening.retry();
    listening.run(0);
    const info = acceptInfo(start);
    listening.acceptOnly(info);
    listening.stream(0, 5, start);
    listening.event(0, { start });
    listening.run(0);
    assert.deepEqual(listening.outputs.map(({ kind }) => kind), ["connection"]);
    assert.deepEqual(listening.core.snapshot(listening.now).channels, []);
    listening.tell(inMessage(info));
    listening.stream(5, 35, start);
    listening.run(1000);
    const kinds = listening.outputs.map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(0, 4), ["connection", "joined", "connection", "event"]);
    assert.equal(listening.said("audio").length, 40);
    assert.equal(listening.channel("audio").packetsReceived, 40);
    assert.equal(listening.channel("audio").networkLost, 0);
  });

  Deno.test(`packets of a channel that is announced two seconds later all count, from ${start}`, () => {
    const listening = joined({}, start);
    const screen = audioChannel(start, { channel: "screen", ssrc: 998 });
    for (let number = 0; number < 60; number++) {
      listening.sound(number, { start });
      listening.sound(number, { start, channel: screen });
      listening.run(26);
    }
    assert.deepEqual(listening.junk, {});
    listening.begin(screen);
    listening.run(1000);
    const { channels } = listening.core.snapshot(listening.now);
    const ledger = channels.find(({ channel }) => channel === "screen")!;
    assert.deepEqual([ledger.packetsExpected, ledger.packetsReceived], [60, 60]);
    assert.deepEqual(listening.junk, {});
  });
}

Deno.test("unannounced packets are bounded, counted when they overflow and when nothing announces them", () => {
  const listening = joined();
  const screen = audioChannel(0, { channel: "screen", ssrc: 998 });
  for (let number = 0; number < 300; number++) listening.sound(number, { channel: screen });
  assert.deepEqual(listening.junk, { overflow: 300 - 256 });
  listening.run(3100);
  assert.deepEqual(listening.junk, { overflow: 300 - 256, unknownSsrc: 256 });
});

Deno.test("another ACCEPT of the session begins and ends no channel, and is not told", () => {
  const listening = joined();
  listening.stream(0, 40);
  const screen = audioChannel(0, { channel: "screen", ssrc: 998 });
  listening.core.tellWallTime(0, listening.now);
  listening.core.tellWallTime(60_000, listening.now);
  listening.retry();
  listening.run(0);
  listening.accept(acceptInfo(0, { channels: [eventsChannel(0), screen] }));
  listening.stream(40, 10);
  listening.run(1000);
  assert.equal(listening.said("joined").length, 1);
  assert.equal(listening.said("audio").length, 50, "the sound goes on");
  assert.deepEqual(listening.said("channel-started"), []);
  listening.begin(screen);
  assert.deepEqual(listening.said("channel-started").map(({ channel }) => channel), ["screen"]);
});

Deno.test("a listener whose first session was never described joins by the next one, and not again", () => {
  const listening = scene();
  listening.retry();
  listening.run(0);
  listening.acceptOnly(acceptInfo(), 77n);
  listening.core.tellWallTime(0, listening.now);
  listening.core.tellWallTime(60_000, listening.now);
  listening.retry();
  listening.run(0);
  listening.accept(acceptInfo(), 78n);
  assert.deepEqual(listening.said("joined").map(({ again }) => again), [false]);
  listening.core.tellWallTime(120_000, listening.now);
  listening.core.tellWallTime(240_000, listening.now);
  listening.retry();
  listening.run(0);
  listening.accept(acceptInfo(), 79n);
  assert.deepEqual(listening.said("joined").map(({ again }) => again), [false, true]);
});

Deno.test("a channel that ends is told once, with its losses at the end, and ends nobody", () => {
  const listening = joined();
  listening.stream(0, 40);
  listening.tell({ type: "channel-ended", ssrc: 111, packetCount: 43 });
  listening.tell({ type: "channel-ended", ssrc: 111, packetCount: 43 });
  listening.tell({ type: "channel-ended", ssrc: 7, packetCount: 1 });
  listening.run(3000);
  const told = listening.said("channel-ended");
  assert.deepEqual(told, [{ kind: "channel-ended", channel: "audio", codec: "mp3" }]);
  const { packetsExpected, networkLost, maxGap } = listening.channel("audio");
  assert.deepEqual([packetsExpected, networkLost, maxGap], [43, 3, 3]);
  assert.deepEqual(listening.said("ended"), []);
});

Deno.test("an empty report of the host is a sign of life, that of another is none", () => {
  const silences = (ssrc: number) => {
    const listening = joined();
    for (let second = 0; second < 30; second++) {
      if (second % 3 === 0) listening.hostReport(ssrc);
      listening.run(1000);
    }
    return listening.states.filter((state) => state === "silent").length;
  };
  assert.equal(silences(HOST_SSRC), 0);
  assert.ok(silences(7) > 0);
});

Deno.test("messages that make no sense are counted, and descriptions of unknown channels passed over", () => {
  const listening = joined();
  const described = inMessage(acceptInfo());
  const unknown = descriptionOf(audioChannel(0, { ssrc: 5 }));
  listening.tell({ ...described, channels: [...described.channels, unknown] });
  listening.tell({ type: "channel-ended", ssrc: -1, packetCount: 0 });
  assert.deepEqual(listening.junk, { malformedMessage: 1 });
  assert.equal(listening.said("joined").length, 1);
  assert.equal(listening.core.snapshot(listening.now).channels.length, 2);
});

Deno.test("a timeline that ends while its past is missing is given up, and nothing is asked for after that", () => {
  const listening = joined();
  listening.event(0);
  listening.tell({ type: "channel-ended", ssrc: 222, packetCount: 100_000 });
  listening.run(31_000);
  const asked = listening.heard("pastRequest").length;
  assert.ok(asked > 0);
  listening.run(60_000);
  assert.equal(listening.heard("pastRequest").length, asked);
  assert.equal(listening.channel("events").networkLost, 99_999);
});

Deno.test("a channel that claims an SSRC of another one is refused and counted", () => {
  const side = (ssrc: number) => ({ ssrc, payloadType: 112, nextSequence: 0 });
  const rtx = { ssrc: 2222, payloadType: 111, nextSequence: 0 };
  const channels = [audioChannel(0), eventsChannel(0, { rtx })];
  const claims = [{ ssrc: rtx.ssrc }, { rtx: side(111) }, { fec: side(222) }, {
    rtx: side(rtx.ssrc),
  }];
  for (const claim of claims) {
    const listening = joined({}, 0, { channels });
    listening.begin(audioChannel(0, { channel: "screen", ssrc: 998, ...claim }));
    listening.stream(0, 40);
    listening.run(1000);
    assert.deepEqual(listening.said("channel-started"), []);
    assert.equal(listening.said("audio").length, 40);
    assert.deepEqual(listening.junk, { malformedMessage: 1 });
  }
});

Deno.test("numbers as high as they get neither stop nor hold up a listener", () => {
  const most = { nextSequence: 2 ** 48 - 1, timestampBase: 2 ** 53 - 1 };
  const bases = [{ sequenceBase: 0 }, { sequenceBase: 2 ** 48 - 1 }];
  for (const numbers of bases.map((base) => ({ ...base, ...most }))) {
    const channels = [audioChannel(0, numbers), eventsChannel(0, numbers)];
    const listening = joined({}, 0, { channels });
    listening.stream(0, 10);
    listening.event(0);
    for (const ssrc of [111, 222]) {
      listening.tell({ type: "channel-ended", ssrc, packetCount: 2 ** 48 - 1 });
    }
    listening.run(40_000);
    assert.equal(listening.said("channel-ended").length, 2);
  }
});

Deno.test("a host that never describes the broadcast is given up as one that never answers, though media come", () => {
  for (const says of [undefined, { type: "later" }]) {
    const listening = scene();
    listening.retry();
    listening.run(0);
    listening.acceptOnly();
    if (says) listening.tell(says as never);
    listening.stream(0, 290);
    assert.deepEqual(listening.said("ended"), []);
    listening.stream(290, 60);
    assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "timeout" }]);
    assert.equal(listening.heard("goodbye").length, 1, "its place is free");
    assert.deepEqual(listening.said("joined"), []);
  }
});

Deno.test("in a session after the first, the description is waited for as long as the host itself", () => {
  const listening = joined();
  listening.stream(0, 40);
  listening.core.tellWallTime(0, listening.now);
  listening.core.tellWallTime(60_000, listening.now);
  listening.retry();
  listening.run(0);
  listening.acceptOnly(acceptInfo(0, { listenerSsrc: 334 }), 78n);
  const acceptedAt = listening.now;
  listening.stream(40, 2200);
  assert.ok(listening.now < acceptedAt + 60_000);
  assert.deepEqual(listening.said("ended"), []);
  listening.stream(2240, 200);
  assert.deepEqual(listening.said("ended"), [{ kind: "ended", reason: "timeout" }]);
});

Deno.test("a host that vanishes before it describes the broadcast is asked as long as any other", () => {
  const listening = scene();
  listening.retry();
  listening.run(0);
  listening.acceptOnly();
  listening.run(50_000);
  assert.deepEqual(listening.said("ended"), []);
  listening.retry();
  listening.run(0);
  listening.accept(acceptInfo(0, { listenerSsrc: 334 }), 78n);
  listening.stream(0, 3000);
  assert.deepEqual(listening.said("joined").length, 1);
  assert.deepEqual(listening.said("ended"), []);
});

Deno.test("fragments of an earlier session and such as no host may send are counted, and change nothing", () => {
  const listening = joined();
  const bytes = new Uint8Array(1000).fill(0x5b);
  const data = { type: "laneData", ssrc: HOST_SSRC, bytes, isLast: false } as const;
  const give = (listenerSsrc: number, fragment: number, isFirst = false) =>
    listening.give(serializeRtcp([{ ...data, listenerSsrc, fragment, isFirst }]));
  give(332, 1, true);
  assert.deepEqual(listening.junk, { unknownSsrc: 1 });
  give(333, 1000);
  assert.deepEqual(listening.junk, { unknownSsrc: 1, implausibleSequence: 1 });
  for (let fragment = 1; fragment < 200; fragment++) {
    give(333, fragment, fragment === 1);
    listening.run(10);
  }
  const { malformedMessage = 0 }: Readonly<Record<string, number>> = listening.junk;
  assert.ok(malformedMessage > 0, "a message without end is dropped");
  listening.stream(0, 100);
  listening.run(1000);
  assert.ok(listening.said("audio").length > 0);
});

Deno.test("a channel that ended while the listener was away counts its losses at the end, once", () => {
  const listening = joined();
  const screen = audioChannel(0, { channel: "screen", ssrc: 998 });
  const data = eventsChannel(0, { channel: "data", ssrc: 997 });
  for (const channel of [screen, data]) listening.begin(channel);
  for (let number = 0; number < 40; number++) listening.sound(number, { channel: screen });
  listening.run(1000);
  listening.core.tellWallTime(0, listening.now);
  listening.core.tellWallTime(60_000, listening.now);
  listening.retry();
  listening.run(0);
  const info = acceptInfo(0, { listenerSsrc: 334 });
  listening.acceptOnly(info, 78n);
  const counts = (name: string) => {
    const { channels } = listening.core.snapshot(listening.now);
    const ledger = channels.find(({ channel }) => channel === name)!;
    const { packetsExpected, packetsReceived, networkLost, residualLost } = ledger;
    return [packetsExpected, packetsReceived, networkLost, residualLost];
  };
  assert.deepEqual(counts("screen"), [40, 40, 0, 0]);
  const ended = [{ ssrc: 998, packetCount: 43 }, { ssrc: 997, packetCount: 2 }, {
    ssrc: 5,
    packetCount: 9,
  }];
  for (let copy = 0; copy < 2; copy++) listening.tell({ ...inMessage(info), ended });
  listening.run(1000);
  assert.deepEqual(counts("screen"), [43, 40, 3, 3]);
  assert.deepEqual(counts("data"), [2, 0, 2, 2]);
  const again = audioChannel(0, { channel: "screen", ssrc: 999 });
  listening.begin(again);
  for (let number = 0; number < 10; number++) listening.sound(number, { channel: again });
  listening.run(1000);
  assert.deepEqual(counts("screen"), [53, 50, 3, 3]);
});
