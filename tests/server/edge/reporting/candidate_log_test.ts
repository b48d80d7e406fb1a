import assert from "node:assert/strict";
import fc from "fast-check";
import { CandidateLog } from "../../../../server/edge/reporting/candidate_log.ts";
import { type Candidate, CANDIDATE_STATES } from "../../../../shared/report/report.ts";
import { runs } from "../../../runs.ts";

const decoder = new TextDecoder();

function candidate(id: number, state: Candidate["state"], votes = 1): Candidate {
  return {
    ...{ type: "candidate", candidateId: `c${id}`, title: "Goal", origin: "Home", time: 0 },
    ...{ state, votes, against: 0, reporters: 1 },
  };
}

/** What a reader who reads on from `revision` is told, and how far it has read then. */
function readOn(log: CandidateLog, revision: number, openOnlyTo: number) {
  const told: Candidate[] = [];
  let at = revision;
  for (let next = log.after(at, openOnlyTo, log.revision); next;) {
    told.push(JSON.parse(decoder.decode(next.bytes)));
    at = next.revision;
    next = log.after(at, openOnlyTo, log.revision);
  }
  return { told, at: log.revision };
}

Deno.test("only the newest of a candidate is told, and a newcomer is told what is open", () => {
  const log = new CandidateLog();
  log.put(candidate(1, "reported"));
  log.put(candidate(2, "reported"));
  log.put(candidate(1, "confirmed", 2));
  log.put(candidate(3, "provisional", 2));
  const all = readOn(log, 0, 0).told.map(({ candidateId, state }) => [candidateId, state]);
  assert.deepEqual(all, [["c2", "reported"], ["c1", "confirmed"], ["c3", "provisional"]]);
  const fresh = readOn(log, 0, log.revision).told.map(({ candidateId }) => candidateId);
  assert.deepEqual(fresh, ["c2", "c3"]);
});

Deno.test("whenever readers read, each knows the newest of every candidate that it was told of", () => {
  const change = fc.record({
    id: fc.nat(30),
    state: fc.constantFrom(...CANDIDATE_STATES),
    votes: fc.nat(9),
    reads: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
      const log = new CandidateLog();
      const truth = new Map<string, Candidate>();
      const known = new Map<string, Candidate>();
      let revision = 0;
      const read = () => {
        const { told, at } = readOn(log, revision, 0);
        revision = at;
        for (const one of told) known.set(one.candidateId, one);
      };
      for (const { id, state, votes, reads } of changes) {
        log.put(candidate(id, state, votes));
        truth.set(`c${id}`, candidate(id, state, votes));
        if (reads) read();
      }
      read();
      assert.deepEqual(new Map([...known].sort()), new Map([...truth].sort()));
    }),
    runs(100),
  );
});

Deno.test("a thousand matches of candidates take no more room than one", () => {
  const log = new CandidateLog();
  for (let index = 0; index < 20_000; index++) {
    log.put(candidate(index, "reported"));
    log.put(candidate(index, "expired"));
  }
  assert.equal(readOn(log, 0, 0).told.length, 500);
  assert.equal(log.revision, 40_000);
  for (let index = 0; index < 3000; index++) log.put(candidate(100_000 + index, "reported"));
  assert.equal(readOn(log, 0, log.revision).told.length, 2000);
});
