import assert from "node:assert/strict";
import { toSequenceNumber } from "../../../../shared/core/seq.ts";
import type { RtpPacket } from "../../../../shared/rtp/rtp.ts";
import { unpackRtx } from "../../../../shared/rtp/rtx.ts";
import { assertIs, messagesIn, pushAll } from "../../data_messages.ts";
import { Guest, MP3, Stage, type StageOptions } from "../../kit.ts";
import { numbered, withNoise } from "../../origin/data/messages.ts";

/** A host that sends data to nobody yet. */
function onAir(changes: StageOptions = {}): Stage {
  return new Stage({ hasData: true, hasEvents: false, ...changes }).run(10);
}

/** The packets that came by retransmission, and those that came at first. */
function received(guest: Guest) {
  const { ssrc, payloadType, rtx, nextSequence } = guest.channel("data");
  const all = guest.listen().rtp;
  const late = all.filter((packet) => packet.ssrc === rtx!.ssrc).map((packet) => {
    assert.equal(packet.payloadType, 113);
    const unpacked = unpackRtx(packet, { ssrc, payloadType });
    assert(unpacked.ok);
    return unpacked.value;
  });
  return { late, live: all.filter((packet) => packet.ssrc === ssrc), next: nextSequence as number };
}

const countsIn = (packets: readonly RtpPacket[]) =>
  messagesIn(packets).map(({ head }) => head.count).sort((one, other) => one - other);

for (const sequenceStart of [0, 65_450, 65_535]) {
  Deno.test(`whoever joins late gets the last message, each packet once, from ${sequenceStart} on`, () => {
    const stage = onAir({ sequenceStart });
    pushAll(stage, [numbered(1), withNoise(2, 90_000)], 100).run(60_000);
    const guest = new Guest(stage);
    guest.join();
    stage.run(300);
    const { late, live, next } = received(guest);
    assert.equal(live.length, 0);
    assertIs(messagesIn(late)[0]!, withNoise(2, 90_000));
    assert.equal(messagesIn(late).length, 1);
    assert.equal(late.at(-1)!.sequenceNumber, toSequenceNumber(next - 1));
    assert.equal(new Set(late.map(({ sequenceNumber }) => sequenceNumber)).size, late.length);
    assert.equal(stage.core.stats().retransmitted, late.length);
    stage.tell((core) => core.pushData(numbered(3), stage.now)).run(10);
    assert.deepEqual(countsIn(received(guest).live), [3]);
  });
}

Deno.test("whoever joins while a message is under way gets the last whole one, and all of that one", () => {
  const stage = onAir();
  pushAll(stage, [numbered(1)], 100);
  stage.tell((core) => core.pushData(withNoise(2, 500_000), stage.now)).run(100);
  const guest = new Guest(stage);
  guest.join();
  stage.run(50);
  assert.deepEqual(countsIn(received(guest).late), [1]);
  stage.run(400);
  const { late, live } = received(guest);
  assert.ok(late.length > 150 && live.length > 150);
  assert.deepEqual(countsIn([...late, ...live]), [1, 2]);
  assert.equal(new Set(late.map(({ sequenceNumber }) => sequenceNumber)).size, late.length);
});

Deno.test("when the one under way is whole, what is before it is wanted no longer, but its beginning is", () => {
  const stage = onAir();
  pushAll(stage, [withNoise(1, 400_000)], 500);
  stage.tell((core) => core.pushData(withNoise(2, 200_000), stage.now)).run(70);
  const guest = new Guest(stage);
  guest.join();
  stage.run(1000);
  const { late, live } = received(guest);
  // The end of the second one was still to come when it joined.
  assert.deepEqual(countsIn([...late, ...live]), [2]);
  assert.ok(late.length < 280, `${late.length} of about 530 packets from before`);
});

Deno.test("at 60 messages a second whoever joins has one at once, and all that come", () => {
  const stage = onAir();
  const all = Array.from(
    { length: 120 },
    (_, index) => index % 10 === 4 ? withNoise(index, 120_000) : numbered(index),
  );
  pushAll(stage, all.slice(0, 60), 1000 / 60);
  const guest = new Guest(stage);
  guest.join();
  stage.run(5);
  const first = received(guest);
  assert.deepEqual(countsIn([...first.late, ...first.live]), [60]);
  pushAll(stage, all.slice(60), 1000 / 60).run(200);
  const { late, live } = received(guest);
  const counts = countsIn([...late, ...live]);
  assert.deepEqual(counts.slice(-60), Array.from({ length: 60 }, (_, index) => 61 + index));
  assert.ok(late.length < 60, `${late.length} packets`);
});

Deno.test("before any message is whole, whoever joins gets the beginning of the first", () => {
  const stage = onAir();
  stage.tell((core) => core.pushData(withNoise(1, 300_000), stage.now)).run(50);
  const guest = new Guest(stage);
  guest.join();
  stage.run(500);
  const { late, live } = received(guest);
  assert.deepEqual([countsIn([...late, ...live]), countsIn(live)], [[1], []]);
});

Deno.test("what it gets is paced, and no sound waits for it", () => {
  const stage = onAir({ audio: MP3 });
  stage.pushFrames(200);
  pushAll(stage, [withNoise(1, 1_000_000)], 1000);
  const startedAt = stage.said("started")[0]!.at;
  const guest = new Guest(stage);
  guest.join();
  const joinedAt = stage.now;
  stage.run(1200);
  const ofType = (type: number) =>
    stage.sent.filter(({ datagram }) => datagram.length > 40 && (datagram[1]! & 0x7f) === type);
  const sound = ofType(14);
  assert.ok(sound.length > 30);
  for (const { at } of sound) {
    const frames = (at - startedAt) * 44.1 / 1152;
    assert.ok(Math.abs(frames - Math.round(frames)) < 1e-3);
  }
  const late = ofType(113);
  for (let from = joinedAt; from < joinedAt + 800; from += 20) {
    const bytes = late.filter(({ at }) => at >= from && at < from + 20)
      .reduce((sum, { datagram }) => sum + datagram.length, 0);
    assert.ok(bytes < 20 * 1250 * 1.6, `${bytes} bytes in 20 ms`);
  }
  const took = late.at(-1)!.at - joinedAt;
  assert.ok(took > 700 && took < 900, `${took} ms`);
});

Deno.test("a hundred who join at once share the packets", () => {
  const stage = onAir();
  pushAll(stage, [withNoise(1, 60_000)], 100);
  const guests = Array.from({ length: 100 }, () => new Guest(stage));
  for (const guest of guests) guest.join();
  stage.run(300);
  const numbers = new Set<number>();
  for (const guest of guests) {
    assert.deepEqual(countsIn(received(guest).late), [1]);
    const { rtx } = guest.channel("data");
    for (const { ssrc, sequenceNumber } of guest.rtp) {
      if (ssrc === rtx!.ssrc) numbers.add(sequenceNumber);
    }
  }
  assert.equal(numbers.size, received(guests[0]!).late.length);
});

Deno.test("a packet of the last message that was lost is sent again on request; what is before is gone", () => {
  const stage = onAir();
  pushAll(stage, [withNoise(1, 20_000), withNoise(2, 40_000)], 100);
  const guest = new Guest(stage);
  guest.join();
  stage.run(200);
  const { late, next } = received(guest);
  const lost = late.slice(5, 9).map(({ sequenceNumber }) => sequenceNumber);
  const { ssrc: mediaSsrc } = guest.channel("data");
  const ask = (sequences: readonly number[]) =>
    guest.report({ type: "nack", ssrc: guest.info!.listenerSsrc, mediaSsrc, sequences });
  ask(lost);
  stage.run(50);
  const again = received(guest).late.slice(late.length);
  assert.deepEqual(again.map(({ sequenceNumber }) => sequenceNumber), lost);
  ask([toSequenceNumber(next - late.length - 1)]);
  assert.equal(stage.core.stats().unanswered.gone, 1);
  for (const at of [0, 1, 2, 3, 4, 5, 6, 7]) {
    ask(late.map(({ sequenceNumber }) => sequenceNumber));
    stage.run(40 + at);
  }
  const sent = received(guest).late.length;
  assert.ok(sent > 1.8 * late.length && sent <= 2 * late.length + 1, `${sent} of ${late.length}`);
  assert.ok(stage.core.stats().unanswered.overBudget! > 0);
});

Deno.test("whoever pretends and never reports, or is without retransmission, gets nothing from before", () => {
  const silent = onAir();
  pushAll(silent, [numbered(1)], 100);
  const ghost = new Guest(silent);
  ghost.joinWith(ghost.hello());
  silent.run(1000);
  assert.equal(silent.core.stats().retransmitted, 0);
  const without = onAir({ repair: { isRtxOffered: false, parity: "never" } });
  pushAll(without, [numbered(1)], 100);
  const guest = new Guest(without);
  guest.join();
  pushAll(without, [numbered(2)], 100);
  assert.equal(without.core.stats().retransmitted, 0);
  assert.deepEqual(countsIn(guest.packets("data")), [2]);
});

Deno.test("nobody can wish for a key frame of data", () => {
  const stage = onAir();
  const guest = new Guest(stage);
  guest.join();
  pushAll(stage, [numbered(1)], 100);
  const { ssrc: mediaSsrc } = guest.channel("data");
  guest.report({ type: "pictureLossIndication", ssrc: guest.info!.listenerSsrc, mediaSsrc });
  stage.run(2000);
  assert.deepEqual([stage.core.stats().keyFrameRequests, stage.said("key-frame-wanted")], [0, []]);
});
