import assert from "node:assert/strict";
import { canonicalH264 } from "../../../shared/media/video/h264.ts";
import { demux } from "../../../shared/rtp/demux.ts";
import { parseRtcp } from "../../../shared/rtcp/rtcp.ts";
import { Guest, MP3, Stage, type StageOptions, START } from "../kit.ts";
import {
  FRAME_TICKS,
  packetsIn,
  pictures,
  pushPictures,
  SCREEN,
  type ScreenShape,
  unpack,
} from "../screens.ts";

const PLAYER = { hostname: "10.0.0.77", port: 7000 };
const REPORTS = { ...PLAYER, port: 7001 };
const FRAME_MILLIS = 1000 / 30;

function screenStage(changes: StageOptions = {}): Stage {
  const plainScreenReceivers = [PLAYER];
  return new Stage({ screen: SCREEN, hasEvents: false, plainScreenReceivers, ...changes });
}

/** Plays pictures of 30 a second as a source that reads ahead. */
function play(stage: Stage, count: number, shape: ScreenShape = {}): Stage {
  const all = pictures(count, shape);
  while (all.length > 0) {
    while (stage.core.screenBacklog < 1000 && all.length > 0) pushPictures(stage, [all.shift()!]);
    stage.run(100);
  }
  return stage.tell((core) => core.endScreen(stage.now));
}

Deno.test("every picture reaches a plain player whole, in order and with its number and time", () => {
  const stage = screenStage({ sequenceStart: 65_500 });
  const all = pictures(60);
  pushPictures(stage, all).tell((core) => core.endScreen(stage.now)).run(3000);
  const frames = unpack(packetsIn(stage.take(PLAYER)));
  assert.deepEqual(frames.map(({ frameNumber }) => frameNumber), all.map((_, index) => index));
  for (const [index, frame] of frames.entries()) {
    assert.deepEqual(canonicalH264(frame.nalUnits), canonicalH264(all[index]!.nalUnits));
    const ticks = (frame.ticks as number) - (frames[0]!.ticks as number);
    assert.equal(ticks >>> 0, index * FRAME_TICKS);
  }
  assert.equal(stage.said("ended")[0]?.reason, "end of broadcast");
});

Deno.test("a plain player of the screen gets its reports at the next port, and no sound", () => {
  const stage = screenStage({ audio: MP3 }).pushFrames(100);
  play(stage, 60).run(5000);
  const packets = packetsIn(stage.take(PLAYER));
  const [ssrc] = [packets[0]!.ssrc];
  assert(packets.every((packet) => packet.ssrc === ssrc && packet.payloadType === 99));
  assert(stage.take(REPORTS).length >= 2);
});

for (const keyBytes of [120_000, 400_000, 1_000_000]) {
  Deno.test(`a key frame of ${keyBytes / 1000} kB delays no sound, and leaves at the pace of the bucket`, () => {
    const stage = new Stage({ audio: MP3, screen: SCREEN, hasEvents: false, waitFor: 1 });
    stage.pushFrames(200);
    const guest = new Guest(stage);
    guest.join();
    const from = stage.now;
    // All key frames are from the middle on, so that the rate of the stream is known.
    pushPictures(
      stage,
      pictures(90, { keyBytes: 2000, keyInterval: 45 }).map((picture, index) =>
        index === 45 ? pictures(1, { keyBytes })[0]! : picture
      ).map((picture, index) => ({ ...picture, ticks: index * FRAME_TICKS })),
    ).run(4500);
    const startedAt = stage.said("started")[0]!.at;
    assert(startedAt >= from);
    const copies = stage.sent.filter(({ datagram }) => datagram.length > 200);
    const ofType = (type: number) =>
      copies.filter(({ datagram }) => (datagram[1]! & 0x7f) === type);
    for (const [index, { at }] of ofType(14).entries()) {
      // The sequence of sound is 1152 samples a packet; each leaves when it is due, to the millisecond.
      assert(Math.abs(at - startedAt - index * 1152 / 44.1) < 0.01, `sound ${index}`);
    }
    const key = ofType(99).filter(({ at }) => at >= startedAt + 45 * FRAME_MILLIS - 1);
    const ofKey = key.slice(0, Math.floor(keyBytes / 1130));
    const took = ofKey.at(-1)!.at - ofKey[0]!.at;
    const expected = Math.min(keyBytes / 1200, 1000);
    assert(took > expected * 0.85 && took < expected * 1.1, `${took} ms for ${keyBytes}`);
    // In small steps: never more than a tenth of the key frame of 120 kB at once.
    const steps = Map.groupBy(ofKey, ({ at }) => at);
    for (const step of steps.values()) {
      const bytes = step.reduce((sum, { datagram }) => sum + datagram.length, 0);
      assert(bytes < 16_000, `${bytes} at once`);
    }
  });
}

Deno.test("a stream of 30 Mbit/s is not held back", () => {
  const stage = screenStage();
  play(stage, 75, { keyBytes: 400_000, bytes: 125_000 }).run(2000);
  const copies = stage.sent.filter(({ to }) => to.port === PLAYER.port);
  const startedAt = stage.said("started")[0]!.at;
  const frames = packetsIn(copies.map(({ datagram }) => datagram));
  const late = frames.flatMap(({ frameNumber, marker }, index) =>
    marker && frameNumber! > 60 ? copies[index]!.at - startedAt - frameNumber! * FRAME_MILLIS : []
  );
  assert.equal(late.length, 14);
  assert(Math.max(...late) < 250, `${Math.max(...late)} ms late`);
});

Deno.test("the BYE comes after the last packet of a large frame, with all packets counted", () => {
  const stage = screenStage({ waitFor: 1 });
  const guest = new Guest(stage);
  guest.join();
  pushPictures(stage, pictures(1, { keyBytes: 400_000 }));
  stage.tell((core) => core.endScreen(stage.now)).run(2500);
  guest.listen();
  const sent = guest.packets("screen").length;
  assert(sent > 350);
  const [goodbye] = guest.heard("goodbye");
  assert.equal(goodbye!.reason, "end of broadcast");
  const report = guest.heard("senderReport").at(-1)!;
  assert.equal(report.packetCount, sent);
  const types = stage.outputs.filter(({ kind }) => kind === "ended").length;
  assert.equal(types, 0, "it waits for the listener's BYE");
});

Deno.test("a channel that the host stops ends with the packets that have left, and can begin again", () => {
  const stage = new Stage({ screen: SCREEN, waitFor: 1 });
  const guest = new Guest(stage);
  guest.join();
  pushPictures(stage, pictures(30, { keyBytes: 300_000 })).run(2050);
  const before = guest.packets("screen");
  stage.tell((core) => core.endChannel(core.screenId!, stage.now));
  assert.equal(stage.core.isScreenAwaited, true);
  stage.run(1000);
  guest.report();
  const ended = guest.messages.find(({ type }) => type === "channel-ended");
  assert(ended?.type === "channel-ended");
  assert.equal(ended.packetCount, guest.rtp.filter(({ ssrc }) => ssrc === ended.ssrc).length);
  stage.tell((core) => core.openScreen(SCREEN, stage.now));
  pushPictures(stage, pictures(30)).run(1500);
  guest.report();
  const started = guest.messages.findLast(({ type }) => type === "channel-started");
  assert(started?.type === "channel-started");
  const after = guest.listen().rtp.filter(({ ssrc }) => ssrc === started.numbers.ssrc);
  // The numbers of frames go on.
  assert.equal(
    after[0]!.frameNumber,
    Math.max(...before.map(({ frameNumber }) => frameNumber!)) + 1,
  );
});

Deno.test("the sender reports count what has left, also in the middle of a frame", () => {
  const stage = screenStage({ waitFor: 1 });
  const guest = new Guest(stage);
  guest.join();
  pushPictures(stage, pictures(120, { keyBytes: 900_000, keyInterval: 60 }));
  stage.run(4200);
  let [sent, inTheMiddle] = [0, 0];
  const { ssrc } = stage.core.stats().channels[0]!;
  for (const { datagram, to } of stage.sent) {
    if (to.port !== guest.address.port) continue;
    const kind = demux(datagram);
    if (kind.ok && kind.value === "rtp") sent++;
    const messages = kind.ok && kind.value === "rtcp" ? parseRtcp(datagram) : undefined;
    const reports = messages?.ok ? messages.value : [];
    const report = reports.find((one) => one.type === "senderReport" && one.ssrc === ssrc);
    if (report?.type !== "senderReport") continue;
    assert.equal(report.packetCount, sent);
    if (sent % 800 > 10) inTheMiddle++;
  }
  assert(inTheMiddle > 0, "no report in the middle of a frame");
});

Deno.test("sound and screen begin together, and each ends at its own end", () => {
  const stage = new Stage({ audio: MP3, screen: SCREEN, hasEvents: false });
  pushPictures(stage, pictures(60));
  stage.run(1500);
  assert.equal(stage.said("started").length, 0, "no sound yet");
  stage.pushFrames(200);
  assert.equal(stage.said("started")[0]!.at, START + 1500);
  stage.tell((core) => core.endAudio(stage.now)).tell((core) => core.endScreen(stage.now));
  stage.run(200 * 1152 / 44.1 - 1);
  assert.equal(stage.core.isEnding, false);
  stage.run(5);
  assert.equal(stage.core.isEnding, true);
});

Deno.test("a screen that may come back never ends the broadcast", () => {
  const stage = screenStage({ screenStaysOpen: true });
  play(stage, 30).run(60_000);
  assert.equal(stage.core.isEnding, false);
});

Deno.test("a broadcast whose awaited screen never comes ends with its sound", () => {
  const stage = new Stage({ audio: MP3, isScreenAwaited: true, hasEvents: false }).pushFrames(50);
  stage.tell((core) => core.endAudio(stage.now)).run(10_000);
  assert.equal(stage.core.isEnding, false);
  stage.tell((core) => core.endScreen(stage.now));
  assert.equal(stage.core.isEnding, true);
});

Deno.test("--interval has no effect on the screen", () => {
  const stage = screenStage({ intervalMillis: 500 });
  play(stage, 30).run(1000);
  const times = new Set(stage.sent.filter(({ to }) => to.port === PLAYER.port).map(({ at }) => at));
  assert(times.size >= 30);
});
