import assert from "node:assert/strict";
import { simulateMatch } from "../../../../server/origin/simulation/simulate_match.ts";
import { FIRST_LINE_CONTEXT } from "../../../../server/origin/timeline/event_line.ts";
import { EventLineReader } from "../../../../server/origin/timeline/event_lines.ts";
import { formatScore, parseScore } from "../../../../shared/event/event.ts";
import { foreign, Studio, TEAMS } from "./kit.ts";

const { home: HOME, away: AWAY } = TEAMS;
const SECOND = 1000;

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
