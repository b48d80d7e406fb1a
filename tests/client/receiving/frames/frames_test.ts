import assert from "node:assert/strict";
import fc from "fast-check";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { runs } from "../../../runs.ts";
import type { ScreenCodec } from "../../../../shared/media/channel.ts";
import type { FramePacket } from "../../../../shared/media/video/video_payload.ts";
import { checked } from "../../../../scripts/network/agreement.ts";
import { STARTS, T0 } from "../../starts.ts";
import {
  type MadeScreen,
  makeScreen,
  packetsOf,
  type ScreenOptions,
  whatIsWrong,
} from "./made_up_frames.ts";
import { deliver, type Delivery, screenInfo, Watching } from "./watching.ts";

const CODECS: readonly ScreenCodec[] = ["h264", "vp8"];
const LATENCY = 200;
/** Between two frames, and between two packets of a frame. */
const [FRAME, SPACING] = [1000 / 30, 1];

const upTo = (end: number, first = 0) =>
  Array.from({ length: end - first }, (_, index) => first + index);

/** All packets when they are sent; the path takes no time. */
function sent({ frames }: MadeScreen): Delivery[] {
  return frames.flatMap(({ ticks, packets }) =>
    packets.map((packet, index) => ({ at: ticks / 90 + index * SPACING, packet }))
  );
}

function addsUp(watching: Watching): void {
  checked({ at: watching.now, channels: [watching.ledger], junk: {} });
}

for (const codec of CODECS) {
  for (const start of STARTS) {
    for (const firstNumber of [0, 2 ** 32 - 4]) {
      const at = `${codec}, from packet ${start} and frame ${firstNumber}`;
      const screen = makeScreen({ codec, count: 60, firstSequence: start, firstNumber });
      const watch = () => new Watching(screenInfo(start, { codec }), LATENCY);

      Deno.test(`frames are shown at their times, and the ledger says so: ${at}`, () => {
        const watching = watch();
        deliver(watching, sent(screen));
        watching.runTo(watching.now + 1000);
        assert.deepEqual(watching.shown, upTo(60).map((index) => firstNumber + index));
        assert.equal(whatIsWrong(screen, watching.frames.map(({ frame }) => frame)), undefined);
        for (const [index, { at, channel }] of watching.frames.entries()) {
          assert.ok(Math.abs(at - T0 - index * FRAME - LATENCY) < 0.01);
          assert.equal(channel, "screen");
        }
        assert.deepEqual(watching.held, [true, false], "until the first frame");
        const { ledger } = watching;
        addsUp(watching);
        assert.deepEqual(
          [ledger.framesReceived, ledger.keyFramesReceived, ledger.framesDropped],
          [60, 6, 0],
        );
        assert.deepEqual(
          [ledger.freezeCount, ledger.totalFreezesDuration, ledger.pliCount],
          [0, 0, 0],
        );
        assert.deepEqual([ledger.residualLost, ledger.packetsDiscarded], [0, 0]);
        assert.deepEqual(watching.junk.snapshot(), {});
      });
    }
  }
}

const START = 65_530;
const screenOf = (options: Partial<ScreenOptions> = {}) =>
  makeScreen({ count: 90, keyEvery: 60, firstSequence: START, sizes: [30_000, 5000], ...options });
const timeOf = ({ ticks }: { readonly ticks: number }) => ticks / 90;

/** The first frame from there on that has several packets: one that is lost leaves others. */
const largeFrame = ({ frames }: MadeScreen, from: number) =>
  frames.find(({ number, packets }) => number >= from && packets.length > 2)!;

/** Without those packets, each of which comes that long after its frame's time instead, if it ever does. */
function lossy(screen: MadeScreen, lost: ReadonlyMap<FramePacket, number>): Delivery[] {
  return sent(screen).flatMap((delivery): Delivery[] => {
    const after = lost.get(delivery.packet);
    if (after === undefined) return [delivery];
    if (after === Infinity) return [];
    const { packet } = delivery;
    return [{ at: timeOf(packet) + after, packet, way: "retransmission" }];
  });
}

Deno.test("a packet that is repaired before its time changes nothing that is shown", () => {
  const screen = screenOf();
  const lost = new Map(screen.frames.flatMap(({ packets }) => [[packets.at(-1)!, 150]]));
  const watching = new Watching(screenInfo(START), LATENCY);
  deliver(watching, lossy(screen, lost));
  watching.runTo(watching.now + 1000);
  assert.equal(watching.shown.length, 90);
  assert.deepEqual(watching.held, [true, false]);
  for (const { at, frame } of watching.frames) {
    assert.ok(Math.abs(at - T0 - timeOf(frame) - LATENCY) < 0.01);
  }
  const { ledger } = watching;
  addsUp(watching);
  assert.deepEqual([ledger.networkLost, ledger.packetsRepaired.nack, ledger.residualLost], [
    90,
    90,
    0,
  ]);
});

Deno.test("a packet that comes late delays the picture until then, and the frames behind it follow at once", () => {
  const screen = screenOf();
  const [late] = screen.frames[40]!.packets;
  const watching = new Watching(screenInfo(START), LATENCY);
  deliver(watching, lossy(screen, new Map([[late!, 650]])));
  watching.runTo(watching.now + 1000);
  assert.equal(whatIsWrong(screen, watching.frames.map(({ frame }) => frame)), undefined);
  assert.equal(watching.shown.length, 90, "no frame is dropped");
  assert.deepEqual(watching.held, [true, false, true, false]);
  const cameAt = timeOf(late!) + 650;
  for (const { at, frame } of watching.frames) {
    const due = timeOf(frame) + LATENCY;
    const expected = frame.frameNumber < 40 ? due : Math.max(due, cameAt);
    assert.ok(Math.abs(at - T0 - expected) < 0.01, `frame ${frame.frameNumber}`);
  }
  const { ledger } = watching;
  addsUp(watching);
  assert.deepEqual([ledger.networkLost, ledger.packetsRepaired.nack, ledger.residualLost], [
    1,
    0,
    1,
  ]);
  assert.equal(ledger.freezeCount, 1);
  assert.ok(Math.abs(ledger.totalFreezesDuration! - (0.45 + FRAME / 1000)) < 0.001);
  assert.equal(ledger.framesDropped, 0);
});

Deno.test("a packet that never comes holds the picture until the next key frame, and key frames are requested", () => {
  const screen = screenOf({ count: 130, keyEvery: 100 });
  const { number, packets: [lost] } = largeFrame(screen, 20);
  const watching = new Watching(screenInfo(START), LATENCY);
  const all = lossy(screen, new Map([[lost!, Infinity]]));
  const middle = timeOf(screen.frames[60]!) + LATENCY;
  deliver(watching, all.filter(({ at }) => at <= middle));
  const { freezeCount, totalFreezesDuration = 0 } = watching.ledger;
  assert.equal(freezeCount, 1, "it is counted while it lasts");
  assert.ok(Math.abs(totalFreezesDuration - (61 - number) * FRAME / 1000) < 0.1);
  deliver(watching, all.filter(({ at }) => at > middle));
  watching.runTo(watching.now + 1000);
  assert.equal(whatIsWrong(screen, watching.frames.map(({ frame }) => frame)), undefined);
  assert.deepEqual(watching.shown, [...upTo(number), ...upTo(130, 100)]);
  assert.deepEqual(watching.held, [true, false, true, false]);
  const heldAt = T0 + timeOf(lost!) + LATENCY;
  const [first, ...others] = watching.keyFrameRequests.map((at) => at - heldAt);
  assert.ok(first! >= 0 && first! < 100, "as soon as a retransmission had time to come");
  assert.deepEqual(others.map((at) => Math.round(at - first!)), [1000, 2000]);
  const { ledger } = watching;
  addsUp(watching);
  assert.deepEqual(
    [ledger.framesReceived, ledger.framesDropped, ledger.keyFramesReceived, ledger.pliCount],
    [129, 100 - number, 2, 3],
  );
  assert.deepEqual([ledger.residualLost, ledger.freezeCount], [1, 1]);
  assert.ok(Math.abs(ledger.totalFreezesDuration! - (101 - number) * FRAME / 1000) < 0.001);
});

Deno.test("a screen that does not change does not freeze, and requests nothing", () => {
  const screen = screenOf({ count: 20, keyEvery: 5, step: 450_000 });
  const watching = new Watching(screenInfo(START), LATENCY);
  deliver(watching, sent(screen));
  watching.runTo(watching.now + 10_000);
  assert.equal(watching.shown.length, 20);
  assert.deepEqual([watching.ledger.freezeCount, watching.held.length], [0, 2]);
  assert.deepEqual([watching.requests, watching.keyFrameRequests], [[], []]);
});

Deno.test("the end of a frame that is lost is requested at once, however long the next frame takes", () => {
  const screen = screenOf({ count: 9, step: 450_000 });
  const lost = largeFrame(screen, 2).packets.slice(-2);
  const watching = new Watching(screenInfo(START), LATENCY);
  deliver(watching, lossy(screen, new Map(lost.map((packet) => [packet, Infinity]))));
  const requests = watching.requests.map(({ at }) => at - T0 - timeOf(lost[0]!));
  assert.ok(requests[0]! < 60, `after ${requests[0]} ms`);
  assert.deepEqual(watching.requests[0]!.sequences, [lost[0]!.sequence]);
});

Deno.test("requests for a packet that does not come get rarer, and end", () => {
  const screen = screenOf({ count: 900, keyEvery: 900, sizes: [3000, 200] });
  const [lost] = screen.frames[20]!.packets;
  const watching = new Watching(screenInfo(START), LATENCY);
  deliver(watching, lossy(screen, new Map([[lost!, Infinity]])));
  const times = watching.requests.map(({ at }) => at - T0 - timeOf(lost!));
  const between = (from: number, to: number) => times.filter((at) => at >= from && at < to).length;
  assert.ok(between(100, 200) > 25, "several in a round trip while it may still be in time");
  assert.ok(between(1000, 1100) <= 4);
  assert.ok(times.at(-1)! < 3000);
});

Deno.test("frames with B-frames are shown at the time of the last frame before which they must be decoded", () => {
  // In decoding order, with the place at which each is shown.
  const order = [0, 3, 1, 2, 6, 4, 5, 10, 8, 7, 9, 13, 11, 12];
  const made = makeScreen({ count: order.length, keyEvery: 100, firstSequence: START });
  const frames = made.frames.map((frame, index) => {
    const ticks = order[index]! * 3000;
    return { ...frame, ticks, packets: frame.packets.map((packet) => ({ ...packet, ticks })) };
  });
  // A frame leaves when one behind it must be shown.
  const leaves = order.map((_, index) => Math.min(...order.slice(index)) * FRAME);
  const deliveries = frames.flatMap(({ packets }, index) =>
    packets.map((packet) => ({ at: leaves[index]!, packet }))
  );
  const watching = new Watching(screenInfo(START), LATENCY);
  deliver(watching, deliveries);
  watching.runTo(watching.now + 1000);
  assert.deepEqual(watching.shown, upTo(order.length));
  for (const [index, { at, frame }] of watching.frames.entries()) {
    assert.equal(frame.ticks, order[index]! * 3000);
    // The first frames are placed by the fastest packet, until it is known which were sent ahead.
    if (index < 4) continue;
    assert.ok(Math.abs(at - T0 - leaves[index]! - LATENCY) < 0.01, `frame ${index}`);
  }
});

Deno.test("a large frame that leaves over some time makes neither jitter nor the delay larger", () => {
  const screen = screenOf({ count: 300, keyEvery: 60, sizes: [120_000, 3000] });
  const watching = new Watching(screenInfo(START), "normal");
  deliver(watching, sent(screen));
  watching.runTo(watching.now + 1000);
  assert.equal(watching.shown.length, 300);
  assert.ok(watching.ledger.jitter < 0.001);
  assert.equal(watching.ledger.jitterBufferTargetDelay, 0.2);
});

Deno.test("where a large frame takes longer than a preset, the delay grows until it fits", () => {
  const screen = screenOf({ count: 600, keyEvery: 60, sizes: [220_000, 3000] });
  const watching = new Watching(screenInfo(START), "low");
  deliver(watching, sent(screen));
  watching.runTo(watching.now + 1000);
  const spread = Math.max(...screen.frames.map(({ packets }) => packets.length * SPACING));
  const { jitterBufferTargetDelay: delay } = watching.ledger;
  assert.ok(delay * 1000 > spread - 5 && delay * 1000 < spread + 20, `${delay} for ${spread}`);
  assert.equal(watching.ledger.framesDropped, 0);
});

for (const codec of CODECS) {
  Deno.test(`a late joiner shows the last key frame as soon as it is whole, then all since: ${codec}`, () => {
    const screen = screenOf({ codec, count: 120, keyEvery: 60 });
    const packets = packetsOf(screen);
    // The listener joins in the middle of frame 80.
    const next = largeFrame(screen, 80).packets[1]!.sequence;
    const info = { codec, sequenceBase: START, nextSequence: next };
    const joinedAt = timeOf(packets.find(({ sequence }) => sequence === next)!);
    const watching = new Watching(screenInfo(START, info), LATENCY);
    const past = packets.filter((packet) => packet.sequence < next && packet.frameNumber >= 60);
    const isLost = (index: number) => index === 0 || index % 7 === 3 || index === past.length - 1;
    const [key] = past;
    const deliveries = sent(screen).filter(({ packet }) => packet.sequence >= next);
    watching.now = T0 + joinedAt;
    const retransmitted = past.flatMap((packet, index): Delivery[] =>
      isLost(index) ? [] : [{ at: joinedAt + 20 + index, packet, way: "retransmission" }]
    );
    let firstRound: readonly number[] = [];
    deliver(watching, [...deliveries, ...retransmitted].filter(({ at }) => at < joinedAt + 400));
    assert.deepEqual(watching.shown, [], "its first packet is missing");
    assert.deepEqual(watching.held, [true]);
    firstRound = [...new Set(watching.requests.flatMap(({ sequences }) => sequences))];
    const missing = past.filter((_, index) => isLost(index));
    for (const { sequence } of missing) assert.ok(firstRound.includes(sequence), `${sequence}`);
    assert.ok(!firstRound.some((sequence) => sequence >= next), "nothing of now is missing");
    const answered = missing.map((packet): Delivery => ({
      at: joinedAt + 400,
      packet,
      way: "retransmission",
    }));
    const later = deliveries.filter(({ at }) => at >= joinedAt + 400);
    deliver(watching, [...answered, ...later]);
    watching.runTo(watching.now + 1000);
    assert.equal(key!.frameNumber, 60);
    assert.deepEqual(watching.shown, upTo(120, 60));
    assert.equal(whatIsWrong(screen, watching.frames.map(({ frame }) => frame)), undefined);
    assert.ok(watching.frames[0]!.at <= T0 + joinedAt + 400.01, "the past is shown at once");
    for (const { at, frame } of watching.frames) {
      if (frame.frameNumber > 92) assert.ok(Math.abs(at - T0 - timeOf(frame) - LATENCY) < 0.01);
    }
    const { ledger } = watching;
    addsUp(watching);
    const sinceJoin = packets.filter(({ sequence }) => sequence >= next).length;
    assert.deepEqual([ledger.packetsExpected, ledger.packetsReceived], [sinceJoin, sinceJoin]);
    assert.deepEqual([ledger.packetsRepaired, ledger.residualLost], [{ nack: 0, fec: 0 }, 0]);
    assert.equal(ledger.framesDropped, 0);
    assert.deepEqual(watching.junk.snapshot(), {});
    assert.equal(watching.requests.filter(({ at }) => at > T0 + joinedAt + 420).length, 0);
    assert.equal(watching.keyFrameRequests.length, 0, "the past came in time");
  });
}

Deno.test("without a word of the past, a key frame is requested, and the next one shown", () => {
  const screen = screenOf({ count: 120, keyEvery: 60 });
  const next = largeFrame(screen, 5).packets[1]!.sequence;
  const info = { sequenceBase: START, nextSequence: next };
  const watching = new Watching(screenInfo(START, info), LATENCY);
  deliver(watching, sent(screen).filter(({ packet }) => packet.sequence >= next));
  watching.runTo(watching.now + 1000);
  assert.deepEqual(watching.shown, upTo(120, 60));
  assert.ok(watching.keyFrameRequests.length >= 1);
  assert.deepEqual(watching.requests, []);
  assert.equal(watching.ledger.framesDropped, 0);
});

Deno.test("a channel that ends is shown to its end, and one that begins again begins with a key frame", () => {
  const screen = screenOf({ count: 30, keyEvery: 20 });
  const all = packetsOf(screen);
  const watching = new Watching(screenInfo(START), LATENCY);
  deliver(watching, sent(screen).filter(({ packet }) => packet !== all.at(-1)));
  watching.streams.endChannel(watching.info.ssrc, all.length, watching.now);
  const again = screenOf({ count: 10, firstNumber: 30, firstSequence: 7 });
  const info = screenInfo(7, { ssrc: 777 });
  const options = {
    latency: watching.latency,
    roundTrip: watching.roundTrip,
    verifier: () => undefined,
  };
  watching.outputs.push(...watching.playout.addChannel(info, options, watching.now));
  const from = watching.now - T0;
  watching.runTo(T0 + from + 4000);
  assert.deepEqual(watching.shown, upTo(29), "the last frame has no end");
  assert.equal(watching.ledger.framesDropped, 1);
  assert.equal(watching.ledger.residualLost, 1);
  watching.follow(info);
  const start = watching.now - T0;
  deliver(watching, sent(again).map(({ at, packet }) => ({ at: start + at, packet })));
  watching.runTo(watching.now + 1000);
  assert.deepEqual(watching.shown, [...upTo(29), ...upTo(40, 30)]);
  assert.deepEqual(
    [watching.ledger.framesReceived, watching.ledger.framesDropped],
    [39, 1],
    "the sum of both",
  );
});

Deno.test("forged packets that move the stream ahead stop it for a second, not for good", () => {
  const screen = screenOf({ count: 240, keyEvery: 30, sizes: [6000, 3000] });
  const watching = new Watching(screenInfo(START), LATENCY);
  const all = sent(screen);
  const half = all.findIndex(({ packet }) => packet.frameNumber === 100);
  const forged = Array.from({ length: 3 }, (_, index): Delivery => ({
    at: all[half]!.at,
    packet: { ...all[half]!.packet, sequence: all[half]!.packet.sequence + 900 + index },
  }));
  for (const delivery of [...all.slice(0, half), ...forged, ...all.slice(half)]) {
    deliver(watching, [delivery]);
    const isReported = delivery.packet.marker;
    if (isReported) watching.report(delivery.packet.sequence);
    if (watching.stream.isDisplaced) watching.streams.restart(watching.stream);
  }
  watching.runTo(watching.now + 1000);
  assert.deepEqual(watching.shown.filter((number) => number >= 180), upTo(240, 180));
  assert.equal(whatIsWrong(screen, watching.frames.map(({ frame }) => frame)), undefined);
  addsUp(watching);
});

Deno.test("frames of a thousand packets wait for their time like others", () => {
  const screen = makeScreen({
    count: 12,
    keyEvery: 1,
    step: 900,
    sizes: [1_000_000, 1],
    firstSequence: START,
  });
  const watching = new Watching(screenInfo(START), LATENCY);
  let most = 0;
  for (const { ticks, packets } of screen.frames) {
    deliver(watching, packets.map((packet) => ({ at: ticks / 90, packet })));
    most = Math.max(most, watching.stream.jitterBuffer.size);
  }
  watching.runTo(watching.now + 1000);
  assert.ok(most > 4096, `${most} packets wait`);
  assert.deepEqual(watching.shown, upTo(12));
  for (const { at, frame } of watching.frames) {
    assert.ok(Math.abs(at - T0 - timeOf(frame) - LATENCY) < 0.01);
  }
  addsUp(watching);
});

Deno.test("whatever is lost, late, copied and repaired, no picture is wrong and the ledger adds up", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.constantFrom(...STARTS),
      fc.constantFrom(...CODECS),
      (seed, start, codec) => {
        const rng = new SeededRng(seed);
        const options = { codec, seed: 1 + seed % 1000, keyEvery: 2 + rng.uint32() % 40 };
        const screen = screenOf({ ...options, firstSequence: start, sizes: [9000, 3000] });
        const loss = rng.float() * 0.4;
        const deliveries = sent(screen).flatMap(({ at, packet }): Delivery[] => {
          const jitter = () => rng.float() * (rng.float() < 0.05 ? 400 : 10);
          if (rng.float() >= loss) {
            const copies = rng.float() < 0.05 ? 2 : 1;
            return Array.from({ length: copies }, () => ({ at: at + jitter(), packet }));
          }
          if (rng.float() < 0.2) return [];
          return [{ at: at + 40 + rng.float() * 900, packet, way: "retransmission" }];
        });
        const next = start + rng.uint32() % 40;
        const watching = new Watching(
          screenInfo(start, { codec, sequenceBase: start, nextSequence: next }),
          LATENCY,
        );
        const mine = deliveries.filter(({ packet, way }) =>
          packet.sequence >= next || way === "retransmission"
        );
        for (const delivery of mine.sort((one, other) => one.at - other.at)) {
          deliver(watching, [delivery]);
          addsUp(watching);
        }
        watching.runTo(watching.now + 2000);
        assert.equal(whatIsWrong(screen, watching.frames.map(({ frame }) => frame)), undefined);
        const due = new Map(screen.frames.map(({ number, ticks }) => [number, ticks / 90]));
        const past = screen.frames.find(({ packets }) => packets[0]!.sequence >= next)!.number;
        for (const { at, frame } of watching.frames) {
          const after = at - T0 - due.get(frame.frameNumber)!;
          if (frame.frameNumber >= past) assert.ok(after >= LATENCY - 0.01, "never early");
        }
        const { ledger } = watching;
        assert.ok(ledger.framesReceived! >= watching.shown.length);
        for (const held of watching.held.slice(1).keys()) {
          assert.notEqual(watching.held[held], watching.held[held + 1]);
        }
      },
    ),
    runs(25),
  );
});
