import assert from "node:assert/strict";
import { MAX_OWN_REPORTS, type PageReport } from "../../shared/page/page_reports.ts";
import type { Candidate, ReportSetup } from "../../shared/report/report.ts";
import { PageModel } from "../../viewer/model.ts";
import { PageReports } from "../../viewer/page_reports.ts";
import { joined, SERVER } from "./fakes/outputs.ts";

/** This machine's clock is ahead of the host's. */
const AHEAD = 7000;
const SETUP: ReportSetup = {
  type: "setup",
  origins: ["Flamengo", "Palmeiras"],
  actions: ["Goal", "Corner", "Kick-off"],
  types: [2, 6, 5],
  both: ["Kick-off"],
};
const CANDIDATE: Candidate = {
  ...{ type: "candidate", candidateId: "c1", title: "Goal", origin: "Flamengo", time: 5000 },
  ...{ state: "reported", votes: 1, against: 0, needed: 2, reporters: 1 },
};
const REPORT: PageReport = {
  ...{ id: "r1", type: "event", title: "Goal", origin: "Flamengo", at: 5000 },
};

function reporting(): PageReports {
  const reports = new PageReports((hostTime) => hostTime + AHEAD);
  reports.apply({ kind: "report-setup", setup: SETUP });
  return reports;
}

Deno.test("who may not report has nothing to show, and reports nothing", () => {
  const reports = new PageReports((hostTime) => hostTime + AHEAD);
  assert.equal(reports.state(), undefined);
  assert.equal(reports.add(REPORT), undefined);
});

Deno.test("a report is shown at once, and then what became of it", () => {
  const reports = reporting();
  const own = { ...REPORT, state: "waiting" };
  assert.deepEqual(reports.add(REPORT), { kind: "report", report: own });
  assert.equal(reports.add(REPORT), undefined, "the same report comes again");
  for (const state of ["sent", "counted"] as const) {
    assert.deepEqual(reports.apply({ kind: "report", reportId: "r1", state }), [
      { kind: "report", report: { ...REPORT, state } },
    ]);
  }
  reports.apply({ kind: "report", reportId: "r1", state: "refused", code: "too-old" });
  assert.deepEqual(reports.state()?.reports, [{ ...REPORT, state: "refused", code: "too-old" }]);
});

Deno.test("a report that found no room here is refused without a code of the host", () => {
  const reports = reporting();
  reports.add(REPORT);
  const [change] = reports.refuse("r1");
  assert.deepEqual(change, { kind: "report", report: { ...REPORT, state: "refused" } });
});

Deno.test("pages are told when it happened by this machine's clock", () => {
  const [change] = reporting().apply({ kind: "candidate", candidate: CANDIDATE }) ?? [];
  assert.deepEqual(change, { kind: "candidate", candidate: { ...CANDIDATE, at: 12_000 } });
});

Deno.test("reports of the command line are not the page's", () => {
  const reports = reporting();
  assert.deepEqual(reports.apply({ kind: "report", reportId: "other", state: "counted" }), []);
  assert.deepEqual(reports.state()?.reports, []);
});

Deno.test("ever so many reports are as many as pages are told of", () => {
  const reports = reporting();
  for (let at = 0; at < 1000; at++) reports.add({ ...REPORT, id: `r${at}` });
  assert.equal(reports.state()?.reports.length, MAX_OWN_REPORTS);
  assert.equal(reports.state()?.reports.at(-1)?.id, "r999");
});

Deno.test("pages get the set-up with the whole state, and candidates as they change", () => {
  const model = new PageModel(SERVER, 0);
  model.apply(joined(), 0);
  assert.equal(model.state().reporting, undefined);
  assert.equal(model.apply({ kind: "report-setup", setup: SETUP }, 1).isReset, true);
  const told = model.apply({ kind: "candidate", candidate: CANDIDATE }, 2);
  assert.deepEqual(told.changes.map(({ kind }) => kind), ["candidate"]);
  assert.deepEqual(model.apply({ kind: "candidate", candidate: CANDIDATE }, 3).changes, []);
  const { reporting, statistics } = model.state();
  assert.deepEqual(reporting?.candidates.map(({ candidateId }) => candidateId), ["c1"]);
  assert.deepEqual(statistics.map(({ title }) => title), ["Goal", "Corner"]);
  model.apply(joined({ broadcastId: "00000000000000dd" }), 4);
  assert.equal(model.state().reporting, undefined, "another broadcast has other rules");
});
