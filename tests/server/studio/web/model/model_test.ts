import assert from "node:assert/strict";
import { MatchControl } from "../../../../../server/studio/match/match_control.ts";
import { StudioModel } from "../../../../../server/studio/web/model/model.ts";
import type { StudioStart, StudioToPage } from "../../../../../shared/studio/studio_messages.ts";
import { Studio } from "../../match/kit.ts";

const LINK = "streamer://192.168.0.2:5004/?t=evening";
const START: StudioStart = {
  ...{ kind: "studio", link: LINK, isDriving: true, capacity: 50, isPlain: false },
  ways: [
    { address: "192.168.0.2:5004", link: LINK },
    { address: "127.0.0.1:5004", link: LINK.replace("192.168.0.2", "127.0.0.1") },
  ],
  tokens: "shared",
  sources: { sound: { isBrowser: true }, screen: { isBrowser: true } },
  screen: {},
};
const driving = (isDriving: boolean, isOther: boolean): StudioToPage => ({
  kind: "driving",
  isDriving,
  isOther,
});
const command = { kind: "match", id: "1", do: "event", title: "Goal", origin: "Flamengo" } as const;

/** A page that is open, and the match that it shows. */
function openPage(at = 0) {
  const model = new StudioModel(at);
  const control = new MatchControl({
    teams: { home: "Flamengo", away: "Palmeiras" },
    language: "en",
  }, at);
  model.setLink({ state: "open" });
  for (const message of [START, control.setup, control.state(at)]) model.apply(message, at);
  return { model, control };
}

Deno.test("the page acts only while it reaches the host and drives", () => {
  const { model } = openPage();
  assert.equal(model.canAct.value, true);
  model.apply(driving(false, true), 0);
  assert.equal(model.canAct.value, false);
  assert.match(model.notices.value[0]!.text, /taken over/);
  model.apply(driving(true, false), 0);
  assert.equal(model.canAct.value, true);
  model.setLink({ state: "lost", retryAt: 500 });
  assert.equal(model.canAct.value, false);
  assert.match(model.announcement.value, /gone/);
  model.setLink({ state: "open" });
  model.apply({ kind: "ended", reason: "The host has stopped" }, 0);
  assert.deepEqual([model.canAct.value, model.ending.value], [false, "The host has stopped"]);
});

Deno.test("the clock goes on between the host's words, and stands when it stands", () => {
  const { model, control } = openPage(1000);
  assert.equal(model.clock.value, "00:00");
  control.command({ kind: "match", id: "s", do: "start" }, 1000);
  // What the host's clock says does not matter: the page counts from the moment it was told.
  model.apply({ ...control.state(1000), now: 77 }, 2000);
  model.tick(64_500);
  assert.equal(model.clock.value, "01:02");
  control.command({ kind: "match", id: "p", do: "stop" }, 63_500);
  model.apply(control.state(63_500), 64_500);
  model.tick(99_000);
  assert.equal(model.clock.value, "01:02");
});

Deno.test("an event that waits counts down, and the page needs ticks for it", () => {
  const { model, control } = openPage();
  assert.equal(model.needsTicks, false);
  control.command(command, 10_000);
  model.apply(control.state(11_000), 500);
  const [event] = model.match.value!.waiting;
  assert.equal(model.needsTicks, true);
  assert.equal(model.millisLeft(event!), 4000);
  model.tick(2500);
  assert.equal(model.millisLeft(event!), 2000);
  model.tick(9000);
  assert.equal(model.millisLeft(event!), 0);
});

Deno.test("the scoreboard is the viewer's, of the host's match", () => {
  const { model } = openPage();
  const { home, away, score, status, clock } = model.scoreboard.value!;
  assert.deepEqual([home, away, score, status], ["Flamengo", "Palmeiras", [0, 0], "notStarted"]);
  assert.equal(clock.text, "00:00");
  assert.equal(new StudioModel(0).scoreboard.value, null);
});

Deno.test("the first address is shown until another is chosen, or that one is gone", () => {
  const { model } = openPage();
  assert.equal(model.way.value!.address, "192.168.0.2:5004");
  model.chosenAddress.value = "127.0.0.1:5004";
  assert.match(model.way.value!.link, /127\.0\.0\.1/);
  model.apply({ ...START, ways: START.ways.slice(0, 1) }, 0);
  assert.equal(model.way.value!.link, LINK);
});

Deno.test("notices are few, not repeated, and go when they are old; errors stay", () => {
  const { model } = openPage();
  model.apply({ kind: "notice", level: "error", text: "The disk is full" }, 0);
  for (let time = 0; time < 3; time++) model.notify("info", "Put out");
  model.apply({ kind: "answer", ok: false, text: "That listener has left" }, 0);
  model.apply({ kind: "match-answer", id: "1", ok: true }, 0);
  const texts = () => model.notices.value.map(({ text }) => text);
  assert.deepEqual(texts(), ["The disk is full", "Put out", "That listener has left"]);
  model.tick(10_000);
  assert.deepEqual(texts(), ["The disk is full", "That listener has left"]);
  model.tick(1e9);
  assert.deepEqual(texts(), ["The disk is full"]);
  model.dismiss(model.notices.value[0]!.key);
  assert.deepEqual(texts(), []);
  const letters = [..."abcdefghijklmnopqrst"];
  for (const letter of letters) model.notify("error", `Error ${letter}`);
  assert.equal(texts().length, 4);
  assert.equal(texts().at(-1), "Error t");
});

Deno.test("a sentence that comes again with other numbers takes the place of the one before", () => {
  const { model } = openPage();
  model.notify("warning", "The sound came too late: a gap of 837ms");
  model.notify("warning", "The sound came too late: a gap of 1s128ms");
  assert.deepEqual(
    model.notices.value.map(({ text }) => text),
    ["The sound came too late: a gap of 1s128ms"],
  );
});

Deno.test("what was under way when another page took over is no news", () => {
  const { model } = openPage();
  model.apply(driving(false, true), 0);
  const before = model.notices.value.length;
  model.apply({ kind: "answer", ok: false, text: "Another page drives this broadcast" }, 0);
  assert.equal(model.notices.value.length, before);
  model.apply(
    { kind: "answer", id: "1", ok: false, text: "Another page drives this broadcast" },
    0,
  );
  assert.equal(model.notices.value.length, before + 1);
});

Deno.test("a question stays while the host is away for a moment, and is closed when another page drives", () => {
  const { model } = openPage();
  const listener = {
    ...{ id: "0011223344556677", address: "a:1", hasOwnToken: false, ageMillis: 0 },
    lossPercent: {},
  };
  model.question.value = { kind: "put-out", listener };
  model.apply(driving(false, true), 0);
  assert.equal(model.question.value, null);
  model.question.value = { kind: "put-out", listener };
  model.setLink({ state: "lost", retryAt: 1 });
  assert.ok(model.question.value, "what was typed is kept");
  model.apply({ kind: "ended", reason: "" }, 0);
  assert.equal(model.question.value, null);
});

Deno.test("screen readers are told what was pressed, undone and sent, also when it is the same again", () => {
  const model = new StudioModel(0);
  const studio = new Studio();
  const tell = () => {
    model.apply(studio.control.state(studio.now), studio.now);
    return model.announcement.value;
  };
  assert.equal(tell(), "");
  studio.press("Goal", "Flamengo");
  assert.equal(tell(), "Goal, Flamengo: goes out in 5 s.");
  studio.pass(1000);
  studio.press("Goal", "Flamengo");
  assert.equal(tell(), "Goal, Flamengo: goes out in 5 s.\u00a0");
  studio.say({ do: "undo" });
  assert.equal(tell(), "Undone: Goal, Flamengo.");
  studio.say({ do: "start" });
  assert.equal(tell(), "Undone: Goal, Flamengo.", "the clock is no news");
  studio.pass(4000);
  assert.equal(tell(), "Sent: Goal, Flamengo. 1 to 0");
});

Deno.test("without the host, what was live is paused", () => {
  const { model } = openPage();
  assert.equal(model.stateOf("sound"), "off");
  model.apply({ kind: "media", sound: { state: "live" }, screen: { state: "off" } }, 0);
  assert.deepEqual([model.stateOf("sound"), model.stateOf("screen")], ["live", "off"]);
  model.setLink({ state: "lost", retryAt: 1 });
  assert.deepEqual([model.stateOf("sound"), model.stateOf("screen")], ["paused", "off"]);
});
