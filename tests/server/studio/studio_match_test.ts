import assert from "node:assert/strict";
import { Stage } from "./stage.ts";

Deno.test("an event goes out after its time to be undone; while the timeline is full it stays", () => {
  const stage = new Stage();
  const page = stage.open();
  page.heard();
  const goal = { kind: "match", do: "event", title: "Goal", origin: "Home" } as const;
  page.say({ ...goal, id: "goal-1" });
  const [answer, state] = page.heard();
  assert.ok(answer?.kind === "match-answer" && answer.id === "goal-1" && answer.ok);
  assert.ok(state?.kind === "match-state" && state.waiting.length === 1);
  stage.room = 0;
  stage.pass(10_000);
  assert.deepEqual(stage.takeKinds(), ["host-reports"], "reporters are right who say the same");
  stage.room = 1;
  stage.pass(200);
  const [output] = stage.outputs;
  assert.ok(output?.kind === "events");
  assert.deepEqual(output.events.map(({ score, event: { id } }) => [id, score]), [
    ["goal-1", "1 x 0"],
  ]);
  stage.takeKinds();
  page.say({ ...goal, id: "goal-2" });
  stage.studio.end();
  stage.drain();
  const ending = stage.takeKinds().slice(1);
  assert.deepEqual(ending, ["events"], "the end of the broadcast waits for nothing");
});

Deno.test("a broadcast that ends by itself sends what was pressed last before it does", () => {
  const stage = new Stage({}, { durationMillis: 10_000 });
  const page = stage.open();
  stage.tell({ kind: "started", at: stage.now });
  stage.pass(9000);
  page.say({ kind: "match", do: "event", title: "Goal", origin: "Home", id: "late-goal" });
  stage.pass(899);
  assert.deepEqual(stage.takeKinds(), ["host-reports"]);
  stage.pass(2);
  assert.deepEqual(stage.takeKinds(), ["events"]);
  stage.pass(60_000);
  assert.deepEqual(stage.takeKinds(), []);
});

Deno.test("many changes of the match are told ten times a second at most, and the last one always", () => {
  const stage = new Stage();
  const page = stage.open();
  stage.pass(1000);
  page.heard();
  let told = 0;
  for (let change = 0; change < 100; change++) {
    page.say({ kind: "match", id: `m${change}`, do: change % 2 ? "stop" : "start" });
    stage.pass(10);
    told += page.heardOf("match-state").length;
  }
  assert.ok(told >= 9 && told <= 11, `${told}`);
  page.say({ kind: "match", id: "last", do: "start" });
  stage.pass(100);
  assert.equal(page.heardOf("match-state").at(-1)?.clock.isRunning, true);
});

Deno.test("teams that the host names are told to every page and to the broadcast, once", () => {
  const stage = new Stage();
  const [page, other] = [stage.open(), stage.open()];
  page.heard();
  other.heard();
  const teams = { home: "Palmeiras", away: "Santos" };
  page.say({ kind: "match", do: "teams", id: "t1", ...teams });
  page.say({ kind: "match", do: "teams", id: "t2", ...teams });
  page.say({ kind: "match", do: "teams", id: "t3", home: "", away: "" });
  assert.deepEqual(stage.outputs.splice(0), [{ kind: "teams", teams }]);
  const answers = page.heard();
  assert.deepEqual(answers.flatMap((told) => told.kind === "match-answer" ? [told.ok] : []), [
    true,
    true,
    false,
  ]);
  const [setup, ...more] = other.heardOf("match-setup");
  assert.deepEqual([setup?.home, setup?.away, more.length], ["Palmeiras", "Santos", 0]);
  assert.equal(stage.open().heardOf("match-setup")[0]?.away, "Santos");
});
