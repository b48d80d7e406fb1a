import assert from "node:assert/strict";
import fc from "fast-check";
import { AcceptedEvents, MAX_ACCEPTED } from "../../../../server/origin/reports/accepted_events.ts";
import { Answers, MAX_ANSWERED } from "../../../../server/origin/reports/answers.ts";
import {
  Candidates,
  MAX_DECIDED,
  MAX_OPEN,
  MAX_OPEN_OF_ADDRESS,
  MAX_OPEN_OF_ONE,
  MAX_VOTES,
} from "../../../../server/origin/reports/candidates.ts";
import { readSnapshot } from "../../../../server/origin/reports/desk_snapshot.ts";
import {
  MAX_OF_ADDRESS,
  MAX_REPORTERS,
  Reporters,
} from "../../../../server/origin/reports/reporters.ts";
import { VotedCandidate } from "../../../../server/origin/reports/voted_candidate.ts";
import { runs } from "../../../runs.ts";
import { AWAY, BEGIN, HOME, MINUTE, names, SECOND, Stands } from "./kit.ts";

const GOAL = { title: "Goal", origin: HOME };
const OPTIONS = { votesPerAddress: 1, windowOf: () => 30 * SECOND };

Deno.test("one reporter opens a limited number of candidates, and all together too", () => {
  const candidates = new Candidates(OPTIONS);
  const place = (reporter: string, index: number) => {
    const time = BEGIN + index * MINUTE;
    const vote = { reporter, reportId: `${index}`, isFor: true, time, sentAt: time };
    return candidates.place({ ...GOAL, title: `Goal ${index}` }, vote, BEGIN).result;
  };
  const first = names(MAX_OPEN_OF_ONE + 1).map((_, index) => place("liar", index));
  assert.deepEqual(first.slice(-2), ["counted", "full"]);
  for (let index = MAX_OPEN_OF_ONE; index < MAX_OPEN + 10; index++) place(`fan${index}`, index);
  assert.equal(candidates.openCount, MAX_OPEN);
  assert.equal(place("ana", 3), "counted", "what is open can still be voted on");
});

Deno.test("many identities at one address open a limited number, also after a restart; others have room", () => {
  let candidates = new Candidates(OPTIONS);
  const place = (index: number, address?: string) => {
    const reporter = `fan${index}`;
    const said = { reporter, reportId: `${index}`, isFor: true, time: BEGIN, sentAt: BEGIN };
    const vote = { ...said, ...(address !== undefined && { address }) };
    return candidates.place({ ...GOAL, title: `Goal ${index}` }, vote, BEGIN).result;
  };
  for (let index = 0; index < MAX_OPEN; index++) place(index, "203.0.113.1");
  assert.equal(candidates.openCount, MAX_OPEN_OF_ADDRESS);
  candidates = new Candidates(OPTIONS, candidates.toStored());
  assert.equal(place(MAX_OPEN, "203.0.113.1"), "full");
  assert.deepEqual([place(MAX_OPEN, "203.0.113.2"), place(MAX_OPEN + 1)], ["counted", "counted"]);
});

Deno.test("the oldest decided candidates are forgotten, and all that no report can belong to", () => {
  const candidates = new Candidates(OPTIONS);
  for (let index = 0; index < MAX_DECIDED + 5; index++) {
    const at = BEGIN + index;
    candidates.beginDecided(GOAL, at, { decided: "confirmed", eventId: `${index}`, at });
  }
  assert.equal(candidates.decidedCount, MAX_DECIDED);
  assert.deepEqual(candidates.confirmedAs("4"), []);
  candidates.prune(BEGIN + 10 * MINUTE + 30 * SECOND + 10);
  assert.deepEqual(candidates.confirmedAs("9"), []);
  assert.equal(candidates.confirmedAs("10").length, 1);
  candidates.prune(Infinity);
  assert.deepEqual([candidates.decidedCount, candidates.near(GOAL, BEGIN)], [0, []]);
});

Deno.test("all votes together are limited: the oldest decided candidate gives way", () => {
  const votes = Array.from({ length: MAX_VOTES / 2 }, (_, index) => ({
    ...{ reporter: `fan${index}`, reportId: "r", isFor: true, time: BEGIN, sentAt: BEGIN },
  }));
  const stored = (index: number) => ({
    ...GOAL,
    ...{ candidateId: `c${index}`, windowMillis: 30 * SECOND, begunAt: BEGIN, addedAt: BEGIN },
    ...{ time: BEGIN + index * MINUTE, votes },
    outcome: { decided: "confirmed" as const, eventId: `e${index}`, at: BEGIN },
  });
  const candidates = new Candidates(OPTIONS, { serial: 2, candidates: [stored(0), stored(1)] });
  assert.equal(candidates.voteCount, MAX_VOTES);
  const vote = { reporter: "ana", reportId: "a", isFor: true, time: BEGIN, sentAt: BEGIN };
  assert.equal(candidates.place({ ...GOAL, origin: AWAY }, vote, BEGIN).result, "counted");
  assert.deepEqual([candidates.voteCount, candidates.find("c0")], [MAX_VOTES / 2 + 1, undefined]);
});

Deno.test("many identities of one address do not use up the room of others", () => {
  const reporters = new Reporters(1);
  const add = (reporter: string, address?: string) => {
    const hasRoom = reporters.hasRoom(reporter, address);
    if (hasRoom) reporters.note(reporter, address, BEGIN);
    return hasRoom;
  };
  for (const name of names(MAX_OF_ADDRESS + 50)) add(name, "203.0.113.1");
  assert.deepEqual([reporters.size, reporters.count], [MAX_OF_ADDRESS, 1]);
  assert.ok(add("ana", "203.0.113.2") && add("bia"));
  for (const name of names(MAX_REPORTERS + 5, "guest")) add(name);
  assert.equal(reporters.size, MAX_REPORTERS);
  assert.ok(add("ana", "203.0.113.1"), "who is there may go on, from elsewhere too");
  for (const name of names(2 * MAX_REPORTERS)) reporters.takePace(name, BEGIN);
  assert.equal(reporters.toStored().paces.length, MAX_REPORTERS);
  reporters.forget(BEGIN + 5 * MINUTE);
  assert.deepEqual([reporters.size, reporters.count], [0, 0]);
});

Deno.test("answers and accepted events are kept in limited numbers", () => {
  const [answers, accepted] = [new Answers(), new AcceptedEvents()];
  for (let index = 0; index <= MAX_ANSWERED; index++) answers.set("ana", `${index}`, "counted");
  assert.deepEqual([answers.size, answers.get("ana", "0")], [MAX_ANSWERED, undefined]);
  for (let index = 0; index <= MAX_ACCEPTED; index++) {
    accepted.add({ eventId: `${index}`, supersedes: `${index - 1}` });
  }
  assert.deepEqual([accepted.size, accepted.has("0")], [MAX_ACCEPTED, false]);
  assert.equal(accepted.latest("1"), `${MAX_ACCEPTED}`);
});

Deno.test("an event that says it corrects itself corrects nothing, and can be corrected", () => {
  const stands = new Stands();
  stands.bring("ana", "bia");
  const event = { eventId: "e1", ...GOAL, time: BEGIN, supersedes: "e1" };
  stands.take(stands.desk.onAccepted(event, stands.now));
  const correction = { type: "correction", title: "Corner", supersedes: "e1" } as const;
  for (const fan of ["ana", "bia"]) assert.equal(stands.say(fan, correction), "counted");
  assert.equal(stands.events.at(-1)?.supersedes, "e1");
});

Deno.test("one more report has only its own candidate judged, however many liars have opened", () => {
  const stands = new Stands();
  const report = (fan: string, index: number) =>
    stands.say(fan, { title: "Corner", time: BEGIN - index * 11 * SECOND });
  for (let index = 0; index < 30; index++) {
    stands.pass(SECOND - 1);
    report("liar", index);
  }
  stands.say("ana", { title: "Goal" });
  let judged = 0;
  const { state } = VotedCandidate.prototype;
  try {
    VotedCandidate.prototype.state = function (...counts) {
      judged++;
      return state.apply(this, counts);
    };
    assert.equal(stands.say("liar", { title: "Yellow card" }), "counted");
  } finally {
    VotedCandidate.prototype.state = state;
  }
  assert.ok(stands.desk.open.length > 20);
  assert.ok(judged <= 2, `${judged} were judged`);
});

Deno.test("a snapshot that is not one is refused with its field", () => {
  const snapshot = new Stands().desk.snapshot();
  assert.ok(readSnapshot(snapshot, BEGIN).ok);
  const cases: [unknown, string][] = [
    [null, "version"],
    [{ ...snapshot, version: 2 }, "version"],
    [{ ...snapshot, serial: -1 }, "serial"],
    [{ ...snapshot, reporters: { active: [{}], paces: [] } }, "reporters.active.0.reporter"],
    [{ ...snapshot, candidates: Array(MAX_OPEN + MAX_DECIDED + 1).fill({}) }, "candidates"],
  ];
  for (const [value, field] of cases) {
    const problem = `the stored reports have no usable "${field}"`;
    const result = readSnapshot(value, BEGIN);
    assert.ok(!result.ok && result.problem.startsWith("the stored reports"));
    if (field !== "candidates") assert.deepEqual(result, { ok: false, problem });
  }
  fc.assert(
    fc.property(fc.anything(), (value) => {
      assert.equal(typeof readSnapshot(value, BEGIN).ok, "boolean");
    }),
    runs(200),
  );
});

Deno.test("after a restart with other teams their candidates are gone, and the clock may be behind", () => {
  const stands = new Stands();
  stands.say("ana");
  stands.say("bia", { title: "Kick-off", origin: "" });
  const stored = readSnapshot(stands.desk.snapshot(), BEGIN - MINUTE);
  assert.ok(stored.ok);
  const other = new Stands({ origins: ["Grêmio", AWAY] }, stored.snapshot);
  assert.deepEqual(other.desk.open.map(({ title }) => title), ["Kick-off"]);
  assert.equal(other.desk.deadline, BEGIN - MINUTE + 2 * MINUTE);
});
