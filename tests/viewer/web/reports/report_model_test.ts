import assert from "node:assert/strict";
import type { Millis } from "../../../../shared/core/units.ts";
import type { ToPage } from "../../../../shared/page/page.ts";
import type {
  OwnReport,
  PageCandidate,
  PageReport,
  Reporting,
} from "../../../../shared/page/page_reports.ts";
import { PageModel as ViewerModel } from "../../../../viewer/model.ts";
import { ReportModel, UNDO_MILLIS } from "../../../../viewer/web/reports/report_model.ts";
import { sampleEvent, SERVER } from "../../fakes/outputs.ts";

const SETUP: Reporting["setup"] = {
  type: "setup",
  origins: ["Flamengo", "Santos"],
  actions: ["Goal", "Own goal", "Corner", "Kick-off"],
  types: [2, 2, 6, 5],
  both: ["Kick-off"],
};
/** The page's clock is ahead of the viewer's. */
const SKEW: Millis = 5_000_000;
const BEGIN: Millis = 1_000_000;

const GOAL: PageCandidate = {
  ...{ type: "candidate", candidateId: "c1", title: "Goal", origin: "Flamengo" },
  ...{ time: BEGIN, at: BEGIN, state: "reported", votes: 1, against: 0, needed: 2, reporters: 1 },
};

/** A page, and a viewer that shows what it was sent unless it is away. */
class Stage {
  viewerNow = BEGIN;
  isThere = true;
  /** What a viewer that does not answer has got. */
  isMute = false;
  readonly sent: PageReport[] = [];
  readonly spoken: string[] = [];
  readonly page: ReportModel;
  #ids = 0;

  constructor(reporting: Partial<Reporting> = {}) {
    this.page = new ReportModel({
      send: (report) => {
        if (!this.isThere) return false;
        this.sent.push(report);
        if (!this.isMute) this.own({ ...report, state: "waiting" });
        return true;
      },
      makeId: () => `r${++this.#ids}`,
      now: () => this.viewerNow + SKEW,
      announce: (sentence) => this.spoken.push(sentence),
    });
    this.snapshot(reporting);
  }

  snapshot(reporting: Partial<Reporting> | undefined = {}): void {
    const state = new ViewerModel(SERVER, this.viewerNow).state();
    const whole = reporting && { setup: SETUP, candidates: [], reports: [], ...reporting };
    this.tell({
      kind: "snapshot",
      now: this.viewerNow,
      state: whole ? { ...state, reporting: whole } : state,
    });
  }

  tell(message: ToPage): void {
    this.page.apply(message, this.viewerNow + SKEW);
  }

  candidate(change: Partial<PageCandidate> = {}): void {
    this.tell({ kind: "candidate", candidate: { ...GOAL, ...change } });
  }

  own(report: OwnReport): void {
    this.tell({ kind: "report", report });
  }

  answer(state: OwnReport["state"], code?: OwnReport["code"]): void {
    this.own({ ...this.sent.at(-1)!, state, ...(code && { code }) });
  }

  pass(millis: Millis): void {
    this.viewerNow += millis;
    this.page.tick(this.viewerNow + SKEW);
  }

  lose(): void {
    this.isThere = false;
    this.page.setConnected(false);
  }

  find(): void {
    this.isThere = true;
    this.page.setConnected(true);
  }

  /** `Goal waiting` or, with a candidate, `Goal counted 1-0`. */
  get rows(): string[] {
    return this.page.rows.value.map(({ title, own, candidate }) =>
      [title, own?.state, candidate && `${candidate.votes}-${candidate.against}`]
        .filter((part) => part !== undefined).join(" ")
    );
  }
}

Deno.test("who may not report has no buttons, and reports nothing", () => {
  const stage = new Stage();
  const silent = new ReportModel({
    send: () => true,
    makeId: () => "r1",
    now: () => 0,
    announce: () => {},
  });
  silent.press("Goal", "Flamengo");
  assert.deepEqual([silent.match.value, silent.rows.value], [null, []]);
  const keys = stage.page.match.value?.actions.map(({ title, key, both }) => [title, key, both]);
  assert.deepEqual(keys, [
    ["Goal", "g", false],
    ["Own goal", "w", false],
    ["Corner", "c", false],
    ["Kick-off", "k", true],
  ]);
});

Deno.test("a press is shown at once, with the viewer's time, and then how it stands", () => {
  const stage = new Stage();
  stage.page.press("Goal", "Flamengo");
  assert.deepEqual(stage.rows, ["Goal waiting"]);
  assert.equal(stage.sent[0]?.at, BEGIN);
  assert.deepEqual(stage.spoken, ["Reported: Goal, Flamengo"]);
  stage.answer("sent");
  assert.deepEqual(stage.rows, ["Goal sent"]);
  stage.answer("counted");
  stage.candidate();
  assert.deepEqual(stage.rows, ["Goal counted 1-0"], "one row, not two");
  assert.equal(stage.spoken.length, 1, "one's own report is no news");
});

Deno.test("reports of others are news; one tap agrees with their very time, a second takes it back", () => {
  const stage = new Stage();
  stage.pass(9000);
  stage.candidate();
  assert.deepEqual(stage.spoken, ["Others report: Goal, Flamengo"]);
  const row = () => stage.page.rows.value[0]!;
  stage.page.vote(row(), true);
  const [agreed] = stage.sent;
  assert.deepEqual([agreed?.type, agreed?.at, agreed?.candidateId], ["event", BEGIN, "c1"]);
  stage.answer("counted");
  assert.deepEqual(stage.rows, ["Goal counted 1-0"]);
  stage.page.vote(row(), true);
  assert.deepEqual([stage.sent[1]?.type, stage.sent[1]?.supersedes], ["undo", agreed?.id]);
  assert.deepEqual(stage.rows, ["Goal 1-0"]);
});

Deno.test("a number agrees with the row at that place, if it is still open", () => {
  const stage = new Stage();
  stage.candidate();
  stage.candidate({ candidateId: "c2", title: "Corner" });
  stage.page.voteFor(2);
  stage.page.voteFor(3);
  stage.candidate({ state: "expired" });
  stage.page.voteFor(1);
  assert.deepEqual(stage.sent.map(({ candidateId }) => candidateId), ["c2"]);
});

Deno.test("a denial counts against, and takes the place of what was said before", () => {
  const stage = new Stage();
  stage.candidate();
  stage.page.vote(stage.page.rows.value[0]!, true);
  stage.page.vote(stage.page.rows.value[0]!, false);
  const { own } = stage.page.rows.value[0]!;
  assert.deepEqual([own?.type, own?.candidateId, own?.at], ["denial", "c1", BEGIN]);
});

Deno.test("a correction is agreed with as a correction", () => {
  const stage = new Stage();
  stage.candidate({ title: "Corner", supersedes: "e1" });
  stage.page.vote(stage.page.rows.value[0]!, true);
  assert.deepEqual([stage.sent[0]?.type, stage.sent[0]?.supersedes], ["correction", "e1"]);
});

Deno.test("an event is corrected to something else, never to itself", () => {
  const stage = new Stage();
  const event = sampleEvent({ count: 1, type: "goal", title: "Goal", origin: "Flamengo" });
  assert.match(stage.page.correct(event, "Goal", "Flamengo"), /instead/);
  assert.equal(stage.page.correct(event, "Kick-off", "Santos"), "");
  const [{ type, title, origin, supersedes } = {} as PageReport] = stage.sent;
  assert.deepEqual([type, title, origin, supersedes], ["correction", "Kick-off", "", "event-1"]);
});

Deno.test("what is pressed can be taken back for five seconds", () => {
  const stage = new Stage();
  stage.page.press("Goal", "Flamengo");
  stage.pass(UNDO_MILLIS - 1);
  assert.equal(stage.page.undoable.value?.report.id, "r1");
  stage.page.undo();
  assert.deepEqual(stage.sent.map(({ type, supersedes }) => [type, supersedes]), [
    ["event", undefined],
    ["undo", "r1"],
  ]);
  assert.deepEqual([stage.rows, stage.page.undoable.value], [[], null]);
  stage.page.press("Corner", "Santos");
  stage.pass(UNDO_MILLIS);
  assert.equal(stage.page.undoable.value, null);
  stage.page.undo();
  assert.equal(stage.sent.length, 3, "nothing is left to undo");
});

Deno.test("once it is confirmed there is nothing to undo, and an undo that was too late is said", () => {
  const stage = new Stage();
  stage.page.press("Goal", "Flamengo");
  stage.candidate({ votes: 2, state: "confirmed", eventId: "e1" });
  assert.equal(stage.page.undoable.value, null);
  stage.page.takeBack(stage.page.rows.value[0]!.own!);
  stage.answer("refused", "too-old");
  assert.equal(stage.page.notice.value, "Too late to take it back: it is confirmed");
  assert.deepEqual(stage.rows, ["Goal waiting 2-0"], "it stands again");
  stage.pass(8000);
  assert.equal(stage.page.notice.value, "");
});

Deno.test("without the viewer a press waits, and goes out with its own time", () => {
  const stage = new Stage();
  stage.lose();
  stage.page.press("Goal", "Flamengo");
  stage.pass(60_000);
  assert.deepEqual([stage.rows, stage.sent], [["Goal held"], []]);
  stage.find();
  assert.deepEqual(stage.sent, [], "the clock of a new viewer is not known yet");
  stage.snapshot();
  assert.deepEqual(stage.sent.map(({ id, at }) => [id, at]), [["r1", BEGIN]]);
  assert.deepEqual(stage.rows, ["Goal waiting"]);
});

Deno.test("what never left the page is taken back without a trace", () => {
  const stage = new Stage();
  stage.lose();
  stage.page.press("Goal", "Flamengo");
  stage.page.undo();
  stage.find();
  stage.snapshot();
  assert.deepEqual([stage.rows, stage.sent], [[], []]);
});

Deno.test("what the viewer lost with the connection is sent again with the same id", () => {
  const stage = new Stage();
  stage.isMute = true;
  stage.page.press("Goal", "Flamengo");
  assert.deepEqual(stage.rows, ["Goal held"]);
  stage.isMute = false;
  stage.snapshot();
  assert.deepEqual(stage.sent.map(({ id }) => id), ["r1", "r1"]);
  assert.deepEqual(stage.rows, ["Goal waiting"]);
  stage.snapshot({ reports: [{ ...stage.sent[0]!, state: "counted" }] });
  assert.equal(stage.sent.length, 2);
});

Deno.test("a viewer that looks for its host again leaves the buttons where they are", () => {
  const stage = new Stage();
  stage.tell({ kind: "snapshot", now: BEGIN, state: new ViewerModel(SERVER, BEGIN).state() });
  assert.notEqual(stage.page.match.value, null);
});

Deno.test("what is decided stays a moment, and a refused report says why", () => {
  const stage = new Stage({ candidates: [{ ...GOAL, candidateId: "c0", state: "expired" }] });
  assert.deepEqual(stage.rows, [], "what was decided before the page came is no news");
  stage.candidate();
  stage.candidate({ state: "expired" });
  stage.pass(7999);
  assert.deepEqual(stage.rows, ["Goal 1-0"]);
  stage.pass(1);
  assert.deepEqual(stage.rows, []);
  stage.page.press("Corner", "Santos");
  stage.answer("refused", "over");
  assert.deepEqual(stage.rows, ["Corner refused"]);
  assert.equal(stage.spoken.at(-1), "Corner, Santos: Refused: the broadcast is over");
  stage.pass(20_000);
  assert.deepEqual([stage.rows, stage.page.needsTicks], [[], false]);
});

Deno.test("two of the same action are told apart by their times", () => {
  const stage = new Stage();
  stage.candidate();
  stage.candidate({ candidateId: "c2", at: BEGIN + 40_000, time: BEGIN + 40_000 });
  stage.pass(42_000);
  stage.page.press("Goal", "Flamengo");
  assert.deepEqual(stage.page.rows.value.map(({ key, own }) => [key, own?.id]), [
    ["c1", undefined],
    ["c2", "r1"],
  ]);
});

Deno.test("said twice and taken back once, nothing is left", () => {
  const stage = new Stage();
  stage.page.press("Goal", "Flamengo");
  stage.answer("counted");
  stage.candidate();
  stage.page.press("Goal", "Flamengo");
  stage.answer("duplicate");
  assert.deepEqual(stage.rows, ["Goal counted 1-0"]);
  stage.page.vote(stage.page.rows.value[0]!, true);
  assert.deepEqual(stage.rows, ["Goal 1-0"]);
  assert.equal(stage.sent.at(-1)?.supersedes, "r1");
});

Deno.test("after the end nothing is reported, and that is said", () => {
  const stage = new Stage();
  const connection = { since: 0, server: "", reason: "" };
  stage.tell({ kind: "connection", connection: { ...connection, state: "ended" } });
  stage.page.press("Goal", "Flamengo");
  assert.deepEqual([stage.rows, stage.sent], [[], []]);
  assert.match(stage.page.notice.value, /over/);
});

Deno.test("presses without end are bounded while the viewer is away, and that is said", () => {
  const stage = new Stage();
  stage.lose();
  for (let press = 0; press < 101; press++) stage.page.press("Goal", "Flamengo");
  assert.equal(stage.page.rows.value.length, 100);
  assert.match(stage.page.notice.value, /too many/);
});
