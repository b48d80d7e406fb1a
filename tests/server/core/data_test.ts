import assert from "node:assert/strict";
import { EdgeCore } from "../../../server/edge/edge_core.ts";
import { parseDown, serializeDown } from "../../../server/link/down.ts";
import { OriginCore } from "../../../server/origin/origin_core.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { nodeCiphers } from "../../../shared/system/node_ciphers.ts";
import { assertIs, messagesIn, pushAll } from "../data_messages.ts";
import { config, FRAME_MILLIS, Guest, MP3, Stage, type StageOptions, START } from "../kit.ts";
import { checkedOf, numbered, withNoise } from "../origin/data/messages.ts";

const PLAYER = { hostname: "10.0.0.77", port: 7000 };
const SETUP = { values: { index: { title: "Index", unit: "1" } } };

/** Data to one guest, who is in from the beginning. */
function onAir(changes: StageOptions = {}) {
  const stage = new Stage({ hasData: true, hasEvents: false, waitFor: 1, ...changes });
  const guest = new Guest(stage);
  guest.join();
  return { stage, guest };
}

/** A picture of 120 kB in every tenth. */
function mixed(count: number) {
  return Array.from(
    { length: count },
    (_, index) => index % 10 === 4 ? withNoise(index, 120_000) : numbered(index),
  );
}

for (const sequenceStart of [0, 65_000, 65_535]) {
  Deno.test(`every message arrives whole with its number and time, from ${sequenceStart} on`, () => {
    const { stage, guest } = onAir({ sequenceStart });
    const all = mixed(60);
    pushAll(stage, all, 20).run(200);
    const packets = guest.packets("data");
    const came = messagesIn(packets).toSorted((one, other) => one.head.count - other.head.count);
    assert.deepEqual(came.map(({ head }) => head.count), all.map((_, index) => index + 1));
    for (const [index, message] of came.entries()) {
      assertIs(message, all[index]!);
      assert.equal((message.timestamp - came[0]!.timestamp) >>> 0, index * 20);
    }
    const { payloadType, sequenceBase } = guest.channel("data");
    assert.deepEqual([payloadType, sequenceBase], [100, sequenceStart]);
    assert.equal(packets.filter(({ marker }) => marker).length, all.length);
    assert.ok(packets.every(({ frameNumber }) => frameNumber === undefined));
    assert.deepEqual(stage.core.dataCounts, { received: 60, superseded: 0, sent: 60 });
    const [totals] = stage.core.stats().channels;
    assert.deepEqual([totals!.channel, totals!.packetCount], ["data", packets.length]);
  });
}

Deno.test("a picture leaves at 20 Mbit/s, and neither values nor sound wait for it", () => {
  const { stage, guest } = onAir({ audio: MP3 });
  stage.pushFrames(100).run(500);
  const pushedAt = stage.now;
  stage.sent.length = 0;
  pushAll(stage, [withNoise(0, 400_000), numbered(1), numbered(2), numbered(3)], 20).run(300);
  const ofType = (type: number) =>
    stage.sent.filter(({ datagram }) => datagram.length > 40 && (datagram[1]! & 0x7f) === type);
  const [startedAt] = stage.said("started").map(({ at }) => at);
  assert.ok(ofType(14).length > 10);
  for (const { at } of ofType(14)) {
    const frames = (at - startedAt!) / FRAME_MILLIS;
    assert.ok(Math.abs(frames - Math.round(frames)) < 1e-3);
  }
  const took = ofType(100).at(-1)!.at - pushedAt;
  assert.ok(took > 150 && took < 180, `${took} ms for 400 kB`);
  const order = messagesIn(guest.packets("data")).map(({ head }) => head.count);
  assert.deepEqual(order, [2, 3, 4, 1]);
});

Deno.test("before the start the newest message waits, and the start waits for no data", () => {
  const stage = new Stage({ hasData: true, waitFor: 1 });
  pushAll(stage, [numbered(1), numbered(2), numbered(3)], 100);
  assert.deepEqual([stage.core.hasDataRoom, stage.said("started").length], [false, 0]);
  const guest = new Guest(stage);
  guest.join();
  assert.equal(stage.said("started")[0]!.at, stage.now);
  assert.equal(stage.core.hasDataRoom, true);
  const [only, ...more] = messagesIn(guest.packets("data"));
  assertIs(only!, numbered(3));
  assert.deepEqual([only!.head.count, more.length], [1, 0]);
});

Deno.test("a broadcast without data has no room for it, no counts, and drops what comes", () => {
  const stage = new Stage().tell((core) => core.pushData(numbered(1), START)).run(100);
  stage.tell((core) => core.setDataSetup(SETUP, stage.now)).tell((core) => core.endData(START));
  assert.deepEqual([stage.core.hasDataRoom, stage.core.dataCounts], [false, undefined]);
  assert.ok(!stage.core.channels.some(({ name }) => name === "data"));
  assert.equal(stage.core.isEnding, false);
});

Deno.test("--interval lets one message through each time", () => {
  const { stage, guest } = onAir({ intervalMillis: 500 });
  pushAll(stage, mixed(200).map((_, index) => numbered(index)), 20).run(1000);
  const came = messagesIn(guest.packets("data"));
  assert.ok(came.length >= 8 && came.length <= 9, `${came.length} in 4 s`);
  for (const [index, { timestamp }] of came.entries()) {
    assert.equal((timestamp - came[0]!.timestamp) >>> 0, index * 500);
  }
});

Deno.test("data of a file ends the broadcast when its last packet has left, and not before", () => {
  const { stage, guest } = onAir();
  stage.tell((core) => core.pushData(withNoise(0, 600_000), stage.now));
  stage.tell((core) => core.endData(stage.now)).run(200);
  assert.equal(stage.core.isEnding, false);
  stage.run(60);
  assert.equal(stage.core.isEnding, true);
  assert.equal(messagesIn(guest.packets("data")).length, 1);
  const [goodbye] = guest.heard("goodbye");
  assert.equal(goodbye!.reason, "end of broadcast");
  stage.tell((core) => core.pushData(numbered(1), stage.now));
  assert.equal(stage.core.dataCounts!.received, 1);
});

Deno.test("a message that waits when the data ends is still sent; data that is pushed later is not", () => {
  const { stage, guest } = onAir({ intervalMillis: 1000 });
  pushAll(stage, [numbered(1), numbered(2)], 10);
  stage.tell((core) => core.endData(stage.now));
  stage.tell((core) => core.pushData(numbered(3), stage.now)).run(900);
  assert.equal(stage.core.isEnding, false);
  stage.run(200);
  assert.equal(stage.core.isEnding, true);
  assert.deepEqual(messagesIn(guest.packets("data")).map(({ head }) => head.values["index"]), [
    1,
    2,
  ]);
});

Deno.test("data that ended before the start, or without any message, ends the broadcast as it starts", () => {
  for (const messages of [[], [numbered(1)]]) {
    const stage = new Stage({ hasData: true, hasEvents: false, waitFor: 1 });
    pushAll(stage, messages, 10);
    stage.tell((core) => core.endData(stage.now)).run(5000);
    assert.equal(stage.said("started").length, 0);
    const guest = new Guest(stage);
    guest.join();
    stage.run(10);
    assert.equal(stage.core.isEnding, true);
    assert.equal(messagesIn(guest.packets("data")).length, messages.length);
  }
});

Deno.test("the broadcast goes on until sound, events and data have all ended", () => {
  const stage = new Stage({ audio: MP3, hasData: true }).pushFrames(50);
  pushAll(stage, [numbered(1)], 10);
  stage.tell((core) => core.endData(stage.now)).run(3000);
  stage.tell((core) => core.endEvents(stage.now)).run(3000);
  assert.equal(stage.core.isEnding, false);
  stage.tell((core) => core.endAudio(stage.now));
  assert.equal(stage.core.isEnding, true);
  const other = new Stage({ audio: MP3, hasData: true, hasEvents: false }).pushFrames(50);
  other.tell((core) => core.endAudio(other.now)).run(60_000);
  assert.equal(other.core.isEnding, false, "while data may come");
});

Deno.test("data that may come back never ends the broadcast; its duration does", () => {
  const { stage } = onAir({ dataStaysOpen: true, durationMillis: 120_000 });
  pushAll(stage, [numbered(1)], 10);
  stage.tell((core) => core.endData(stage.now)).run(100_000);
  assert.equal(stage.core.isEnding, false);
  stage.run(20_000);
  assert.equal(stage.core.isEnding, true);
});

Deno.test("what is due when the broadcast is over is neither sent nor counted as sent", () => {
  const { stage, guest } = onAir({ durationMillis: 1000, intervalMillis: 500 });
  const startedAt = stage.said("started")[0]!.at;
  // The second waits for its interval, and the third for the moment at which the broadcast ends.
  for (const index of [1, 2]) {
    stage.tell((core) => core.pushData(numbered(index), stage.now)).run(100);
  }
  stage.run(startedAt + 600 - stage.now);
  stage.tell((core) => core.pushData(numbered(3), stage.now)).run(1000);
  const came = messagesIn(guest.packets("data")).map(({ head }) => head.count);
  assert.deepEqual(came, [1, 2]);
  assert.deepEqual(stage.core.dataCounts, { received: 3, superseded: 0, sent: 2 });
});

Deno.test("a channel that the host stops ends with what has left, and keeps nothing waiting", () => {
  const { stage, guest } = onAir();
  stage.tell((core) => core.pushData(withNoise(0, 400_000), stage.now)).run(60);
  const { id } = stage.core.channels.find(({ name }) => name === "data")!;
  stage.tell((core) => core.endChannel(id, stage.now)).run(500);
  guest.report();
  const ended = guest.messages.find(({ type }) => type === "channel-ended");
  assert(ended?.type === "channel-ended");
  const sent = guest.rtp.filter(({ ssrc }) => ssrc === ended.ssrc).length;
  assert.ok(sent > 100 && sent < 250, `${sent} packets`);
  assert.equal(ended.packetCount, sent);
  pushAll(stage, [numbered(1), numbered(2)], 50);
  assert.equal(stage.core.hasDataRoom, true);
  assert.equal(guest.listen().rtp.filter(({ ssrc }) => ssrc === ended.ssrc).length, sent);
  stage.tell((core) => core.endData(stage.now));
  assert.equal(stage.core.isEnding, true);
});

Deno.test("plain players of sound and screen get no data", () => {
  const { stage } = onAir({
    audio: MP3,
    plainReceivers: [PLAYER],
    plainScreenReceivers: [{ ...PLAYER, port: 7002 }],
  });
  stage.pushFrames(100);
  pushAll(stage, mixed(20), 20);
  const packets = stage.take(PLAYER);
  assert.ok(packets.length > 10);
  assert.ok(packets.every((datagram) => (datagram[1]! & 0x7f) === 14));
  assert.equal(stage.take({ ...PLAYER, port: 7002 }).length, 0);
});

Deno.test("a message is signed where the broadcast is encrypted, and each packet of it is not", () => {
  const [rng, signingSeed] = [new SeededRng(5), new SeededRng(6).bytes(32)];
  const origin = new OriginCore(config({ hasData: true }), {
    ...{ rng, now: START, ciphers: nodeCiphers },
    signing: { ciphers: nodeCiphers, signingSeed },
  });
  origin.advance(START);
  const message = checkedOf({ values: { wave: Array.from({ length: 500 }, (_, at) => at / 3) } });
  origin.pushData(message, START + 5);
  const told = origin.takeDown().map(parseDown).flatMap((down) => down.ok ? [down.value] : []);
  const items = told.filter((down) => down.type === "item");
  const channels = told.filter((down) => down.type === "channel");
  assert.ok(items.length > 2);
  const { ssrc } = channels[0]!;
  const packets = items.map(({ payload }) => ({ payload, timestamp: 0, ssrc }) as never);
  const signingKey = nodeCiphers.signingKeyOf(signingSeed);
  const verifier = { ciphers: nodeCiphers, signingKey, broadcastId: origin.broadcastId };
  assertIs(messagesIn(packets, verifier)[0]!, message);
  assert.throws(() => messagesIn(packets, { ...verifier, broadcastId: "0011223344556677" }));
});

for (const sequenceStart of [0, 65_400, 65_535]) {
  Deno.test(`an edge that begins later has the last whole message and what came since, from ${sequenceStart} on`, () => {
    const deps = { rng: new SeededRng(1), now: START, ciphers: nodeCiphers };
    const origin = new OriginCore(config({ hasData: true, hasEvents: false, sequenceStart }), deps);
    const early = new EdgeCore(config(), { rng: new SeededRng(2), now: START });
    let now = START;
    const tell = (edge: EdgeCore, messages: readonly Uint8Array[]) => {
      for (const bytes of messages) edge.receiveFromOrigin(bytes, now);
    };
    const run = (until: number, ...edges: EdgeCore[]) => {
      for (; now < until; now += 5) {
        origin.advance(now);
        const down = origin.takeDown();
        for (const edge of edges) tell(edge, down);
      }
    };
    tell(early, origin.takeDown());
    origin.setDataSetup(SETUP);
    for (let index = 0; index < 20; index++) {
      origin.pushData(index % 5 === 2 ? withNoise(index, 60_000) : numbered(index), now);
      run(now + 30, early);
    }
    // One is whole, and another under way.
    origin.pushData(withNoise(20, 50_000), now);
    run(now + 100, early);
    origin.pushData(withNoise(21, 150_000), now);
    run(now + 30, early);
    const late = new EdgeCore(config(), { rng: new SeededRng(3), now });
    const snapshot = origin.snapshot(now);
    tell(late, snapshot);
    const [first, second] = [early, late].map((edge) => edge.channels[0]!);
    assert.deepEqual(second!.totals(), first!.totals());
    assert.equal(second!.packetizer.nextSequence, first!.packetizer.nextSequence);
    assert.equal(second!.entry!.start, first!.entry!.start);
    const start = first!.entry!.start as number;
    assert.ok((first!.packetizer.nextSequence as number) - start > 60);
    for (let at = start; at < (first!.packetizer.nextSequence as number); at++) {
      assert.deepEqual(
        second!.history.get(at, now)?.datagram,
        first!.history.get(at, now)?.datagram,
      );
    }
    assert.equal(late.pollTransmit(), undefined, "nothing of it is sent again to anybody");
    assert.deepEqual(late.stats().junk, {});
    assert.ok(snapshot.some((bytes) => {
      const setup = serializeDown({ type: "data-setup", setup: SETUP });
      return bytes.length === setup.length && bytes.every((byte, at) => byte === setup[at]);
    }));
    run(now + 500, early, late);
    assert.deepEqual(second!.totals(), first!.totals());
    assert.deepEqual(late.stats().junk, {});
  });
}

Deno.test("what an edge would be given stays small, however long the broadcast runs", () => {
  const deps = { rng: new SeededRng(1), now: START, ciphers: nodeCiphers };
  const origin = new OriginCore(config({ hasData: true, hasEvents: false }), deps);
  let now = START;
  for (let index = 0; index < 500; index++) {
    origin.pushData(index % 50 === 0 ? withNoise(index, 100_000) : numbered(index), now);
    for (const end = now + 16; now < end; now += 4) origin.advance(now);
    origin.takeDown();
  }
  assert.ok(origin.snapshot(now).length < 20);
});
