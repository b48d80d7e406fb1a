import assert from "node:assert/strict";
import { packParity } from "../../../shared/rtp/fec.ts";
import { parseRtp, serializeRtp } from "../../../shared/rtp/rtp.ts";
import { toNtp } from "../../../shared/rtcp/ntp.ts";
import { ParityEncoder } from "../../../server/edge/repair/parity_encoder.ts";
import { audioChannel, eventsChannel } from "../scripted_host.ts";
import { packet, STARTS } from "../starts.ts";
import {
  counts,
  dataChannel,
  Listening,
  OPUS_TICKS,
  screenChannel,
  upTo,
} from "./made_up_channels.ts";
import type { ChannelInfo } from "../../../shared/admission/admission.ts";

for (const start of STARTS) {
  const audio = audioChannel(start, { codec: "opus", payloadType: 97, clockRate: 48_000 });
  const events = eventsChannel(start);
  const screen = screenChannel(start);
  const data = dataChannel(start);

  Deno.test(`two channels of each kind are delivered side by side, from ${start}`, () => {
    const listening = new Listening();
    listening.adopt([audio, events, screen, data]);
    listening.stream([audio, events, screen, data], 0, 100, (index) => index % 10 === 5);
    listening.run(1000);
    const heard = upTo(100).filter((index) => index % 10 !== 5);
    for (const channel of ["audio", "screen"]) {
      assert.deepEqual(listening.played(channel), heard);
      assert.deepEqual(counts(listening.ledger(channel)), [100, 90, 10, 0, 10]);
    }
    for (const channel of ["events", "data"]) {
      assert.deepEqual(listening.played(channel), upTo(5, 1), "a gap holds back what follows");
      assert.deepEqual(counts(listening.ledger(channel)), [100, 90, 10, 0, 10]);
    }
    for (let index = 5; index < 100; index += 10) listening.give(data, index, "retransmission");
    listening.run(0);
    assert.deepEqual(listening.played("data"), upTo(100, 1));
    assert.deepEqual(counts(listening.ledger("data")), [100, 90, 10, 10, 0]);
    assert.deepEqual(listening.played("events"), upTo(5, 1), "another channel of the kind");
    assert.ok(listening.streams.areEventsMissing);
  });

  Deno.test(`a channel begins and ends in mid-session, and its losses at the end count, from ${start}`, () => {
    const listening = new Listening();
    listening.adopt([events]);
    listening.stream([events], 0, 50);
    listening.begin(screen);
    listening.begin(data);
    listening.stream([events, screen, data], 0, 50, (index) => index >= 47);
    assert.ok(listening.streams.endChannel(screen.ssrc, 50, listening.now));
    assert.ok(listening.streams.endChannel(data.ssrc, 50, listening.now));
    assert.deepEqual(counts(listening.ledger("screen")), [50, 47, 3, 0, 3]);
    assert.deepEqual(counts(listening.ledger("data")), [50, 47, 3, 0, 3]);
    listening.give(screen, 48, "retransmission");
    for (const index of [47, 48, 49]) listening.give(data, index, "retransmission");
    listening.run(60_000);
    assert.deepEqual(listening.played("screen"), [...upTo(47), 48], "what is buffered still plays");
    assert.deepEqual(listening.played("data"), upTo(50, 1));
    assert.deepEqual([...listening.streams].map(({ info }) => info.channel), ["events"]);
    assert.deepEqual(counts(listening.ledger("screen")), [50, 47, 3, 1, 2]);
    assert.equal(listening.ledger("screen").maxGap, 1);
    assert.deepEqual(counts(listening.ledger("data")), [50, 47, 3, 3, 0]);
    assert.equal(listening.give(screen, 49), false, "the stream is gone");
  });

  Deno.test(`a channel that begins again keeps one ledger, the sum, from ${start}`, () => {
    const listening = new Listening();
    listening.adopt([screen, data]);
    listening.stream([screen, data], 0, 50, (index) => index === 20);
    listening.streams.endChannel(screen.ssrc, 50, listening.now);
    listening.streams.endChannel(data.ssrc, 50, listening.now);
    const again = {
      screen: screenChannel(start + 7, { ssrc: 777 }),
      data: dataChannel(start + 7, { ssrc: 888, nextSequence: start + 7 + 50 }),
    };
    listening.begin(again.screen);
    listening.begin(again.data);
    assert.deepEqual(listening.played("data"), upTo(20, 1), "events continue after the last known");
    listening.stream([again.screen, again.data], 50, 30);
    for (let index = 20; index < 50; index++) listening.give(again.data, index, "retransmission");
    listening.run(60_000);
    assert.deepEqual(listening.played("data"), upTo(80, 1));
    const all = upTo(80).filter((index) => index !== 20);
    assert.deepEqual(listening.played("screen"), all, "the end of the first still plays");
    assert.deepEqual(counts(listening.ledger("data")), [80, 79, 1, 1, 0]);
    const { packetsExpected, packetsReceived } = listening.ledger("screen");
    // The second begins at its base; the host counts all that it sent.
    assert.deepEqual([packetsExpected, packetsReceived], [50 + 80, 49 + 30]);
    assert.equal(listening.streams.ledgers(listening.now).length, 2);
    assert.deepEqual([...listening.streams].map(({ info }) => info.ssrc), [777, 888]);
  });

  Deno.test(`another edge has retransmissions and parity of its own; the ledger goes on, from ${start}`, () => {
    const listening = new Listening();
    listening.adopt([screen, data]);
    listening.stream([screen, data], 0, 50, (index) => index === 10 || index === 40);
    listening.give(screen, 40, "retransmission");
    giveParity(listening, screen, 0, 0);
    listening.run(200);
    const moved = {
      screen: elsewhere(screen, 9000, { nextSequence: start + 60 }),
      data: elsewhere(data, 9100, { nextSequence: start + 60 }),
    };
    listening.adopt([moved.screen, moved.data]);
    assert.equal(listening.streamOf(screen).info.rtx!.ssrc, 9000);
    assert.equal(listening.give(screen, 40, "retransmission"), false, "the edge before is gone");
    const { rtxSequences, fecSequences } = listening.streamOf(screen).ways;
    assert.deepEqual([rtxSequences.candidates(3), fecSequences.candidates(3)], [[3], [3]]);
    listening.stream([moved.screen, moved.data], 60, 22, (index) => index === 81);
    giveParity(listening, moved.screen, 80, 0);
    listening.stream([moved.screen, moved.data], 82, 18);
    for (const index of [10, 40, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 81]) {
      assert.ok(listening.give(moved.data, index, "retransmission"));
    }
    listening.run(1000);
    assert.deepEqual(listening.played("data"), upTo(100, 1));
    assert.deepEqual(counts(listening.ledger("data")), [100, 87, 13, 13, 0]);
    const ledger = listening.ledger("screen");
    assert.deepEqual(counts(ledger), [100, 87, 13, 2, 11]);
    assert.equal(ledger.packetsRepaired.fec, 1, "number 0 of the new parity is not an old copy");
    assert.equal(ledger.fecPacketsReceived, 2);
    assert.deepEqual(listening.outputs.filter(({ kind }) => kind === "timeline-reset"), []);
  });
}

Deno.test("a report to another edge answers no sender report of the edge before", () => {
  const listening = new Listening();
  const screen = screenChannel(0);
  listening.adopt([screen]);
  listening.stream([screen], 0, 10);
  const { ssrc } = screen;
  const report = { type: "senderReport", ssrc, rtpTimestamp: 0, packetCount: 10, octetCount: 30 };
  const ntpTime = toNtp(listening.now);
  listening.streamOf(screen).onSenderReport(
    { ...report, type: "senderReport", ntpTime },
    listening.now,
    () => false,
  );
  assert.notEqual(listening.streams.reports(listening.now)[0]!.lastSenderReport, 0);
  listening.adopt([elsewhere(screen, 9000, { nextSequence: 10 })]);
  assert.equal(listening.streams.reports(listening.now)[0]!.lastSenderReport, 0);
});

Deno.test("an ACCEPT of the same edge changes no stream of retransmissions or parity", () => {
  const listening = new Listening();
  const screen = screenChannel(0);
  listening.adopt([screen]);
  listening.stream([screen], 0, 10);
  const { rtxSequences, fecSequences } = listening.streamOf(screen).ways;
  listening.adopt([{ ...screen, nextSequence: 10 }], false);
  assert.equal(listening.streamOf(screen).ways.rtxSequences, rtxSequences);
  assert.equal(listening.streamOf(screen).ways.fecSequences, fecSequences);
});

Deno.test("an edge without parity, then one with it", () => {
  const listening = new Listening();
  const { fec, ...bare } = screenChannel(0);
  listening.adopt([bare]);
  assert.equal(listening.streams.routeOf(fec!.ssrc), undefined);
  listening.adopt([{ ...bare, fec }]);
  assert.equal(listening.streams.routeOf(fec!.ssrc)?.way, "parity");
  listening.adopt([bare]);
  assert.equal(listening.streams.routeOf(fec!.ssrc), undefined);
});

Deno.test("after the end of the only channel nothing is left to do, and another may begin", () => {
  const listening = new Listening();
  const [screen, data] = [screenChannel(0), dataChannel(0)];
  listening.adopt([screen]);
  listening.stream([screen], 0, 10);
  listening.streams.endChannel(screen.ssrc, 10, listening.now);
  listening.run(60_000);
  assert.equal(listening.streams.deadline, Infinity);
  listening.begin(data);
  listening.stream([data], 0, 3);
  assert.deepEqual(listening.played("data"), upTo(3, 1));
});

Deno.test("unknown and repeated ends and beginnings change nothing", () => {
  const listening = new Listening();
  const screen = screenChannel(0);
  listening.adopt([screen]);
  listening.stream([screen], 0, 10);
  assert.equal(listening.streams.endChannel(1, 10, listening.now), false);
  const before = listening.streamOf(screen);
  listening.begin(screen);
  assert.equal(listening.streamOf(screen), before);
  assert.ok(listening.streams.endChannel(screen.ssrc, 10, listening.now));
  assert.equal(listening.streams.endChannel(screen.ssrc, 99, listening.now), false);
  assert.deepEqual(counts(listening.ledger("screen")), [10, 10, 0, 0, 0]);
});

Deno.test("an ordered channel that has ended waits half a minute for what is missing, then counts it", () => {
  const listening = new Listening();
  const data = dataChannel(0);
  listening.adopt([data]);
  listening.stream([data], 0, 10, (index) => index === 4);
  listening.streams.endChannel(data.ssrc, 10, listening.now);
  listening.run(29_000);
  assert.ok(listening.streams.areEventsMissing);
  listening.run(2000);
  assert.deepEqual([...listening.streams], []);
  assert.deepEqual(counts(listening.ledger("data")), [10, 9, 1, 0, 1]);
});

Deno.test("few ended streams stay, however fast channels come and go, and their ledger is the sum", () => {
  const listening = new Listening();
  listening.adopt([]);
  for (let turn = 0; turn < 50; turn++) {
    const screen = screenChannel(0, { ssrc: 1000 + turn });
    listening.begin(screen);
    listening.stream([screen], 0, 2);
    listening.streams.endChannel(screen.ssrc, 3, listening.now);
    assert.ok([...listening.streams].length <= 8);
  }
  assert.deepEqual(counts(listening.ledger("screen")), [150, 100, 50, 0, 50]);
});

Deno.test("no more channels run than an ACCEPT can describe", () => {
  const listening = new Listening();
  listening.adopt([]);
  const names = ["audio", "screen"] as const;
  const options = { ...listening.options, knownEvents: new Map(), doesTimelineGoOn: true };
  for (const channel of names) {
    const info = screenChannel(0, { channel, ssrc: channel.length });
    assert.ok(listening.streams.addChannel(info, options, listening.now));
  }
  listening.adopt(upTo(8).map((index) => screenChannel(0, { ssrc: 2000 + index })));
  const ninth = screenChannel(0, { channel: "data", ssrc: 3000 });
  assert.equal(listening.streams.addChannel(ninth, options, listening.now), false);
  assert.equal(listening.streams.get(3000), undefined);
});

/** The same stream from another edge, whose own streams have other SSRCs. */
function elsewhere(
  info: ChannelInfo,
  ssrc: number,
  fields: Partial<ChannelInfo> = {},
): ChannelInfo {
  return {
    ...info,
    rtx: { ...info.rtx!, ssrc },
    ...(info.fec && { fec: { ...info.fec, ssrc: ssrc + 1 } }),
    ...fields,
  };
}

/** Parity number `number` of the packets `first` and `first + 1`. */
function giveParity(listening: Listening, info: ChannelInfo, first: number, number: number): void {
  const protection = { columns: 1, rows: 2, hasRowParity: false };
  const encoder = new ParityEncoder(protection, info.ssrc);
  const [parity] = [first, first + 1].flatMap((index) => {
    const sequence = info.sequenceBase + index;
    const datagram = serializeRtp(packet({
      sequence,
      ssrc: info.ssrc,
      payloadType: info.payloadType,
      ticks: info.timestampBase + index * OPUS_TICKS,
      payload: Uint8Array.of(0xf8, index >> 8, index & 0xff),
    }));
    return encoder.push({ sequence, datagram });
  });
  const packed = packParity(parity!, info.fec!, { sequenceNumber: number, timestamp: 0 });
  const media = parseRtp(packed);
  const route = listening.streams.routeOf(info.fec!.ssrc)!;
  assert.ok(media.ok && route.way === "parity");
  route.stream.take({ way: "parity", media: media.value, number }, listening.now, () => false);
}
