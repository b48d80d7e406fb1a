import assert from "node:assert/strict";
import fc from "fast-check";
import {
  countVotes,
  neededVotes,
  standingOf,
  type Vote,
} from "../../../../server/origin/reports/voting_rule.ts";
import { runs } from "../../../runs.ts";

const RULE = { quorum: 2, votesPerAddress: 1 };

Deno.test("more than half must agree, of more than 20 more than a quarter and at least 11", () => {
  const crowds = [0, 1, 2, 3, 4, 5, 10, 19, 20, 21, 40, 43, 44, 50, 100, 1000];
  assert.deepEqual(
    crowds.map((reporters) => neededVotes(reporters, 2)),
    [2, 2, 2, 2, 3, 3, 6, 10, 11, 11, 11, 11, 12, 13, 26, 251],
  );
  assert.deepEqual([1, 2, 3].map((reporters) => neededVotes(reporters, 1)), [1, 2, 2]);
  assert.equal(neededVotes(50, 30), 30);
});

Deno.test("more reporters never need fewer votes", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 100 }), (reporters, quorum) => {
      const needed = neededVotes(reporters, quorum);
      assert.ok(needed >= quorum && needed <= neededVotes(reporters + 1, quorum));
      assert.ok(reporters > 20 || needed * 2 > reporters);
    }),
    runs(200),
  );
});

Deno.test("votes less votes against confirm; one short of it with two votes is provisional", () => {
  const state = (agreeing: number, against: number, reporters: number) =>
    standingOf([...some(agreeing, true), ...some(against, false)], reporters, RULE).state;
  assert.deepEqual(
    [state(1, 0, 2), state(2, 0, 2), state(2, 1, 3), state(3, 1, 3), state(2, 2, 3)],
    ["reported", "confirmed", "provisional", "confirmed", "reported"],
  );
  assert.deepEqual([state(1, 0, 1), state(2, 0, 5), state(3, 0, 5)], [
    "reported",
    "provisional",
    "confirmed",
  ]);
});

Deno.test("of one public address so many votes for and against count as are allowed", () => {
  const votes = [
    ...some(5, true, "203.0.113.7"),
    ...some(3, false, "203.0.113.7"),
    ...some(2, true),
  ];
  assert.deepEqual(countVotes(votes, 1), { votes: 3, against: 1 });
  assert.deepEqual(countVotes(votes, 2), { votes: 4, against: 2 });
  assert.deepEqual(countVotes(votes, 100), { votes: 7, against: 3 });
});

Deno.test("the order of votes makes no difference", () => {
  const vote = fc.record({
    isFor: fc.boolean(),
    address: fc.option(fc.nat(5), { nil: undefined }),
  });
  const shuffled = fc.array(vote, { maxLength: 60 }).chain((votes) =>
    fc.tuple(fc.constant(votes), fc.shuffledSubarray(votes, { minLength: votes.length }))
  );
  fc.assert(
    fc.property(shuffled, fc.integer({ min: 1, max: 4 }), ([votes, others], votesPerAddress) => {
      const count = (list: typeof votes) =>
        countVotes(
          list.map(({ isFor, address }, index) => voteOf(index, isFor, address?.toString())),
          votesPerAddress,
        );
      assert.deepEqual(count(votes), count(others));
    }),
    runs(100),
  );
});

function some(count: number, isFor: boolean, address?: string): Vote[] {
  return Array.from({ length: count }, (_, index) => voteOf(index, isFor, address));
}

function voteOf(index: number, isFor: boolean, address?: string): Vote {
  const vote = { reporter: `fan${index}`, reportId: `report${index}`, isFor, time: 0, sentAt: 0 };
  return address === undefined ? vote : { ...vote, address };
}
