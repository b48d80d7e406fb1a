import assert from "node:assert/strict";
import { parseEvent } from "../../shared/wire/event.ts";
import { FRAME_MILLIS, goal, Guest, MP3, Stage } from "./kit.ts";

Deno.test("a listener gets in and hears what is sent from then on", () => {
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
  assert.deepEqual(stage.said("listener-joined").map(({ listeners }) => listeners), [1]);
});
