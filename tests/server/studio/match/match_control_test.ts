import assert from "node:assert/strict";
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

Deno.test("the statistics count what went out, and not what did not happen", () => {
  const studio = new Studio();
  const goals = () => studio.state.statistics.find(({ title }) => title === "Goal");
  const goal = studio.press("Goal", HOME);
  studio.press("Goal", AWAY);
  assert.deepEqual([goals()?.home, goals()?.away], [0, 0], "both still wait");
  studio.pass(5 * SECOND);
  assert.deepEqual([goals()?.home, goals()?.away], [1, 1]);
  studio.say({ do: "undo", event: goal });
  studio.pass(5 * SECOND);
  assert.deepEqual([goals()?.home, goals()?.away], [0, 1]);
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

Deno.test("a command of another form is no command", () => {
  for (const text of ['{"kind":"match","id":"a b","do":"start"}', "[]", "{", "x".repeat(4001)]) {
    assert.ok(!parseMatchCommand(text).ok);
  }
});
