import assert from "node:assert/strict";
import type { StudioToHost } from "../../../shared/studio/studio_messages.ts";
import { deltaFrame, keyFrame, opus, SCREEN, SOUND } from "./pages.ts";
import { ANN, FACTS, Stage } from "./stage.ts";

Deno.test("a page is told everything at once, and the first one drives", () => {
  const stage = new Stage();
  const first = stage.open();
  const heard = first.heard();
  assert.deepEqual(heard.map(({ kind }) => kind), [
    "studio",
    "match-setup",
    "match-state",
    "media",
    "listeners",
    "counts",
    "driving",
  ]);
  assert.deepEqual(heard[0], { kind: "studio", ...FACTS, isDriving: true });
  assert.deepEqual(heard.at(-1), { kind: "driving", isDriving: true, isOther: false });
  const second = stage.open();
  assert.deepEqual(second.heardOf("driving"), [
    { kind: "driving", isDriving: false, isOther: true },
  ]);
});

Deno.test("a page that does not drive is refused, until it asks to take over; the former is told", () => {
  const stage = new Stage();
  const [first, second] = [stage.open(), stage.open()];
  first.heard();
  second.heard();
  first.say(SCREEN);
  second.say({ kind: "match", id: "m1", do: "start" });
  second.say({ kind: "put-out", id: "p1", listener: ANN.id });
  second.say(SOUND);
  second.bring("sound", opus());
  const refusals = second.heard();
  assert.deepEqual(refusals.map((told) => [told.kind, "ok" in told && told.ok]), [
    ["match-answer", false],
    ["answer", false],
    ["answer", false],
  ]);
  for (const told of refusals) {
    assert.match("text" in told ? told.text ?? "" : "", /drives.*take over/);
  }
  assert.deepEqual(stage.takeKinds(), []);
  assert.equal(stage.studio.junk.get("notDriving"), 4);

  second.say({ kind: "take-over", id: "t1" });
  const taken = second.heard();
  assert.deepEqual(taken.filter(({ kind }) => kind === "answer"), [
    { kind: "answer", id: "t1", ok: true },
  ]);
  assert.deepEqual(taken.at(-1), { kind: "driving", isDriving: true, isOther: false });
  assert.deepEqual(first.heardOf("driving"), [
    { kind: "driving", isDriving: false, isOther: true },
  ]);
  second.bring("screen", keyFrame());
  assert.deepEqual(stage.takeKinds(), ["warning"], "it says first what it sends");
  second.say(SOUND);
  second.bring("sound", opus());
  first.bring("sound", opus());
  assert.deepEqual(stage.takeKinds(), ["sound-started", "sound"]);
});

Deno.test("a page that was taken over from does not drive again unasked, when all connections were lost", () => {
  const stage = new Stage();
  const [first, second] = [stage.open("the-first-page"), stage.open("the-second-page")];
  second.say({ kind: "take-over" });
  second.leave();
  first.leave();
  const firstAgain = stage.open("the-first-page");
  assert.deepEqual(firstAgain.heardOf("driving"), [
    { kind: "driving", isDriving: false, isOther: false },
  ]);
  const secondAgain = stage.open("the-second-page");
  assert.deepEqual(secondAgain.heardOf("driving").at(-1), {
    kind: "driving",
    isDriving: true,
    isOther: false,
  });
  firstAgain.say({ kind: "take-over" });
  firstAgain.leave();
  assert.equal(stage.open("the-first-page").heardOf("driving").at(-1)?.isDriving, true);
});

Deno.test("a page that is loaded again drives again, even when its old connection ends late", () => {
  const stage = new Stage();
  const watching = stage.open("watching");
  watching.leave();
  const page = stage.open("the-driving-page");
  const other = stage.open("another-page");
  const again = stage.open("the-driving-page");
  again.heard();
  other.heard();
  page.leave();
  assert.deepEqual(again.heardOf("driving").at(-1), {
    kind: "driving",
    isDriving: true,
    isOther: false,
  });
  again.leave();
  assert.deepEqual(other.heardOf("driving").at(-1), {
    kind: "driving",
    isDriving: false,
    isOther: false,
  });
  const last = stage.open();
  assert.equal(last.heardOf("driving").at(-1)?.isDriving, true);
});

Deno.test("a page that is gone pauses its channels within two seconds, and resumes them when it is back", () => {
  const stage = new Stage();
  const page = stage.open();
  page.say(SOUND);
  page.say(SCREEN);
  page.bring("sound", opus());
  page.bring("screen", keyFrame());
  assert.deepEqual(stage.takeKinds(), ["sound-started", "sound", "screen-started", "picture"]);
  page.leave();
  stage.pass(2000);
  assert.deepEqual(stage.takeKinds(), ["paused", "paused"]);
  stage.pass(60_000);
  const back = stage.open();
  back.bring("sound", opus());
  assert.deepEqual(stage.takeKinds(), ["warning"], "a page says first what it sends");
  back.say(SOUND);
  back.say(SCREEN);
  back.bring("sound", opus());
  back.bring("screen", deltaFrame());
  back.bring("screen", keyFrame());
  assert.deepEqual(stage.takeKinds(), ["resumed", "sound", "warning", "resumed", "picture"]);
  back.say({ kind: "screen-stop" });
  assert.deepEqual(stage.takeKinds(), ["screen-stopped"]);
});

Deno.test("what is no message, too long or of another codec is refused, counted and said", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  page.sayText("hello");
  page.sayText(" ".repeat(5000));
  page.bringBytes(Uint8Array.of(9, 9, 9));
  page.bring("sound", new Uint8Array(9000));
  assert.deepEqual(page.heard().map((told) => "ok" in told && told.ok), new Array(4).fill(false));
  assert.deepEqual(stage.takeKinds(), ["warning", "warning"], "one of each name a minute");
  assert.deepEqual(
    [stage.studio.junk.get("malformedPageMessage"), stage.studio.junk.get("oversized")],
    [2, 2],
  );
  page.say({ ...SOUND, kind: "sound-format", codec: "aac" } as StudioToHost);
  page.bring("sound", opus());
  assert.deepEqual(stage.takeKinds(), ["warning", "warning"]);
});

Deno.test("a medium that has another source is refused with the reason, and not many times a second", () => {
  const reason = "The sound comes from match.mp3 (--audio)";
  const stage = new Stage({
    sources: { sound: { isBrowser: false, reason }, screen: { isBrowser: true } },
  });
  const page = stage.open();
  page.heard();
  page.say(SOUND);
  for (let packet = 0; packet < 50; packet++) page.bring("sound", opus());
  assert.deepEqual(page.heard(), [{ kind: "answer", ok: false, text: reason }]);
  assert.deepEqual(stage.takeKinds(), []);
});

Deno.test("the page that drives is told to send less when many listeners lose, and what they need", () => {
  const stage = new Stage();
  const [page, other] = [stage.open(), stage.open()];
  page.say({ ...SCREEN, bitrate: 2_000_000 } as StudioToHost);
  page.heard();
  other.heard();
  stage.tell({ kind: "key-frame-wanted", channel: "screen" });
  for (let second = 0; second <= 5; second++) {
    stage.tell({ kind: "losses", channel: "screen", listeners: 9, lossy: 1 });
    stage.now += 1000;
  }
  assert.deepEqual(page.heardOf("screen-control"), [
    { kind: "screen-control", isKeyFrameWanted: true },
    { kind: "screen-control", bitrate: 1_700_000 },
  ]);
  assert.deepEqual(other.heardOf("screen-control"), []);
  page.leave();
  const back = stage.open();
  back.heard();
  back.say({ kind: "take-over" });
  back.say({ ...SCREEN, bitrate: 2_000_000 } as StudioToHost);
  assert.deepEqual(back.heardOf("screen-control"), [
    { kind: "screen-control", bitrate: 1_700_000 },
  ]);
});

Deno.test("pages see what the broadcast says of its channels, notices and its end", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  const audio = { channel: "audio", codec: "opus" } as const;
  stage.tell({ kind: "channel-started", ...audio, ssrc: 1 });
  assert.equal(page.heardOf("media").at(-1)?.sound.state, "live");
  stage.tell({ kind: "channel-paused", ...audio });
  assert.equal(page.heardOf("media").at(-1)?.sound.state, "paused");
  stage.tell({ kind: "channel-resumed", ...audio });
  stage.tell({ kind: "channel-ended", ...audio, ssrc: 1 });
  assert.equal(page.heardOf("media").at(-1)?.sound.state, "off");
  stage.tell({ kind: "notice", level: "warning", text: "x".repeat(2000) });
  stage.tell({ kind: "ended", reason: "interrupted" });
  const heard = page.heard();
  assert.deepEqual(heard.map(({ kind }) => kind), ["notice", "ended"]);
});

Deno.test("a page that does not read loses the oldest messages but no state; too many pages are refused", () => {
  const stage = new Stage();
  const page = stage.open();
  for (let number = 0; number < 1000; number++) {
    stage.tell({ kind: "notice", level: "info", text: String(number) });
    stage.studio.onListeners([ANN]);
  }
  const heard = page.heard();
  assert.ok(heard.length <= 256);
  assert.equal(heard.filter(({ kind }) => kind === "listeners").length, 1);
  assert.equal(heard.filter(({ kind }) => kind === "studio").length, 1);
  assert.ok(stage.studio.pages.losses.get("messageDropped") > 700);
  for (let more = 0; more < 7; more++) stage.open();
  assert.equal(stage.studio.join(undefined, () => {}, stage.now), undefined);
  assert.equal(stage.studio.pages.losses.get("pageRefused"), 1);
});
