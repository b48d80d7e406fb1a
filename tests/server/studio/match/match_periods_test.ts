import assert from "node:assert/strict";
import { foreign, Studio, TEAMS } from "./kit.ts";

const { home: HOME, away: AWAY } = TEAMS;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

Deno.test("a match from kick-off to full time and through extra time", () => {
  const studio = new Studio();
  assert.equal(studio.state.status, "notStarted");
  studio.press("Kick-off");
  assert.deepEqual([studio.state.status, studio.state.clock.isRunning], ["live", true]);
  studio.pass(46 * MINUTE);
  studio.press("Half-time");
  assert.equal(studio.state.status, "halfTime");
  studio.pass(15 * MINUTE);
  assert.deepEqual(studio.state.clock, { millis: 46 * MINUTE, period: 1, isRunning: false });
  assert.match(studio.try({ do: "event", title: "Half-time", origin: "" }).text!, /^Half-time was/);
  studio.press("Second half");
  studio.pass(3 * MINUTE);
  studio.press("Goal", AWAY);
  studio.pass(45 * MINUTE);
  studio.press("Full-time");
  assert.equal(studio.state.status, "fullTime");
  studio.pass(MINUTE);
  const { text } = studio.try({ do: "event", title: "Yellow card", origin: HOME });
  assert.equal(text, "The match is over: the event goes out all the same");
  assert.equal(
    studio.try({ do: "event", title: "Kick-off", origin: "" }).text,
    "Kick-off after full time begins extra time",
  );
  studio.pass(15 * MINUTE);
  studio.press("Half-time");
  studio.press("Second half");
  studio.pass(15 * MINUTE);
  studio.press("Full-time");
  studio.pass(MINUTE);
  assert.match(
    studio.try({ do: "event", title: "Kick-off", origin: "" }).text!,
    /^There was extra/,
  );
  assert.deepEqual(
    studio.entries.map(({ event: { title, clock, period } }) => `${title} ${clock} ${period}`),
    [
      "Kick-off 00:00 1",
      "Half-time 46:00 1",
      "Second half 45:00 2",
      "Goal 48:00 2",
      "Full-time 93:00 2",
      "Yellow card 93:00 2",
      "Kick-off 90:00 3",
      "Half-time 105:00 3",
      "Second half 105:00 4",
      "Full-time 120:00 4",
    ],
  );
  studio.say({ do: "period", period: 5 });
  assert.deepEqual(studio.state.clock, { millis: 120 * MINUTE, period: 5, isRunning: true });
  assert.equal(studio.state.status, "live");
});

Deno.test("an undone whistle leaves the clock as if it had never been pressed", () => {
  const studio = new Studio();
  studio.press("Kick-off");
  studio.pass(44 * MINUTE);
  studio.press("Half-time");
  studio.pass(3 * SECOND);
  studio.say({ do: "undo" });
  assert.deepEqual([studio.state.status, studio.state.clock.isRunning], ["live", true]);
  studio.pass(MINUTE - 3 * SECOND);
  assert.equal(studio.state.clock.millis, 45 * MINUTE);
  const halfTime = studio.press("Half-time");
  studio.pass(20 * SECOND);
  const undo = studio.say({ do: "undo", event: halfTime });
  assert.equal(studio.state.clock.millis, 45 * MINUTE + 20 * SECOND);
  assert.equal(studio.state.status, "live");
  studio.say({ do: "undo", event: undo });
  assert.deepEqual(studio.state.clock, { millis: 45 * MINUTE, period: 1, isRunning: false });
  assert.equal(studio.state.status, "halfTime");
  studio.press("Second half");
  studio.say({ do: "set", clock: "50:00" });
  studio.say({ do: "undo" });
  assert.equal(studio.state.clock.millis, 50 * MINUTE, "what the host has set since stays");
});

Deno.test("a corrected whistle keeps its place in the match, and one taken back has none", () => {
  const studio = new Studio();
  const kickOff = studio.press("Kick-off");
  studio.pass(45 * MINUTE);
  const text = studio.say({ do: "correct", event: kickOff, text: "We are under way" });
  assert.equal(studio.state.status, "live");
  studio.press("Half-time");
  studio.pass(MINUTE);
  const undo = studio.say({ do: "undo", event: text });
  studio.pass(MINUTE);
  studio.say({ do: "undo", event: undo });
  studio.pass(MINUTE);
  assert.deepEqual([studio.told.at(-1), studio.state.status], ["Kick-off 0 x 0", "halfTime"]);
  studio.isStoreFull = true;
  const second = studio.press("Second half");
  studio.pass(10 * SECOND);
  assert.deepEqual([studio.state.status, studio.state.clock.isRunning], ["live", true]);
  studio.say({ do: "correct", event: second, text: "Off we go again" });
  assert.equal(studio.state.status, "live");
  studio.say({ do: "undo" });
  studio.say({ do: "undo", event: second });
  assert.deepEqual([studio.state.status, studio.state.clock.isRunning], ["halfTime", false]);
});

Deno.test("the host starts, stops and sets the clock; events have it", () => {
  const studio = new Studio();
  studio.say({ do: "start" });
  studio.pass(90 * SECOND);
  studio.say({ do: "stop" });
  studio.pass(MINUTE);
  studio.press("Foul", HOME);
  studio.say({ do: "set", clock: "12:00", period: 2 });
  studio.press("Foul", AWAY);
  studio.say({ do: "start" });
  studio.say({ do: "start" });
  studio.pass(10 * SECOND);
  studio.press("Corner", AWAY);
  studio.pass(5 * SECOND);
  assert.deepEqual(
    studio.entries.map(({ event: { clock, period } }) => `${clock} ${period}`),
    ["01:30 1", "12:00 2", "12:10 2"],
  );
});

Deno.test("a restart goes on with score, corrections and clock", () => {
  const studio = new Studio();
  studio.press("Kick-off");
  studio.pass(10 * MINUTE);
  const goal = studio.press("Goal", HOME);
  studio.press("Goal", HOME);
  studio.pass(5 * SECOND);
  studio.say({ do: "undo", event: goal });
  studio.pass(5 * SECOND);
  studio.now += 5 * MINUTE;
  const before = studio.state;
  studio.restart();
  assert.deepEqual(studio.state, before);
  assert.match(studio.try({ do: "undo", event: goal, id: "x" }).text!, /corrected already/);
  studio.press("Goal", AWAY);
  studio.pass(5 * SECOND);
  assert.deepEqual(studio.told.at(-1), `Goal ${AWAY} 1 x 1`);
  assert.equal(studio.entries.at(-1)?.event.clock, "15:10");
  studio.now += 3 * 60 * MINUTE;
  studio.restart();
  assert.deepEqual(studio.state.clock, {
    millis: 15 * MINUTE + 10 * SECOND,
    period: 1,
    isRunning: false,
  });
});

Deno.test("after a restart the clock runs unless the whistle that started it was taken back", () => {
  const studio = new Studio();
  const kickOff = studio.press("Kick-off");
  studio.pass(10 * MINUTE);
  studio.say({ do: "undo", event: kickOff });
  studio.pass(MINUTE);
  studio.restart();
  assert.deepEqual([studio.state.status, studio.state.clock.isRunning], ["notStarted", false]);
});

Deno.test("the clock goes by another source until the host drives it", () => {
  const studio = new Studio();
  studio.push([foreign("kickOff", "", "0 x 0", { clock: "00:00" })]);
  studio.pass(20 * SECOND);
  assert.deepEqual(studio.state.clock, { millis: 20 * SECOND, period: 1, isRunning: true });
  studio.push([foreign("foul", HOME, "0 x 0", { clock: "03:00" })]);
  studio.push([foreign("foul", HOME, "0 x 0", { clock: "00:00" })]);
  studio.pass(SECOND);
  studio.push([foreign("foul", HOME, "0 x 0", { clock: "03:00" })]);
  assert.equal(studio.state.clock.millis, 181 * SECOND);
  studio.press("Foul", HOME);
  studio.push([foreign("foul", HOME, "0 x 0", { clock: "04:00" })]);
  studio.pass(5 * SECOND);
  assert.equal(studio.entries.at(-1)?.event.clock, "03:01");
  assert.equal(studio.state.clock.millis, 245 * SECOND, "its own event tells the host no new time");
  studio.say({ do: "set", clock: "05:00" });
  studio.push([foreign("foul", HOME, "0 x 0", { clock: "04:00" })]);
  assert.equal(studio.state.clock.millis, 300 * SECOND);
});
