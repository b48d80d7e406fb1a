import assert from "node:assert/strict";
import { toSequenceNumber } from "../../../../shared/core/seq.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { RtpPacket } from "../../../../shared/rtp/rtp.ts";
import { unpackRtx } from "../../../../shared/rtp/rtx.ts";
import { Guest, MP3, Stage, type StageOptions } from "../../kit.ts";
import { pictures, pushPictures, SCREEN, type ScreenShape, unpack } from "../../screens.ts";

/** Key frames of 40 kB every two seconds. */
const SHAPE: ScreenShape = { keyBytes: 40_000, keyInterval: 60, bytes: 4000 };

/** A host that has sent the first second after a key frame, and goes on. */
function onAir(changes: StageOptions = {}, shape = SHAPE, millis: Millis = 3000): Stage {
  const stage = new Stage({ screen: SCREEN, hasEvents: false, ...changes });
  return pushPictures(stage, pictures(300, shape)).run(millis);
}

/** The packets that came by retransmission, and those that came at first. */
function received(guest: Guest) {
  const { ssrc, payloadType, rtx, nextSequence } = guest.channel("screen");
  const original = { ssrc, payloadType };
  const all = guest.listen().rtp;
  const late = all.filter((packet) => packet.ssrc === rtx!.ssrc).map((packet) => {
    const unpacked = unpackRtx(packet, original);
    assert(unpacked.ok);
    return unpacked.value;
  });
  return { late, live: all.filter((packet) => packet.ssrc === ssrc), next: nextSequence as number };
}

function inOrder(packets: readonly RtpPacket[]): RtpPacket[] {
  return packets.toSorted((one, other) => {
    return one.frameNumber! - other.frameNumber! ||
      ((one.sequenceNumber - other.sequenceNumber + 0x1_8000) & 0xffff) - 0x8000;
  });
}

for (const sequenceStart of [0, 65_400, 65_535]) {
  Deno.test(`whoever joins late gets each packet since the last key frame once, from ${sequenceStart} on`, () => {
    const stage = onAir({ sequenceStart });
    const guest = new Guest(stage);
    guest.join();
    const joinedAt = stage.now;
    stage.run(500);
    const { late, live, next } = received(guest);
    assert.equal(toSequenceNumber(next), live[0]!.sequenceNumber);
    const frames = unpack([...inOrder(late), ...live]);
    // The second key frame, sent two seconds after the first.
    assert.deepEqual([frames[0]!.frameNumber, frames[0]!.isKey], [60, true]);
    assert(frames.length > 30);
    assert.equal(new Set(late.map(({ sequenceNumber }) => sequenceNumber)).size, late.length);
    assert.equal(stage.core.stats().retransmitted, late.length);
    const copies = stage.sent.filter(({ at }) => at < joinedAt);
    assert.equal(copies.length, 0, "nothing was sent to anybody before");
  });
}

Deno.test("what it gets is paced: never more than the bucket gives, and no sound waits", () => {
  const stage = onAir({ audio: MP3, waitFor: 0 }, { ...SHAPE, keyBytes: 300_000 }, 0);
  stage.pushFrames(400).run(3000);
  const startedAt = stage.said("started")[0]!.at;
  const guest = new Guest(stage);
  guest.join();
  const joinedAt = stage.now;
  stage.run(900);
  const copies = stage.sent.filter(({ datagram }) => datagram.length > 200);
  const sound = copies.filter(({ datagram }) => (datagram[1]! & 0x7f) === 14);
  assert(sound.length > 20);
  for (const { at } of sound) {
    const frames = (at - startedAt) * 44.1 / 1152;
    assert(Math.abs(frames - Math.round(frames)) < 1e-3, `sound at ${at - startedAt}`);
  }
  const late = copies.filter(({ datagram }) => (datagram[1]! & 0x7f) === 112);
  for (let from = joinedAt; from < joinedAt + 400; from += 20) {
    const bytes = late.filter(({ at }) => at >= from && at < from + 20)
      .reduce((sum, { datagram }) => sum + datagram.length, 0);
    assert(bytes < 20 * 1200 * 1.6, `${bytes} bytes in 20 ms`);
  }
  assert(late.at(-1)!.at - joinedAt < 600);
});

Deno.test("a hundred who join at once share the packets: each is made once", () => {
  const stage = onAir();
  const guests = Array.from({ length: 100 }, () => new Guest(stage));
  for (const guest of guests) guest.join();
  stage.run(600);
  const lates = guests.map((guest) => received(guest));
  const numbers = new Set<number>();
  for (const [index, { late, live }] of lates.entries()) {
    const frames = unpack([...inOrder(late), ...live]);
    assert.equal(frames[0]!.frameNumber, 60);
    assert.equal(new Set(late.map(({ sequenceNumber }) => sequenceNumber)).size, late.length);
    const { rtx } = guests[index]!.channel("screen");
    for (const { ssrc, sequenceNumber } of guests[index]!.rtp) {
      if (ssrc === rtx!.ssrc) numbers.add(sequenceNumber);
    }
  }
  assert.equal(numbers.size, lates[0]!.late.length);
});

Deno.test("a hundred who join within a quarter of a second have all within two rounds, from few packets", () => {
  const stage = onAir();
  const guests = Array.from({ length: 100 }, () => new Guest(stage));
  for (const guest of guests) {
    guest.join();
    stage.run(2.5);
  }
  stage.run(500);
  const numbers = new Set<number>();
  let most = 0;
  for (const guest of guests) {
    const { late, live } = received(guest);
    assert.equal(unpack([...inOrder(late), ...live])[0]!.frameNumber, 60);
    most = Math.max(most, late.length);
    const { rtx } = guest.channel("screen");
    for (const { ssrc, sequenceNumber } of guest.rtp) {
      if (ssrc === rtx!.ssrc) numbers.add(sequenceNumber);
    }
  }
  assert(numbers.size < 4 * most, `${numbers.size} packets for ${most} each`);
});

Deno.test("a packet that was lost on the way is sent again on request, but not for ever", () => {
  const stage = onAir();
  const guest = new Guest(stage);
  guest.join();
  stage.run(300);
  const { late } = received(guest);
  const { ssrc } = guest.channel("screen");
  const lost = late.slice(3, 9).map(({ sequenceNumber }) => sequenceNumber);
  const ask = (sequences: readonly number[]) =>
    guest.report({
      type: "nack",
      ssrc: guest.info!.listenerSsrc,
      mediaSsrc: ssrc,
      sequences,
    });
  ask(lost);
  stage.run(50);
  const again = received(guest).late.slice(late.length);
  assert.deepEqual(again.map(({ sequenceNumber }) => sequenceNumber), lost);
  // Asked for again and again: it gets as much as it got without asking, and no more.
  const all = late.map(({ sequenceNumber }) => sequenceNumber);
  for (let time = 0; time < 8; time++) {
    ask(all);
    stage.run(40);
  }
  const sent = received(guest).late.length;
  assert(sent > 1.8 * late.length && sent <= 2 * late.length + 5, `${sent} for ${late.length}`);
  assert(stage.core.stats().unanswered.overBudget! > 0);
});

Deno.test("a request that crosses the first sending is not answered twice", () => {
  const stage = onAir();
  const guest = new Guest(stage);
  guest.join();
  const { nextSequence, ssrc } = guest.channel("screen");
  const mediaSsrc = ssrc;
  const sequences = Array.from({ length: 20 }, (_, index) => (nextSequence as number) - 20 + index);
  for (let time = 0; time < 50; time++) {
    guest.tell({ type: "nack", ssrc: guest.info!.listenerSsrc, mediaSsrc, sequences });
    stage.run(1);
  }
  stage.run(400);
  const { late } = received(guest);
  const counts = new Map<number, number>();
  for (const { sequenceNumber } of late) {
    counts.set(sequenceNumber, (counts.get(sequenceNumber) ?? 0) + 1);
  }
  assert(Math.max(...counts.values()) <= 2);
});

Deno.test("a new key frame ends it, since it reaches everybody", () => {
  const stage = onAir({}, SHAPE, 3900);
  const guest = new Guest(stage);
  guest.join();
  stage.run(150);
  const atKey = received(guest).late.length;
  stage.run(1000);
  const { late, live } = received(guest);
  assert.equal(late.length, atKey);
  assert(unpack(live.slice(live.findIndex(({ frameNumber }) => frameNumber === 120)))[0]!.isKey);
  const { ssrc, nextSequence } = guest.channel("screen");
  const sequences = [(nextSequence as number) - 1];
  guest.report({ type: "nack", ssrc: guest.info!.listenerSsrc, mediaSsrc: ssrc, sequences });
  assert.equal(stage.core.stats().unanswered.gone, 1);
});

Deno.test("whoever joins before the key frame, or before the channel, gets nothing twice", () => {
  const stage = new Stage({ screen: SCREEN, hasEvents: false, waitFor: 1 });
  pushPictures(stage, pictures(60, SHAPE));
  const early = new Guest(stage);
  early.join();
  stage.run(1500);
  assert.equal(received(early).late.length, 0);
});

Deno.test("without retransmission nobody gets any", () => {
  const stage = onAir({ repair: { isRtxOffered: false, parity: "never" } });
  const guest = new Guest(stage);
  guest.join();
  stage.run(500);
  assert.equal(stage.core.stats().retransmitted, 0);
  assert(guest.packets("screen").length > 0);
});

Deno.test("a listener that only pretends, and never reports, draws nothing from before", () => {
  const stage = onAir();
  const ghost = new Guest(stage);
  ghost.joinWith(ghost.hello());
  stage.run(1000);
  assert.equal(stage.core.stats().retransmitted, 0);
});

Deno.test("where all since the key frame is too much to keep, a key frame is wanted instead", () => {
  // 12 MB in two seconds after the key frame.
  const stage = onAir({}, { keyBytes: 40_000, keyInterval: 1000, bytes: 150_000 }, 0);
  stage.run(3500);
  const guest = new Guest(stage);
  guest.join();
  stage.run(1000);
  assert.equal(stage.core.stats().retransmitted, 0);
  assert.deepEqual(stage.said("key-frame-wanted").map(({ channel }) => channel), ["screen"]);
});

Deno.test("a new key frame is wanted where it costs less than all since the last one", () => {
  const wanted = (shape: ScreenShape) => {
    const stage = onAir({ waitFor: 5 }, shape, 0);
    for (let index = 0; index < 5; index++) new Guest(stage).join();
    stage.run(3900);
    new Guest(stage).join();
    stage.run(50);
    return stage.said("key-frame-wanted").length;
  };
  assert.equal(wanted({ keyBytes: 10_000, keyInterval: 60, bytes: 4000 }), 1);
  assert.equal(wanted({ keyBytes: 300_000, keyInterval: 60, bytes: 4000 }), 0);
});
