import assert from "node:assert/strict";
import type { Candidate } from "../../../shared/report/report.ts";
import { Stage } from "./stage.ts";

const GOAL: Candidate = {
  ...{ type: "candidate", candidateId: "c1", title: "Goal", origin: "Home", time: 1000 },
  ...{ state: "reported", votes: 1, against: 0, needed: 2, reporters: 1 },
};

Deno.test("pages are told of candidates together, and who comes later at once", () => {
  const stage = new Stage();
  const page = stage.open();
  assert.deepEqual(page.heardOf("candidates"), [], "nothing is said of what is not there");
  stage.studio.onCandidate(GOAL);
  stage.studio.onCandidate({ ...GOAL, votes: 2, reporters: 3 });
  const told = () =>
    page.heardOf("candidates").map(({ candidates }) =>
      candidates.map(({ candidateId, votes, needed }) => [candidateId, votes, needed])
    );
  stage.pass(0);
  assert.deepEqual(told(), [[["c1", 2, 2]]]);
  stage.studio.onCandidate({ ...GOAL, candidateId: "c2", needed: 3, reporters: 4 });
  stage.pass(99);
  assert.deepEqual(told(), []);
  stage.pass(1);
  assert.deepEqual(told(), [[["c1", 2, 3], ["c2", 1, 3]]]);
  assert.equal(stage.open().heardOf("candidates")[0]?.candidates.length, 2);
});

Deno.test("the host confirms or rejects what is open; what is decided stays", () => {
  const stage = new Stage();
  const page = stage.open();
  stage.studio.onCandidate(GOAL);
  stage.pass(100);
  page.heard();
  page.say({ kind: "decide", id: "d1", candidateId: "c1", isConfirmed: true });
  assert.deepEqual(stage.outputs.splice(0), [
    { kind: "decide", candidateId: "c1", isConfirmed: true },
  ]);
  stage.studio.onCandidate({ ...GOAL, state: "confirmed", eventId: "e1" });
  stage.pass(100);
  page.say({ kind: "decide", id: "d2", candidateId: "c1", isConfirmed: false });
  page.say({ kind: "decide", id: "d3", candidateId: "made up", isConfirmed: false });
  assert.deepEqual(stage.outputs, []);
  assert.deepEqual(page.heardOf("answer").map(({ id, ok }) => [id, ok]), [
    ["d1", true],
    ["d2", false],
    ["d3", false],
  ]);
});

Deno.test("a page that does not drive decides nothing, and is told why", () => {
  const stage = new Stage();
  stage.open();
  const second = stage.open();
  stage.studio.onCandidate(GOAL);
  second.say({ kind: "decide", id: "d1", candidateId: "c1", isConfirmed: true });
  const [answer] = second.heardOf("answer");
  assert.equal(answer?.ok, false);
  assert.match(answer?.text ?? "", /take over/);
  assert.deepEqual(stage.outputs, []);
});

Deno.test("of ever so many candidates a page is told a bounded number, the open ones first", () => {
  const stage = new Stage();
  const page = stage.open();
  for (let at = 0; at < 500; at++) {
    const state = at % 2 === 0 ? "reported" : "expired";
    stage.studio.onCandidate({ ...GOAL, candidateId: `c${at}`, state });
  }
  stage.pass(100);
  const [told] = page.heardOf("candidates");
  const states = told!.candidates.map(({ state }) => state);
  assert.equal(states.filter((state) => state === "reported").length, 60);
  assert.equal(states.filter((state) => state === "expired").length, 10);
  assert.equal(told!.candidates.at(-1)?.candidateId, "c499");
});
