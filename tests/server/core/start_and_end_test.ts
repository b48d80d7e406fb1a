import assert from "node:assert/strict";
import { parseRtcp } from "../../../shared/rtcp/rtcp.ts";
import { FRAME_MILLIS, goal, Guest, MP3, mp3Frame, Stage, START } from "../kit.ts";

Deno.test("with --wait-for nothing is sent before all have joined, and then everything to everyone", () => {
  const stage = new Stage({ audio: MP3, waitFor: 2 }).pushFrames(30);
  stage.tell((core) => core.pushEvent(goal("early"), stage.now));
  const first = new Guest(stage);
  first.join();
  stage.run(5000);
  assert.deepEqual([first.packets("audio").length, stage.said("started").length], [0, 0]);
  const second = new Guest(stage);
  second.join();
  assert.equal(stage.said("started")[0]!.at, stage.now);
  stage.run(100);
  for (const guest of [first, second]) {
    assert.equal(guest.packets("audio").length, 4);
    assert.equal(guest.packets("events").length, 1);
    assert.equal(guest.channel("audio").nextSequence, guest.channel("audio").sequenceBase);
  }
});

Deno.test("a listener that was accepted but never reported does not count for --wait-for", () => {
  const stage = new Stage({ waitFor: 1 });
  const ghost = new Guest(stage);
  ghost.joinWith(ghost.hello());
  stage.run(3000);
  assert.equal(stage.said("started").length, 0);
});

Deno.test("the start waits for sound, but not for ever", () => {
  const slow = new Stage({ audio: MP3 }).run(1000);
  assert.equal(slow.said("started").length, 0);
  slow.pushFrames(20);
  assert.deepEqual(slow.said("started").map(({ at }) => at), [START + 1000]);
  const never = new Stage({ audio: MP3 }).run(3000);
  assert.deepEqual(never.said("started").map(({ at }) => at), [START + 2000]);
});

Deno.test("the broadcast ends when all sound was played: three BYEs with the final counts, then the end", () => {
  const stage = new Stage({ audio: MP3, hasEvents: false, waitFor: 1 }).pushFrames(100);
  stage.tell((core) => core.endAudio(stage.now));
  const guest = new Guest(stage);
  guest.join();
  stage.run(100 * FRAME_MILLIS - 1);
  assert.equal(guest.heard("goodbye").length, 0);
  stage.run(300);
  guest.leave();
  const ssrcs = [guest.info!.hostSsrc, guest.channel("audio").ssrc];
  const reason = "end of broadcast";
  const goodbyes = guest.heard("goodbye");
  assert.deepEqual(goodbyes, [1, 2, 3].map(() => ({ type: "goodbye", ssrcs, reason })));
  assert.equal(guest.heard("senderReport").at(-1)!.packetCount, 100);
  assert.deepEqual(stage.outputs.slice(-3).map(({ kind }) => kind), [
    ...["listener-left", "stats", "ended"],
  ]);
  assert.equal(stage.said("listener-left")[0]!.reason, "shutdown");
  assert.equal(stage.core.isFinished, true);
  assert.equal(stage.core.deadline, undefined);
});

Deno.test("BYEs are sent 100 ms apart, then now and then to listeners that have not left, and nothing else is", () => {
  const stage = new Stage({ audio: MP3, waitFor: 1 }).pushFrames(100);
  const guest = new Guest(stage);
  guest.join();
  stage.run(500).tell((core) => core.shutdown("interrupted", stage.now));
  const from = stage.now;
  stage.pushFrames(10).tell((core) => core.pushEvent(goal(), stage.now)).run(2000);
  const after = stage.sent.filter(({ at }) => at >= from).filter(({ datagram }) => {
    const messages = parseRtcp(datagram);
    return messages.ok && messages.value.some(({ type }) => type === "goodbye");
  });
  const reminders = [450, 700, 950, 1200, 1450, 1700, 1950];
  assert.deepEqual(after.map(({ at }) => at - from), [0, 100, 200, ...reminders]);
  assert.equal(stage.sent.filter(({ at }) => at > from).length, 2 + reminders.length);
  assert.equal(stage.core.isFinished, false);
  stage.run(3000);
  assert.equal(stage.core.isFinished, true, "a silent listener does not delay the end for long");
  assert.deepEqual(stage.said("listener-left").map(({ reason }) => reason), ["shutdown"]);
});

Deno.test("lost packets of the end are sent again until all listeners have left; then the broadcast is over", () => {
  const stage = new Stage({ audio: MP3, waitFor: 2 }).pushFrames(60);
  const guests = [new Guest(stage), new Guest(stage)] as const;
  for (const guest of guests) guest.join();
  stage.run(1000).tell((core) => core.shutdown("interrupted", stage.now));
  stage.run(700);
  const { listenerSsrc } = guests[0].info!;
  const { ssrc, nextSequence, rtx } = guests[0].channel("audio");
  const last = nextSequence + guests[0].packets("audio").length - 1;
  guests[0].tell({ type: "nack", ssrc: listenerSsrc, mediaSsrc: ssrc, sequences: [last] });
  assert.equal(guests[0].listen().rtp.filter((packet) => packet.ssrc === rtx!.ssrc).length, 1);
  guests[0].leave();
  assert.equal(stage.core.isFinished, false);
  guests[1].leave();
  assert.equal(stage.core.isFinished, true);
  assert.deepEqual(stage.said("ended").length, 1);
});

Deno.test("the broadcast ends after its duration, counted from the start", () => {
  const stage = new Stage({ waitFor: 1, durationMillis: 10_000 }).run(5000);
  new Guest(stage).join();
  stage.run(9999);
  assert.equal(stage.core.isFinished, false);
  stage.run(5500);
  assert.deepEqual(stage.said("ended"), [{ kind: "ended", reason: "duration" }]);
});

Deno.test("a match with sound ends when events and sound have ended, not before", () => {
  const both = new Stage({ audio: MP3 }).pushFrames(50);
  both.tell((core) => core.endEvents(both.now));
  both.run(5000);
  assert.equal(both.core.isFinished, false);
  both.tell((core) => core.endAudio(both.now)).run(1000);
  assert.equal(both.core.isFinished, true);

  const matchOutlasts = new Stage({ audio: MP3 }).pushFrames(50);
  matchOutlasts.tell((core) => core.endAudio(matchOutlasts.now)).run(5000);
  assert.equal(matchOutlasts.core.isFinished, false);
  matchOutlasts.tell((core) => core.endEvents(matchOutlasts.now)).run(300);
  assert.equal(matchOutlasts.core.isFinished, true);

  const endless = new Stage({ audio: MP3 }).pushFrames(50);
  endless.run(500).tell((core) => core.endEvents(endless.now)).run(5000);
  assert.equal(endless.core.isFinished, false);
});

Deno.test("events that arrive and end before the start are sent at the start", () => {
  const stage = new Stage({ waitFor: 1 });
  stage.tell((core) => core.pushEvent(goal(), stage.now)).run(3000);
  stage.tell((core) => core.endEvents(stage.now));
  const guest = new Guest(stage);
  guest.join();
  stage.run(5500);
  assert.equal(guest.packets("events").length, 1);
  assert.equal(stage.core.isFinished, true);
});

Deno.test("frames after the end of the broadcast are dropped", () => {
  const stage = new Stage({ audio: MP3 }).pushFrames(20);
  stage.tell((core) => core.shutdown("test", stage.now));
  const before = stage.core.audioBacklog;
  stage.tell((core) => core.pushAudio(mp3Frame(99), stage.now));
  assert.equal(stage.core.audioBacklog, before);
});
