import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeskOutput } from "../../../../server/origin/reports/desk_interface.ts";
import { readSnapshot } from "../../../../server/origin/reports/desk_snapshot.ts";
import { ReportDesk } from "../../../../server/origin/reports/report_desk.ts";
import { neededVotes } from "../../../../server/origin/reports/voting_rule.ts";
import { REPORT_TYPES } from "../../../../shared/report/report.ts";
import { runs } from "../../../runs.ts";
import { AWAY, BEGIN, HOME, names, OPTIONS, SECOND, Stands } from "./kit.ts";

/** Anything that may happen at the desk. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      who: fc.nat(7),
      wait: fc.nat(20 * SECOND),
      age: fc.integer({ min: -5 * SECOND, max: 40 * SECOND }),
      id: fc.option(fc.nat(20), { nil: undefined }),
      type: fc.constantFrom(undefined, undefined, undefined, ...REPORT_TYPES),
      subject: fc.constantFrom(["Goal", HOME], ["Goal", AWAY], ["Half-time", ""], [
        "Throw-in",
        HOME,
      ]),
      supersedes: fc.nat(20),
      address: fc.constantFrom("10.0.0.1", "203.0.113.1", "203.0.113.2", "2001:db8::1"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "confirm" as const,
        "reject" as const,
        "press" as const,
        "withdraw" as const,
      ),
      which: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("pass" as const), wait: fc.nat(400 * SECOND) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
const steps = fc.array(step, { maxLength: 80, size: "max" });

Deno.test("the same inputs have the same outputs, however often the time is told", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const [once, often] = [new Stands(), new Stands()];
      for (const one of list) {
        take(once, one);
        take(often, one, 7 * SECOND);
      }
      assert.deepEqual(often.outputs, once.outputs);
      assert.deepEqual(often.desk.snapshot(), once.desk.snapshot());
    }),
    runs(30),
  );
});

Deno.test("a snapshot restored in the middle changes nothing", () => {
  fc.assert(
    fc.property(steps, fc.nat(80), (list, middle) => {
      const [whole, restored] = [new Stands(), new Stands()];
      for (const [index, one] of list.entries()) {
        if (index === middle) restart(restored);
        take(whole, one);
        take(restored, one);
      }
      assert.deepEqual(restored.outputs, whole.outputs);
      assert.deepEqual(restored.desk.deadline, whole.desk.deadline);
    }),
    runs(30),
  );
});

Deno.test("what votes confirm has the votes that the rule asks for, and is one event", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (list, quorum) => {
      const stands = new Stands({ quorum });
      let voted = 0;
      for (const one of list) {
        const before = stands.outputs.length;
        take(stands, one);
        const isHosts = one.do !== "say" && one.do !== "pass";
        for (const event of eventsOf(stands.outputs.slice(before))) {
          const { votes, against, reporters } = event.agreement;
          assert.ok(isHosts || votes - against >= neededVotes(reporters, quorum));
          voted += isHosts ? 0 : 1;
        }
      }
      const counted = stands.outputs.filter((one) =>
        one.kind === "answer" && one.answer.verdict === "counted"
      );
      assert.ok(voted * quorum <= counted.length);
      const ids = stands.events.map(({ eventId }) => eventId);
      assert.equal(new Set(ids).size, ids.length);
    }),
    runs(50),
  );
});

Deno.test("candidates are told from reported on, each change once, with votes of different people", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const stands = new Stands();
      list.forEach((one) => take(stands, one));
      const last = new Map<string, string>();
      for (const { candidateId, state, votes, against } of stands.candidates) {
        const before = last.get(candidateId);
        if (before === undefined) assert.equal(state, "reported");
        const told = `${state} ${votes} ${against}`;
        assert.notEqual(before, told);
        assert.ok(!before?.startsWith("expired"));
        assert.ok(votes + against <= 8);
        last.set(candidateId, told);
      }
    }),
    runs(30),
  );
});

Deno.test("a report that comes again, at any time, is counted once", () => {
  const reports = fc.array(
    fc.record({ who: fc.nat(5), at: fc.nat(20), again: fc.array(fc.nat(5000), { maxLength: 4 }) }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(reports, (list) => {
      const arrivals = list.flatMap(({ who, at, again }, index) =>
        [0, ...again].map((delay) => ({ who, index, time: BEGIN + at * 100, delay }))
      ).sort((one, other) => one.delay - other.delay);
      const stands = new Stands({ quorum: 100 });
      for (const { who, index, time } of arrivals) {
        stands.say(`fan${who}`, { id: `${index}`, time });
      }
      const people = new Set(list.map(({ who }) => who)).size;
      assert.equal(stands.lastCandidate.votes, people);
      assert.equal(stands.desk.open.length, 1);
    }),
    runs(100),
  );
});

Deno.test("the order in which votes arrive makes no difference while all have reported lately", () => {
  const fans = names(12);
  const votes = fc.array(
    fc.record({ time: fc.nat(30 * SECOND), address: fc.constantFrom("10.1.1.1", "203.0.113.1") }),
    { minLength: 1, maxLength: fans.length },
  );
  const orders = votes.chain((list) => {
    const indexed = list.map((vote, index) => ({ ...vote, fan: fans[index]! }));
    return fc.tuple(
      fc.constant(indexed),
      fc.shuffledSubarray(indexed, { minLength: indexed.length }),
    );
  });
  fc.assert(
    fc.property(orders, ([one, other]) => {
      assert.deepEqual(outcomeOf(one), outcomeOf(other));
    }),
    runs(150),
  );

  function outcomeOf(list: readonly { fan: string; time: number; address: string }[]) {
    const stands = new Stands();
    stands.bring(...fans);
    stands.pass(25 * SECOND);
    for (const { fan, time, address } of list) stands.say(fan, { time: BEGIN + time, address });
    const { state, votes, against } = stands.lastCandidate;
    const ids = new Set(stands.candidates.map(({ candidateId }) => candidateId)).size;
    return { state, votes, against, ids, events: stands.events.length };
  }
});

/** Takes a step; with `tick` the time is told in between too. */
function take(stands: Stands, one: Step, tick?: number): void {
  if (one.do === "say") {
    wait(stands, one.wait, tick);
    const [title = "", origin = ""] = one.subject;
    const known = stands.events.at(one.supersedes % 3)?.eventId ?? "nothing";
    const supersedes = one.type === "undo" ? `r${one.supersedes}` : known;
    stands.say(`fan${one.who}`, {
      ...{ title, origin, time: stands.now - one.age, address: one.address },
      ...(one.id !== undefined && { id: `r${one.id}` }),
      ...(one.type && { type: one.type }),
      ...(one.type && one.type !== "event" && one.type !== "denial" && { supersedes }),
    });
  } else if (one.do === "pass") wait(stands, one.wait, tick);
  else hostDoes(stands, one);
}

function hostDoes(stands: Stands, one: Exclude<Step, { do: "say" | "pass" }>): void {
  const { desk, now } = stands;
  const candidateId = stands.candidates.at(-1 - one.which)?.candidateId ?? "none";
  const eventId = `host-${one.which}`;
  if (one.do === "confirm") stands.take(desk.confirm(candidateId, now));
  else if (one.do === "reject") stands.take(desk.reject(candidateId, now));
  else if (one.do === "withdraw") stands.take(desk.hostWithdraws(eventId, now));
  else stands.take(desk.hostReports({ eventId, title: "Goal", origin: HOME, time: now }, now));
}

function wait(stands: Stands, millis: number, tick = Infinity): void {
  const until = stands.now + millis;
  while (stands.now < until) stands.pass(Math.min(tick, until - stands.now));
}

function restart(stands: Stands): void {
  const stored = readSnapshot(JSON.parse(JSON.stringify(stands.desk.snapshot())), stands.now);
  assert.ok(stored.ok);
  stands.desk = new ReportDesk(OPTIONS, stored.snapshot);
}

function eventsOf(outputs: readonly DeskOutput[]) {
  return outputs.flatMap((one) => one.kind === "confirmed" ? [one.event] : []);
}
