import assert from "node:assert/strict";
import { type Candidate, REPORT_REFUSALS } from "../../../../shared/report/report.ts";
import {
  agoWords,
  agreementWords,
  ownWords,
  refusalWords,
  standingWords,
  voteWords,
} from "../../../../viewer/web/reports/report_words.ts";

const GOAL: Candidate = {
  ...{ type: "candidate", candidateId: "c1", title: "Goal", origin: "Flamengo", time: 0 },
  ...{ state: "reported", votes: 2, against: 0, needed: 4, reporters: 6 },
};
const REPORT = { id: "r", type: "event", title: "Goal", origin: "Flamengo", at: 0 } as const;

Deno.test("each refusal says why, in words of its own", () => {
  const words = REPORT_REFUSALS.map((code) => refusalWords({ type: "event", code }));
  assert.equal(new Set(words).size, REPORT_REFUSALS.length);
  assert.match(refusalWords({ type: "undo", code: "too-old" }), /confirmed/);
  assert.match(refusalWords({ type: "correction", code: "too-old" }), /timeline/);
  assert.match(refusalWords({ type: "event", code: undefined }), /this machine/);
});

Deno.test("votes are told as what is there and what is missing", () => {
  assert.equal(voteWords(GOAL).text, "2 of 4");
  assert.equal(voteWords({ ...GOAL, against: 1 }).text, "2 yes, 1 no: 3 more");
  assert.equal(voteWords({ ...GOAL, state: "confirmed" }).text, "Confirmed");
  assert.match(voteWords({ ...GOAL, state: "expired" }).text, /Expired/);
  assert.equal(standingWords({ ...GOAL, against: 1 }), "2 votes for it, 1 against, 4 needed");
});

Deno.test("what waits is not called sent, and what counts needs no words beside its votes", () => {
  const say = (state: "held" | "waiting" | "sent" | "counted", candidate?: Candidate) =>
    ownWords({
      own: { ...REPORT, state },
      candidate: candidate && { ...candidate, at: 0 },
    })?.text;
  assert.match(say("held") ?? "", /Not sent.*viewer/);
  assert.match(say("waiting") ?? "", /Not sent.*host/);
  assert.match(say("sent") ?? "", /no answer/);
  assert.equal(say("counted", GOAL), undefined);
  assert.equal(say("counted"), "Counted");
  assert.equal(ownWords({ own: undefined, candidate: undefined }), null);
});

Deno.test("agreement and age are short", () => {
  const agreement = { votes: 3, against: 1, reporters: 4, confirmedAfterMillis: 6200 };
  assert.equal(agreementWords(agreement), "3 of 4 reported it, 1 against, after 6 s");
  assert.equal(
    agreementWords({ ...agreement, against: 0, confirmedAfterMillis: 0 }),
    "3 of 4 reported it",
  );
  assert.deepEqual([0, 12_400, 200_000].map(agoWords), ["now", "12 s ago", "3 min ago"]);
});
