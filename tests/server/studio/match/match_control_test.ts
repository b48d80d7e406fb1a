import assert from "node:assert/strict";
import { simulateMatch } from "../../../../server/origin/simulation/simulate_match.ts";
import { FIRST_LINE_CONTEXT } from "../../../../server/origin/timeline/event_line.ts";
import { EventLineReader } from "../../../../server/origin/timeline/event_lines.ts";
import { formatScore, parseScore } from "../../../../shared/event/event.ts";
import { parseMatchCommand } from "../../../../shared/studio/match_messages.ts";
import { fitEvent } from "../../../../server/origin/timeline/new_event.ts";
import { foreign, Studio, TEAMS } from "./kit.ts";

const { home: HOME, away: AWAY } = TEAMS;
const NO_EVENT = 'No event has the id "noth ing"';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

Deno.test("an event waits 5 s and goes out with the time and the clock of the press", () => {
  const studio = new Studio();
  const begun = studio.now;
  studio.press("Kick-off");
  studio.pass(23 * MINUTE + 10 * SECOND);
  const id = studio.press("Goal", HOME);
  assert.equal(studio.control.deadline, studio.now + 5 * SECOND);
  const [waiting] = studio.state.waiting;
  assert.deepEqual(
    [waiting?.id, waiting?.clock, waiting?.until, waiting?.score],
    [id, "23:10", studio.now + 5 * SECOND, [1, 0]],
  );
  studio.pass(5 * SECOND - 1);
  assert.deepEqual([studio.told, studio.score], [["Kick-off 0 x 0"], "0 x 0"]);
  studio.pass(1);
  assert.deepEqual([studio.told[1], studio.score], [`Goal ${HOME} 1 x 0`, "1 x 0"]);
  const { event, content } = studio.entries[1]!;
  assert.deepEqual(
    [event.id, event.clock, event.period, event.time, content],
    [id, "23:10", 1, begun + 23 * MINUTE + 10 * SECOND, `Goal: ${HOME}`],
  );
  assert.deepEqual([studio.state.waiting, studio.control.deadline], [[], Infinity]);
  assert.deepEqual(studio.state.past.map(({ count }) => count), [2, 1]);
});

Deno.test("an event undone in time never goes out", () => {
  const studio = new Studio();
  const goal = studio.press("Goal", HOME);
  studio.pass(4999);
  studio.say({ do: "undo", event: goal });
  studio.press("Corner", AWAY);
  studio.say({ do: "undo" });
  studio.pass(MINUTE);
  assert.deepEqual([studio.told, studio.score], [[], "0 x 0"]);
  assert.deepEqual(studio.try({ do: "undo" }), {
    kind: "match-answer",
    id: "press-5",
    ok: false,
    text: "Nothing waits to go out: choose the event to undo",
  });
});

Deno.test("events that follow one that was undone go out with the score without it", () => {
  const studio = new Studio();
  const goal = studio.press("Goal", HOME);
  studio.press("Goal", AWAY);
  studio.press("Corner", AWAY);
  assert.deepEqual(studio.state.waiting.map(({ score }) => score), [[1, 0], [1, 1], [1, 1]]);
  studio.say({ do: "undo", event: goal });
  assert.deepEqual(studio.state.waiting.map(({ score }) => score), [[0, 1], [0, 1]]);
  studio.pass(5 * SECOND);
  assert.deepEqual(studio.told, [`Goal ${AWAY} 0 x 1`, `Corner ${AWAY} 0 x 1`]);
});

Deno.test("undo of an event that went out says that it did not happen, and can be undone itself", () => {
  const studio = new Studio();
  const goal = studio.press("Goal", HOME);
  studio.pass(10 * SECOND);
  const { id: first, text } = studio.try({ do: "undo", event: goal });
  assert.equal(text, "It has gone out already: a correction follows");
  assert.equal(studio.score, "1 x 0");
  studio.pass(5 * SECOND);
  assert.deepEqual(studio.told, [`Goal ${HOME} 1 x 0`, `Correction ${HOME} 0 x 0`]);
  assert.equal(studio.entries[1]?.content, `Did not happen: Goal: ${HOME}`);
  assert.equal(studio.entries[1]?.event.supersedes, goal);
  assert.equal(studio.state.past[1]?.correctedBy, first);
  studio.say({ do: "undo", event: first });
  studio.pass(5 * SECOND);
  assert.deepEqual(studio.told[2], `Goal ${HOME} 1 x 0`);
  assert.equal(studio.entries[2]?.event.supersedes, first);
  assert.equal(studio.state.past[2]?.correctedBy, studio.entries[2]?.event.id);
});

Deno.test("a correction may change team, action, text and clock, and the score follows", () => {
  const studio = new Studio();
  studio.press("Kick-off");
  studio.pass(10 * MINUTE);
  const first = studio.press("Goal", HOME);
  studio.pass(MINUTE);
  const second = studio.say({ do: "correct", event: first, origin: AWAY });
  studio.pass(MINUTE);
  assert.deepEqual([studio.told.at(-1), studio.score], [`Goal ${AWAY} 0 x 1`, "0 x 1"]);
  assert.equal(studio.entries.at(-1)?.content, `Goal: ${AWAY}`);
  const third = studio.say({ do: "correct", event: second, title: "Own goal" });
  studio.pass(MINUTE);
  assert.deepEqual([studio.told.at(-1), studio.score], [`Own goal ${AWAY} 1 x 0`, "1 x 0"]);
  assert.equal(studio.entries.at(-1)?.content, `Own goal: ${AWAY}. It counts for ${HOME}`);
  const fourth = studio.say({ do: "correct", event: third, text: "Off the post", clock: "09:30" });
  studio.pass(MINUTE);
  const { content, event } = studio.entries.at(-1)!;
  assert.deepEqual([content, event.clock, studio.score], ["Off the post", "09:30", "1 x 0"]);
  assert.equal(event.time, studio.entries[1]!.event.time - 30 * SECOND);
  studio.say({ do: "correct", event: fourth, title: "Shot" });
  studio.pass(MINUTE);
  assert.deepEqual([studio.told.at(-1), studio.score], [`Shot ${AWAY} 0 x 0`, "0 x 0"]);
});

Deno.test("an event that waits is changed itself", () => {
  const studio = new Studio();
  const goal = studio.press("Goal", HOME);
  studio.pass(3 * SECOND);
  studio.say({ do: "correct", event: goal, origin: AWAY, text: "Header" });
  studio.pass(2 * SECOND);
  assert.deepEqual(studio.told, [`Goal ${AWAY} 0 x 1`]);
  const [{ content, event }] = studio.entries as [typeof studio.entries[0]];
  assert.deepEqual([content, event.id, event.supersedes], ["Header", goal, undefined]);
});

Deno.test("what makes no sense is refused in one line", () => {
  const studio = new Studio();
  studio.press("Kick-off");
  const goal = studio.press("Goal", HOME);
  studio.pass(10 * SECOND);
  const refused = (said: Parameters<Studio["try"]>[0], text: string) => {
    const before = studio.state;
    const answer = studio.try(said);
    assert.deepEqual([answer.ok, answer.text], [false, text]);
    assert.deepEqual(studio.state, before);
  };
  const event = (title: string, origin: string) => ({ do: "event" as const, title, origin });
  refused(event("Goal", "Vasco"), 'No team is called "Vasco": it is Flamengo or Grêmio');
  refused(event("Goal", ""), "Goal needs a team: Flamengo or Grêmio");
  refused(event("Gaol\u001b", HOME), 'No action is called "Gaol "');
  refused(event("Half-time", HOME), "Half-time concerns both teams: name none");
  refused(
    event("Kick-off", ""),
    "Kick-off was given already: undo or correct it, or begin the next period by the clock",
  );
  refused({ do: "note", text: " \n" }, "There is no text to send");
  refused(
    { do: "note", text: "Hello", origin: "Vasco" },
    'No team is called "Vasco": it is Flamengo or Grêmio',
  );
  refused({ do: "undo", event: "noth\ning" }, NO_EVENT);
  refused({ do: "correct", event: "noth\ning", text: "x" }, NO_EVENT);
  refused(
    { do: "correct", event: goal, origin: HOME, clock: "00:00" },
    "Nothing is different: the event stays as it is",
  );
  refused({ do: "correct", event: goal, title: "Gaol" }, 'No action is called "Gaol"');
  refused(
    { do: "correct", event: goal, origin: "" },
    "Goal needs a team: Flamengo or Grêmio",
  );
  const correction = studio.say({ do: "correct", event: goal, origin: AWAY });
  const underWay = "A correction of 00:00 Goal Flamengo is on its way: undo or correct that one";
  refused({ do: "correct", event: goal, text: "x" }, underWay);
  refused({ do: "undo", event: goal }, underWay);
  studio.pass(10 * SECOND);
  refused(
    { do: "undo", event: goal },
    "00:00 Goal Flamengo was corrected already: correct the newer one, 00:00 Goal Grêmio",
  );
  const undone = studio.press("Corner", HOME);
  studio.say({ do: "undo", event: undone });
  refused({ do: "undo", event: undone }, "That event was undone already, and never went out");
  assert.equal(studio.entries.at(-1)?.event.id, correction);
});

Deno.test("a command that comes again is carried out once, also after undo and after a restart", () => {
  const studio = new Studio();
  const goal = { kind: "match", id: "a", do: "event", title: "Goal", origin: HOME } as const;
  const undo = { kind: "match", id: "b", do: "undo" } as const;
  const answer = studio.send(goal);
  assert.deepEqual(studio.send(goal), answer);
  studio.send({ ...goal, id: "c" });
  studio.send(undo);
  assert.equal(studio.state.waiting.length, 1);
  assert.ok(studio.send(undo).ok);
  assert.ok(studio.send({ ...goal, id: "c" }).ok);
  assert.equal(studio.state.waiting.length, 1);
  studio.pass(MINUTE);
  studio.send(goal);
  studio.restart();
  assert.ok(studio.send(goal).ok);
  studio.pass(MINUTE);
  assert.deepEqual(studio.told, [`Goal ${HOME} 1 x 0`]);
  const refused = studio.send({ kind: "match", id: "d", do: "undo" });
  studio.press("Goal", HOME);
  assert.deepEqual(studio.send({ kind: "match", id: "d", do: "undo" }), refused);
  assert.equal(studio.state.waiting.length, 1);
});

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

Deno.test("goals of a file and goals of the studio add up, each corrected where it stands", () => {
  const studio = new Studio();
  studio.press("Goal", HOME);
  studio.push([foreign("goal", AWAY, "0 x 1", { id: "f1" })]);
  studio.pass(5 * SECOND);
  studio.push([foreign("foul", HOME, "0 x 1"), foreign("goal", AWAY, "0 x 2", { id: "f2" })]);
  assert.deepEqual(studio.told, [
    `Goal ${AWAY} 0 x 1`,
    `Goal ${HOME} 1 x 1`,
    `Foul ${HOME} 1 x 1`,
    `Goal ${AWAY} 1 x 2`,
  ]);
  studio.say({ do: "undo", event: "f1" });
  studio.pass(5 * SECOND);
  assert.equal(studio.score, "1 x 1");
  // The file does not know that its first goal no longer counts.
  studio.push([foreign("goal", HOME, "1 x 2")]);
  assert.equal(studio.score, "2 x 1");
  studio.push([foreign("goal", HOME, "1 x 2", { supersedes: "f2", id: "f3" })]);
  assert.equal(studio.score, "3 x 0");
  studio.push([foreign("note", HOME, "1 x 2", { supersedes: "f3" })]);
  assert.equal(studio.score, "2 x 0");
});

Deno.test("a source may count in its own way: what it adds to its score is added", () => {
  const studio = new Studio();
  studio.press("Goal", AWAY);
  studio.pass(5 * SECOND);
  studio.push([foreign("note", HOME, "3 x 0", { id: "basket", title: "Three points" })]);
  studio.push([foreign("note", HOME, "3 x 0", {
    id: "named",
    supersedes: "basket",
    title: "Three points",
  })]);
  assert.equal(studio.score, "3 x 1");
  const text = studio.say({ do: "correct", event: "named", text: "By number 9" });
  studio.pass(5 * SECOND);
  assert.equal(studio.score, "3 x 1");
  studio.push([foreign("note", HOME, "2 x 0", { supersedes: text, title: "Two points" })]);
  assert.equal(studio.score, "2 x 1");
});

Deno.test("a correction of an event that is not there keeps the score, as in a file", () => {
  const studio = new Studio();
  studio.push([foreign("goal", HOME, "0 x 0", { supersedes: "before-the-broadcast", id: "f1" })]);
  studio.push([foreign("foul", HOME, "0 x 0", { supersedes: "f2", id: "f2" })]);
  assert.equal(studio.score, "0 x 0");
});

Deno.test("two corrections of one event count once", () => {
  const studio = new Studio();
  studio.push([foreign("goal", HOME, "1 x 0", { id: "f1" })]);
  studio.say({ do: "correct", event: "f1", origin: AWAY });
  studio.push([foreign("goal", AWAY, "1 x 0", { supersedes: "f1", id: "f2" })]);
  assert.equal(studio.score, "0 x 1");
  studio.pass(5 * SECOND);
  assert.equal(studio.score, "0 x 1");
  assert.equal(studio.state.past.filter(({ correctedBy }) => correctedBy === undefined).length, 1);
});

Deno.test("an event that counts by its kind has no score of its own", () => {
  const studio = new Studio({ hasOwnScore: ({ event: { id } }) => !id?.startsWith("report") });
  studio.push([foreign("goal", HOME, "1 x 0")]);
  studio.push([foreign("goal", HOME, "0 x 0", { id: "report-1" })]);
  studio.push([foreign("foul", HOME, "1 x 0"), foreign("goal", AWAY, "1 x 1")]);
  assert.equal(studio.score, "2 x 1");
});

Deno.test("while the store is full events wait in order, and leave with the right scores", () => {
  const studio = new Studio();
  studio.isStoreFull = true;
  const goal = studio.press("Goal", HOME);
  studio.push([foreign("goal", AWAY, "0 x 1")]);
  studio.pass(5 * SECOND);
  assert.deepEqual([studio.told, studio.state.waiting], [[], []]);
  studio.say({ do: "correct", event: goal, origin: AWAY });
  studio.pass(5 * SECOND);
  studio.isStoreFull = false;
  studio.push([]);
  assert.deepEqual(studio.told, [
    `Goal ${AWAY} 0 x 1`,
    `Goal ${HOME} 1 x 1`,
    `Goal ${AWAY} 0 x 2`,
  ]);
});

Deno.test("alone the studio's score needs no help of the timeline", () => {
  const studio = new Studio({}, { isHooked: false });
  const goal = studio.press("Goal", HOME);
  studio.press("Own goal", HOME);
  studio.pass(5 * SECOND);
  studio.say({ do: "undo", event: goal });
  studio.press("Goal", HOME);
  studio.pass(5 * SECOND);
  assert.deepEqual(studio.entries.map(({ score }) => score), ["1 x 0", "1 x 1", "0 x 1", "1 x 1"]);
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

Deno.test("after a restart another source goes on by its kinds, or by its score where it is known", () => {
  const play = (options: { sourceScore?: string }) => {
    const studio = new Studio();
    studio.push([foreign("goal", AWAY, "0 x 1")]);
    studio.press("Goal", HOME);
    studio.pass(5 * SECOND);
    studio.restart(options);
    return studio;
  };
  const simulation = play({});
  simulation.push([foreign("goal", AWAY, "0 x 2"), foreign("foul", AWAY, "0 x 2")]);
  assert.equal(simulation.score, "1 x 2");
  const file = play({ sourceScore: "1 x 1" });
  file.push([foreign("note", HOME, "4 x 1"), foreign("foul", AWAY, "4 x 1")]);
  assert.equal(file.score, "4 x 1");
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

Deno.test("as many events wait as a state may show, and no more are taken than there is room", () => {
  const studio = new Studio();
  for (let count = 0; count < 32; count++) studio.press("Foul", HOME);
  const { ok, text } = studio.try({ do: "event", title: "Foul", origin: HOME });
  assert.deepEqual([ok, text], [false, "32 events wait to go out already: wait, or undo one"]);
  assert.equal(studio.state.waiting.length, 32);
  studio.now += 5 * SECOND;
  studio.push(studio.control.take(studio.now, 2));
  assert.deepEqual([studio.entries.length, studio.state.waiting.length], [2, 30]);
  assert.equal(studio.control.take(studio.now, 0).length, 0);
  studio.press("Goal", HOME);
  studio.push(studio.control.take(Infinity));
  assert.deepEqual([studio.entries.length, studio.score], [33, "1 x 0"]);
});

Deno.test("the state shows the newest events only, and counts all", () => {
  const studio = new Studio();
  const fouls = Array.from(
    { length: 150 },
    (_, index) => foreign("foul", HOME, "0 x 0", { id: `f${index + 1}` }),
  );
  studio.push(fouls);
  const { past, count } = studio.state;
  assert.deepEqual([past.length, past[0]?.id, past[99]?.id, count], [100, "f150", "f51", 150]);
  studio.say({ do: "correct", event: "f1", text: "An old one" });
  studio.pass(5 * SECOND);
  assert.equal(studio.entries.at(-1)?.event.supersedes, "f1");
});

Deno.test("a text too long for a datagram is shortened, and that is said", () => {
  const studio = new Studio();
  const { text } = studio.try({ do: "note", text: "⚽️".repeat(250) });
  assert.equal(text, "The text was too long and is shortened");
  studio.pass(5 * SECOND);
  assert.ok(studio.entries[0]!.content.endsWith("⚽️…"));
});

Deno.test("the longest names and ids fit a datagram, also beside the longest score", () => {
  const [home, title] = ["\u0800".repeat(80), "\u0801".repeat(80)];
  const action = { title, type: 255, points: 99, both: false, countsForOpponent: false };
  const studio = new Studio({ teams: { home, away: "B" }, actions: [action] });
  const longId = (letter: string) => letter.repeat(64);
  studio.push([foreign("note", "B", "900 x 999")]);
  studio.say({ do: "event", title, origin: home, text: "x".repeat(500), id: longId("a") });
  studio.pass(5 * SECOND);
  studio.say({ do: "correct", event: longId("a"), text: "y", id: longId("b") });
  studio.pass(5 * SECOND);
  assert.deepEqual(studio.entries.map(({ score }) => score), [
    "900 x 999",
    "999 x 999",
    "999 x 999",
  ]);
});

Deno.test("an event that just fits with a short score fits with a long one", () => {
  const studio = new Studio();
  studio.push([foreign("note", HOME, "998 x 998")]);
  const long = foreign("note", "\u0800".repeat(80), "998 x 998", { title: "\u0800".repeat(80) });
  const fitted = fitEvent({ ...long, score: "0 x 0", content: "\u0800".repeat(500) })!;
  studio.push([{ ...fitted, score: "998 x 998" }]);
  assert.equal(studio.entries.length, 2);
});

Deno.test("events before the kick-off go out, and that is said", () => {
  const studio = new Studio();
  assert.equal(
    studio.try({ do: "event", title: "Foul", origin: HOME }).text,
    "There was no kick-off yet: the event goes out all the same",
  );
  assert.equal(studio.try({ do: "note", text: "Welcome\u0007!", origin: AWAY }).text, undefined);
  studio.pass(5 * SECOND);
  assert.equal(studio.entries[1]?.content, "Welcome !");
  assert.deepEqual(studio.told, [`Foul ${HOME} 0 x 0`, `Comment ${AWAY} 0 x 0`]);
});

Deno.test("a simulated match and the studio's goals add up in all its events", () => {
  const studio = new Studio();
  const steps = [...simulateMatch({ ...TEAMS, seed: 7, language: "en" })];
  let extra = 0;
  for (const [index, step] of steps.entries()) {
    if (index % 20 === 3) {
      studio.press("Goal", AWAY);
      studio.pass(5 * SECOND);
      extra++;
    }
    studio.push([step]);
    const [home, away] = parseScore(step.score);
    assert.equal(studio.entries.at(-1)?.score, formatScore([home, away + extra]));
    studio.pass(SECOND);
  }
  assert.equal(studio.state.status, "fullTime");
});

Deno.test("lines of a file and the studio's presses add up", () => {
  const studio = new Studio();
  const reader = new EventLineReader({ ...FIRST_LINE_CONTEXT, match: TEAMS }, assert.fail);
  const read = (line: object) =>
    studio.push([...reader.push(new TextEncoder().encode(`${JSON.stringify(line)}\n`))]);
  read({ type: "goal", origin: "home", id: "g1" });
  studio.press("Goal", AWAY);
  studio.pass(5 * SECOND);
  read({ type: "goal", origin: "away", supersedes: "g1", id: "g2" });
  read({ type: "corner", origin: "home" });
  read({ type: "note", score: "3 x 1", content: "Two goals of home while I was away" });
  assert.deepEqual(studio.entries.map(({ score }) => score), [
    "1 x 0",
    "1 x 1",
    "0 x 2",
    "0 x 2",
    "2 x 3",
  ]);
});

Deno.test("the setup has football's actions in the host's language, or those that are given", () => {
  const { setup } = new Studio({ language: "pt" }).control;
  assert.deepEqual(setup.actions[0], {
    title: "Gol",
    type: 2,
    points: 1,
    both: false,
    countsForOpponent: false,
    key: "g",
  });
  assert.deepEqual(setup.actions.filter(({ both }) => both).map(({ title }) => title), [
    "Início de jogo",
    "Acréscimos",
    "Intervalo",
    "Segundo tempo",
    "Fim de jogo",
  ]);
  const rugby = { title: "Try", type: 2, points: 5, both: false, countsForOpponent: false };
  const studio = new Studio({ teams: { home: "Home", away: "Away" }, actions: [rugby] });
  assert.equal(studio.control.setup.actions[0]?.title, "Try");
  studio.press("Try", "Away");
  studio.pass(5 * SECOND);
  assert.equal(studio.score, "0 x 5");
});

Deno.test("the revision grows with what changes, and with nothing else", () => {
  const studio = new Studio();
  const changes = (act: () => void) => {
    const before = studio.control.revision;
    act();
    return studio.control.revision > before;
  };
  assert.ok(changes(() => studio.press("Foul", HOME)));
  assert.ok(!changes(() => studio.try({ do: "event", title: "Gaol", origin: HOME })));
  assert.ok(!changes(() => studio.pass(4 * SECOND)));
  assert.ok(changes(() => studio.pass(SECOND)));
  assert.ok(changes(() => studio.say({ do: "start" })));
});

Deno.test("the score stays between 0 and 999", () => {
  const studio = new Studio();
  studio.push([foreign("note", HOME, "999 x 0", { id: "f" })]);
  studio.press("Goal", HOME);
  studio.pass(5 * SECOND);
  assert.equal(studio.score, "999 x 0");
  studio.say({ do: "undo", event: "f" });
  studio.pass(5 * SECOND);
  studio.push([foreign("note", HOME, "0 x 0")]);
  assert.equal(studio.score, "0 x 0");
  studio.press("Goal", HOME);
  studio.pass(5 * SECOND);
  assert.equal(studio.score, "1 x 0");
});

Deno.test("a command of another form is no command", () => {
  for (const text of ['{"kind":"match","id":"a b","do":"start"}', "[]", "{", "x".repeat(4001)]) {
    assert.ok(!parseMatchCommand(text).ok);
  }
});
