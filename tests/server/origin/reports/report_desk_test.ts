import assert from "node:assert/strict";
import { AWAY, BEGIN, HOME, MINUTE, names, SECOND, Stands } from "./kit.ts";

Deno.test("two who report the same confirm it, and it is one event", () => {
  const stands = new Stands();
  assert.equal(stands.say("ana"), "counted");
  stands.pass(4 * SECOND);
  assert.equal(stands.say("bia", { time: BEGIN + SECOND }), "counted");
  assert.deepEqual(stands.told, ["reported 1-0", "confirmed 2-0"]);
  const [event] = stands.events;
  const { candidateId, eventId } = stands.lastCandidate;
  assert.deepEqual(event, {
    ...{ eventId, candidateId, title: "Goal", origin: HOME, type: 2, time: BEGIN + SECOND / 2 },
    agreement: { votes: 2, against: 0, reporters: 2, confirmedAfterMillis: 4 * SECOND },
  });
  stands.pass(5 * SECOND);
  assert.equal(stands.say("caio", { time: BEGIN }), "counted");
  assert.deepEqual([stands.told.at(-1), stands.events.length], ["confirmed 3-0", 1]);
});

Deno.test("a page learns from the set-up what each button is, and from a candidate how many it takes", () => {
  const stands = new Stands();
  const { actions, types, both } = stands.desk.setup;
  assert.equal(types?.[actions.indexOf("Corner")], 6);
  assert.deepEqual(both, ["Kick-off", "Half-time"]);
  stands.bring(...names(6));
  stands.say("ana");
  assert.equal(stands.lastCandidate.needed, 4);
});

Deno.test("what one alone reports expires after its window, at the very moment", () => {
  const stands = new Stands();
  stands.say("liar");
  assert.equal(stands.desk.deadline, BEGIN + 30 * SECOND);
  stands.pass(30 * SECOND - 1);
  assert.deepEqual(stands.told, ["reported 1-0"]);
  stands.pass(1);
  assert.deepEqual(stands.told, ["reported 1-0", "expired 1-0"]);
  assert.equal(stands.desk.deadline, Infinity);
  stands.say("bia", { time: BEGIN });
  assert.deepEqual(stands.told.slice(2), ["reported 1-0"]);
});

Deno.test("each report makes a candidate wait for its whole window again", () => {
  const stands = new Stands();
  stands.bring(...names(6));
  stands.say("fan0");
  stands.pass(29 * SECOND);
  stands.say("fan1", { time: BEGIN });
  stands.pass(29 * SECOND);
  stands.say("fan2", { time: BEGIN });
  assert.deepEqual(stands.told.at(-1), "provisional 3-0");
  stands.pass(30 * SECOND);
  assert.deepEqual(stands.told.at(-1), "expired 3-0");
});

Deno.test("windows are of match time: 30 s, 60 s for a substitution, 120 s for a period", () => {
  const cases = [
    ["Goal", HOME, 30],
    ["Yellow card", AWAY, 30],
    ["Substitution", HOME, 60],
    ["Kick-off", "", 120],
    ["Throw-in", HOME, 5],
  ] as const;
  for (const [title, origin, seconds] of cases) {
    for (const beyond of [0, 1]) {
      const stands = new Stands();
      stands.pass(3 * MINUTE);
      stands.say("ana", { title, origin, time: BEGIN });
      stands.say("bia", { title, origin, time: BEGIN + seconds * SECOND + beyond });
      assert.equal(stands.events.length, 1 - beyond, `${title} ${seconds} s + ${beyond} ms`);
    }
  }
});

Deno.test("the same within 10 s is a duplicate; later it is a second event", () => {
  const stands = new Stands();
  assert.equal(stands.say("ana"), "counted");
  stands.pass(10 * SECOND);
  assert.equal(stands.say("ana"), "duplicate");
  stands.pass(1);
  assert.equal(stands.say("ana"), "counted");
  assert.deepEqual(stands.told, ["reported 1-0", "reported 1-0"]);
  stands.say("bia", { time: BEGIN });
  stands.say("bia");
  assert.equal(stands.events.length, 2);
});

Deno.test("a report that comes again has the same answer and counts once", () => {
  const stands = new Stands();
  for (const _ of names(30)) assert.equal(stands.say("ana", { id: "one", time: BEGIN }), "counted");
  assert.equal(stands.say("ana", { id: "two", time: BEGIN }), "duplicate");
  assert.equal(stands.say("ana", { id: "two", time: BEGIN }), "duplicate");
  assert.deepEqual(stands.told, ["reported 1-0"]);
  assert.equal(stands.say("bia", { id: "one", time: BEGIN }), "counted", "ids are each reporter's");
});

Deno.test("two events close together get the votes of who reported both, in any order", () => {
  for (const isReversed of [false, true]) {
    const stands = new Stands();
    stands.bring("ana", "bia");
    stands.pass(25 * SECOND);
    const times = [BEGIN, BEGIN + 20 * SECOND];
    for (const reporter of ["ana", "bia"]) {
      for (const time of isReversed ? times.toReversed() : times) stands.say(reporter, { time });
    }
    assert.deepEqual(stands.events.map(({ time }) => time).sort(), times);
  }
});

Deno.test("an earlier vote moves on when the same person reports what is nearer", () => {
  const stands = new Stands();
  stands.bring(...names(7));
  stands.pass(25 * SECOND);
  stands.say("fan0", { time: BEGIN });
  stands.say("fan1", { time: BEGIN + 20 * SECOND });
  stands.say("fan1", { time: BEGIN + SECOND });
  assert.deepEqual(
    stands.desk.open.map(({ time, votes }) => [time - BEGIN, votes]),
    [[500, 2], [20 * SECOND, 1]],
  );
});

Deno.test("a denial counts against; whoever reported and then denies has changed sides", () => {
  const stands = new Stands();
  stands.bring("ana", "bia", "caio");
  stands.say("ana");
  assert.equal(stands.say("bia", { type: "denial", time: BEGIN + 5 * SECOND }), "counted");
  stands.say("caio", { time: BEGIN });
  assert.deepEqual(stands.told, ["reported 1-0", "reported 1-1", "provisional 2-1"]);
  stands.pass(SECOND);
  stands.say("caio", { type: "denial", time: BEGIN });
  assert.deepEqual(stands.told.at(-1), "reported 1-2");
  assert.equal(stands.events.length, 0);
});

Deno.test("a denial that comes first waits for the report, and is not told alone", () => {
  const stands = new Stands();
  stands.bring("ana", "bia", "caio");
  stands.say("bia", { type: "denial" });
  assert.deepEqual(stands.told, []);
  stands.say("ana");
  assert.deepEqual(stands.told, ["reported 1-1"]);
  stands.say("caio");
  assert.deepEqual([stands.told.at(-1), stands.events.length], ["provisional 2-1", 0]);
  const alone = new Stands();
  alone.say("bia", { type: "denial" });
  alone.pass(MINUTE);
  assert.deepEqual([alone.told, alone.desk.deadline], [[], Infinity]);
});

Deno.test("undo takes one's own report back until it is confirmed", () => {
  const stands = new Stands();
  stands.say("ana", { id: "a" });
  assert.equal(stands.say("bia", { type: "undo", supersedes: "a" }), "counted");
  assert.deepEqual(stands.told, ["reported 1-0"], "of another's report nothing happens");
  assert.equal(stands.say("ana", { type: "undo", supersedes: "a" }), "counted");
  assert.deepEqual(stands.told, ["reported 1-0", "retracted 0-0"]);
  assert.equal(stands.say("ana", { id: "b" }), "counted", "no duplicate of what was undone");
  stands.say("bia");
  assert.equal(stands.say("ana", { type: "undo", supersedes: "b" }), "too-old");
  assert.equal(stands.events.length, 1);
});

Deno.test("an undo that comes before its report takes it back too", () => {
  const stands = new Stands();
  assert.equal(stands.say("ana", { type: "undo", supersedes: "a" }), "counted");
  assert.equal(stands.say("ana", { id: "a" }), "duplicate");
  assert.deepEqual(stands.told, []);
});

Deno.test("a denial taken back counts no more and may confirm", () => {
  const stands = new Stands();
  stands.bring("ana", "bia", "caio");
  stands.say("bia", { id: "no", type: "denial" });
  stands.say("ana");
  stands.say("caio");
  stands.say("bia", { type: "undo", supersedes: "no" });
  assert.deepEqual(stands.told.at(-1), "confirmed 2-0");
});

Deno.test("a correction supersedes the accepted event once enough agree", () => {
  const stands = new Stands();
  stands.say("ana");
  stands.say("bia");
  const goal = stands.lastCandidate.eventId!;
  stands.pass(20 * SECOND);
  const change = { type: "correction", origin: AWAY, time: BEGIN, supersedes: goal } as const;
  assert.equal(stands.say("ana", change), "counted");
  assert.equal(stands.say("ana", { ...change, time: BEGIN + 15 * SECOND }), "duplicate");
  assert.equal(stands.events.length, 1);
  const { supersedes, needed } = stands.lastCandidate;
  assert.deepEqual([supersedes, needed], [goal, 2], "who agrees knows what it is about");
  stands.say("bia", change);
  const [, corrected] = stands.events;
  assert.deepEqual([corrected?.supersedes, corrected?.origin], [goal, AWAY]);
  stands.say("caio", { origin: AWAY, time: BEGIN + SECOND });
  stands.say("dora", { origin: AWAY, time: BEGIN + SECOND });
  assert.equal(stands.events.length, 2, "late reports of the corrected goal are about it");
  const again = { ...change, origin: HOME, title: "Corner" };
  for (const fan of names(9)) stands.say(fan, again);
  assert.equal(stands.events.at(-1)?.supersedes, corrected?.eventId, "the last one is superseded");
});

Deno.test("a correction of what is not on the timeline is refused, and so is one of nothing", () => {
  const stands = new Stands();
  assert.equal(stands.say("ana", { type: "correction", supersedes: "nothing" }), "too-old");
  assert.equal(stands.say("ana", { type: "correction" }), "too-old");
  assert.equal(stands.say("ana", { type: "undo" }), "too-old");
  stands.take(stands.desk.onAccepted(
    { eventId: "file-1", title: "Note", origin: "", time: BEGIN },
    stands.now,
  ));
  assert.equal(stands.say("ana", { type: "correction", supersedes: "file-1" }), "counted");
});

Deno.test("reports that fit no set-up, are too old, too fast or too late are refused", () => {
  const stands = new Stands();
  stands.pass(20 * MINUTE);
  assert.equal(stands.say("a", { title: "Home run" }), "unknown-action");
  assert.equal(stands.say("a", { origin: "Grêmio" }), "unknown-origin");
  assert.equal(stands.say("a", { origin: "" }), "unknown-origin");
  assert.equal(stands.say("a", { title: "Kick-off" }), "unknown-origin");
  assert.equal(stands.say("a", { mayReport: false }), "not-a-reporter");
  assert.equal(stands.say("a", { time: stands.now - 10 * MINUTE - 1 }), "too-old");
  assert.equal(stands.say("a", { time: stands.now + 10 * SECOND + 1 }), "too-old");
  assert.equal(stands.say("a", { time: stands.now - 10 * MINUTE }), "counted");
  assert.equal(stands.say("a", { time: stands.now + 10 * SECOND }), "counted");
  stands.take(stands.desk.end(stands.now));
  assert.deepEqual(stands.told.slice(-2), ["expired 1-0", "expired 1-0"]);
  assert.equal(stands.say("b"), "over");
});

Deno.test("ten reports at once and one a second are taken; a refused one may come again", () => {
  const stands = new Stands();
  const say = (index: number) =>
    stands.say("ana", { id: `${index}`, time: BEGIN - index * 11 * SECOND });
  const verdicts = names(11).map((_, index) => say(index));
  assert.deepEqual(verdicts, [...Array(10).fill("counted"), "too-fast"]);
  stands.pass(999);
  assert.equal(say(10), "too-fast");
  stands.pass(1);
  assert.equal(say(10), "counted");
  assert.equal(say(11), "too-fast");
  assert.equal(stands.say("bia"), "counted", "others are not concerned");
});

Deno.test("many identities at one public address are one vote, and one reporter", () => {
  const stands = new Stands();
  for (const fan of names(5)) stands.say(fan, { address: "203.0.113.7" });
  assert.deepEqual([stands.told, stands.lastCandidate.reporters], [["reported 1-0"], 1]);
  stands.say("ana", { address: "2001:db8::1" });
  assert.deepEqual(stands.told.at(-1), "confirmed 2-0");
  const home = new Stands();
  for (const fan of names(2)) home.say(fan, { address: "10.0.0.7" });
  assert.equal(home.events.length, 1);
  const family = new Stands({ votesPerAddress: 2 });
  for (const fan of names(5)) family.say(fan, { address: "203.0.113.7" });
  assert.deepEqual(family.told, ["reported 1-0", "confirmed 2-0"]);
});

Deno.test("who has been silent for five minutes is no reporter, and fewer votes are needed", () => {
  const stands = new Stands();
  stands.bring("ana", "bia", "caio", "dora");
  stands.pass(4 * MINUTE + 50 * SECOND);
  stands.say("ana");
  stands.say("bia");
  assert.deepEqual(stands.told.at(-1), "provisional 2-0");
  assert.equal(stands.desk.deadline, BEGIN + 5 * MINUTE);
  stands.pass(10 * SECOND);
  assert.deepEqual([stands.told.at(-1), stands.lastCandidate.reporters], ["confirmed 2-0", 2]);
});

Deno.test("the host confirms and rejects; a rejected one takes the late reports", () => {
  const stands = new Stands();
  stands.say("ana");
  const { candidateId } = stands.lastCandidate;
  stands.take(stands.desk.reject(candidateId, stands.now));
  for (const fan of names(5)) stands.say(fan, { time: BEGIN + 20 * SECOND - 15 * SECOND });
  assert.deepEqual([stands.told.at(-1), stands.events.length], ["retracted 6-0", 0]);
  stands.take(stands.desk.confirm(candidateId, stands.now));
  stands.take(stands.desk.confirm(candidateId, stands.now));
  stands.take(stands.desk.reject(candidateId, stands.now));
  assert.deepEqual([stands.told.at(-1), stands.events.length], ["confirmed 6-0", 1]);
  assert.deepEqual(stands.desk.confirm("no such", stands.now), []);
});

Deno.test("what the host presses is confirmed by it, before or after it was reported", () => {
  const stands = new Stands();
  stands.say("ana");
  const press = { eventId: "host-1", title: "Goal", origin: HOME, time: BEGIN + 2 * SECOND };
  stands.take(stands.desk.hostReports(press, stands.now));
  stands.take(stands.desk.onAccepted(press, stands.now));
  assert.deepEqual(stands.lastCandidate.eventId, "host-1");
  for (const fan of names(5)) stands.say(fan, { time: BEGIN + SECOND });
  assert.deepEqual([stands.told.at(-1), stands.events.length], ["confirmed 6-0", 0]);
  const before = new Stands();
  before.take(before.desk.hostReports(press, before.now));
  assert.deepEqual(before.told, []);
  assert.equal(before.desk.acceptedNear(press, BEGIN + 12 * SECOND), "host-1");
  assert.equal(before.desk.acceptedNear(press, BEGIN + 13 * SECOND), undefined);
  for (const fan of names(3)) before.say(fan);
  assert.deepEqual(before.told.slice(0, 2), ["reported 1-0", "confirmed 1-0"]);
  assert.equal(before.events.length, 0);
});

Deno.test("what the host takes back before it is on the timeline is as rejected", () => {
  const stands = new Stands();
  stands.say("ana");
  const press = { eventId: "host-1", title: "Goal", origin: HOME, time: BEGIN };
  stands.take(stands.desk.hostReports(press, stands.now));
  stands.take(stands.desk.hostWithdraws("host-1", stands.now));
  for (const fan of names(5)) stands.say(fan);
  assert.deepEqual([stands.told.at(-1), stands.events.length], ["retracted 6-0", 0]);
  const empty = new Stands();
  empty.take(empty.desk.hostReports(press, empty.now));
  empty.take(empty.desk.hostWithdraws("host-1", empty.now));
  for (const fan of names(2)) empty.say(fan);
  assert.equal(empty.events.length, 1, "nobody had reported it, so reports begin anew");
});

Deno.test("one liar before or after the event splits no votes", () => {
  for (const offset of [-25, 25]) {
    const stands = new Stands();
    stands.pass(MINUTE);
    const happened = BEGIN + 20 * SECOND;
    stands.say("liar", { time: happened + offset * SECOND });
    for (const [index, fan] of names(9).entries()) {
      stands.say(fan, { time: happened + index * SECOND });
    }
    assert.equal(stands.events.length, 1);
  }
});
