import assert from "node:assert/strict";
import { LossWindow } from "../../../../server/edge/feedback/loss_window.ts";
import type { Millis } from "../../../../shared/core/units.ts";
import type { ReceptionReport } from "../../../../shared/rtcp/rtcp.ts";
import { Guest, MP3, Stage, START } from "../../kit.ts";
import { pictures, pushPictures, SCREEN } from "../../screens.ts";

function onAir(listeners: number) {
  const stage = new Stage({ audio: MP3, screen: SCREEN, hasEvents: false }).pushFrames(1000);
  pushPictures(stage, pictures(600, { keyInterval: 1000 })).run(200);
  const guests = Array.from({ length: listeners }, () => new Guest(stage));
  for (const guest of guests) guest.join();
  stage.run(500);
  const from = stage.said("key-frame-wanted").length;
  return { stage, guests, wanted: () => stage.said("key-frame-wanted").length - from };
}

function pictureLoss(guest: Guest, channel: "screen" | "audio" = "screen") {
  const { ssrc: mediaSsrc } = guest.channel(channel);
  const ssrc = guest.info!.listenerSsrc;
  return { type: "pictureLossIndication", ssrc, mediaSsrc } as const;
}

Deno.test("however many listeners need a key frame, the source is asked once a second", () => {
  const { stage, guests, wanted } = onAir(50);
  const before = stage.core.stats().keyFrameRequests;
  for (let round = 0; round < 100; round++) {
    for (const guest of guests) guest.report(pictureLoss(guest));
    stage.run(50);
  }
  assert.equal(wanted(), 5);
  assert.equal(stage.core.stats().keyFrameRequests - before, 5);
});

Deno.test("one request is passed on at once, a second one after a second, and then no more", () => {
  const { stage, guests: [guest], wanted } = onAir(1);
  stage.run(2000);
  guest!.report(pictureLoss(guest!));
  assert.equal(wanted(), 1);
  guest!.report(pictureLoss(guest!));
  stage.run(900);
  assert.equal(wanted(), 1);
  stage.run(200);
  assert.equal(wanted(), 2);
  stage.run(5000);
  assert.equal(wanted(), 2);
});

Deno.test("a key frame that begins meanwhile answers a request that waits", () => {
  const stage = new Stage({ screen: SCREEN, hasEvents: false });
  // A key frame every two seconds.
  pushPictures(stage, pictures(600, { keyInterval: 60 })).run(5500);
  const guest = new Guest(stage);
  guest.join();
  stage.run(300);
  // It was asked for the listener that joined, and so may be asked again at 6.5 s; a key frame begins at 6 s.
  assert.equal(stage.said("key-frame-wanted").length, 1);
  guest.report(pictureLoss(guest));
  stage.run(4000);
  assert.equal(stage.said("key-frame-wanted").length, 1);
});

Deno.test("a picture loss of a channel without key frames is junk", () => {
  const { stage, guests: [guest] } = onAir(1);
  guest!.report(pictureLoss(guest!, "audio"));
  assert.equal(stage.core.stats().junk.unknownSsrc, 1);
});

/** A report of the screen: so many packets since the beginning, and so many lost. */
function report(guest: Guest, packets: number, lost: number): ReceptionReport {
  const { ssrc, sequenceBase } = guest.channel("screen");
  return {
    ssrc,
    fractionLost: 0,
    cumulativeLost: lost,
    highestSequence: (sequenceBase as number) + packets,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  };
}

Deno.test("each second it is told how many listeners lost more than 5 % in the last five", () => {
  const { stage, guests } = onAir(20);
  const ofSecond: number[] = [];
  const lost = guests.map(() => 0);
  for (let second = 0; second < 14; second++) {
    for (const [index, guest] of guests.entries()) {
      // Four of them lose a tenth from the third second to the sixth.
      if (index < 4 && second >= 3 && second < 7) lost[index]! += 10;
      // One of them a little all the time.
      if (index === 5) lost[index]! += 4;
      const reports = [report(guest, 100 * (second + 1), lost[index]!)];
      guest.tell({ type: "receiverReport", ssrc: guest.info!.listenerSsrc, reports });
    }
    stage.run(1000);
    const told = stage.said("losses");
    const { channel, listeners, lossy } = told.at(-1)!;
    assert.deepEqual([channel, listeners], ["screen", 20]);
    ofSecond.push(lossy);
  }
  assert.deepEqual(ofSecond.slice(0, 3), [0, 0, 0]);
  assert.equal(Math.max(...ofSecond), 4);
  assert.deepEqual(ofSecond.slice(-2), [0, 0]);
  const times = stage.said("losses").length;
  assert(times <= 16, `${times} in 14.7 s`);
});

Deno.test("without a screen nothing is told of losses", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(500).run(100);
  new Guest(stage).join();
  stage.run(5000);
  assert.equal(stage.said("losses").length, 0);
});

Deno.test("reports that come too fast, go back or stop are no reason to judge", () => {
  const window = new LossWindow();
  const at = (highestSequence: number, cumulativeLost: number, now: Millis) =>
    window.onReport({ ...NOTHING, highestSequence, cumulativeLost }, now);
  assert.equal(window.shareOf(1, START), undefined);
  at(100, 0, START);
  assert.equal(window.shareOf(1, START), undefined, "one report has no time before it");
  for (let index = 0; index < 1000; index++) at(100 + index, index / 10, START + index);
  assert(Math.abs(window.shareOf(1, START + 1000)! - 0.1) < 0.01);
  assert.equal(window.shareOf(1, START + 30_000), undefined);
  at(50, 0, START + 31_000);
  assert.equal(window.shareOf(1, START + 31_000), undefined);
});

const NOTHING: ReceptionReport = {
  ssrc: 1,
  fractionLost: 0,
  cumulativeLost: 0,
  highestSequence: 0,
  jitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
};
