import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_PENDING,
  Reporting,
  type ReportingOutput,
} from "../../../client/reporting/reporting.ts";
import type { ReportDraft } from "../../../client/reporting/report_draft.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import type { Millis } from "../../../shared/core/units.ts";
import type { Report, ReportAnswer } from "../../../shared/report/report.ts";
import { runs } from "../../runs.ts";

const NOW: Millis = 1_763_600_000_000;
const GOAL = { title: "Goal", origin: "Home", time: NOW };

/** A listener whose clock is an hour ahead of the host's. */
class Stage {
  now: Millis = NOW;
  readonly reporting = new Reporting(new SeededRng(7));
  readonly sent: Report[] = [];
  readonly told: ReportingOutput[] = [];
  isClockKnown = true;
  hasRoom = true;
  token: string | undefined;

  poll(): this {
    this.told.push(...this.reporting.poll({
      hostTime: (at) => this.isClockKnown ? at - 3_600_000 : undefined,
      token: this.token,
      send: (report) => {
        if (this.hasRoom) this.sent.push(report);
        return this.hasRoom;
      },
    }, this.now));
    return this;
  }

  pass(millis: Millis): this {
    for (const end = this.now + millis; this.now < end;) {
      this.now = Math.min(end, Math.max(this.reporting.deadline, this.now));
      this.poll();
    }
    return this;
  }

  add(draft: Partial<ReportDraft> = {}): string {
    const id = this.reporting.add({ ...GOAL, time: this.now, ...draft }, this.now);
    this.poll();
    return id!;
  }

  answer(reportId: string, verdict: ReportAnswer["verdict"], code?: ReportAnswer["code"]): this {
    this.told.push(
      ...this.reporting.take({ type: "report", reportId, verdict, code }, this.now),
    );
    return this;
  }

  statesOf(id: string): string[] {
    return this.told.flatMap((one) =>
      one.kind === "report" && one.reportId === id ? [one.state] : []
    );
  }
}

Deno.test("a report goes out by the host's clock, once the clock is known", () => {
  const stage = new Stage();
  stage.isClockKnown = false;
  const id = stage.add({ time: NOW - 5000 });
  assert.equal(stage.sent.length, 0);
  stage.isClockKnown = true;
  stage.now += 60_000;
  stage.poll();
  assert.deepEqual(stage.sent, [{
    type: "event",
    time: NOW + 60_000 - 3_600_000,
    event: { id, title: "Goal", origin: "Home", time: NOW - 5000 - 3_600_000 },
  }]);
  assert.deepEqual(stage.statesOf(id), ["sent"]);
});

Deno.test("of what was made while there was no host ten go at once, then about one a second", () => {
  const stage = new Stage();
  stage.isClockKnown = false;
  for (let index = 0; index < 15; index++) {
    stage.add();
    stage.now += 1000;
  }
  stage.isClockKnown = true;
  stage.poll();
  assert.equal(stage.sent.length, 10);
  stage.pass(1100);
  assert.equal(stage.sent.length, 11);
  stage.pass(4400);
  assert.equal(stage.sent.length, 15);
  assert.equal(stage.reporting.deadline, Infinity);
});

Deno.test("what was made faster than a host allows goes too, and its refusal is told", () => {
  const stage = new Stage();
  const ids = Array.from({ length: 12 }, () => stage.add());
  assert.deepEqual(stage.sent.map(({ event: { id } }) => id), ids);
  for (const id of ids.slice(0, 10)) stage.answer(id, "counted");
  for (const id of ids.slice(10)) stage.answer(id, "refused", "too-fast");
  stage.pass(60_000);
  assert.equal(stage.sent.length, 12);
  assert.deepEqual(stage.statesOf(ids[9]!), ["sent", "counted"]);
  assert.deepEqual(stage.told.at(-1), {
    ...{ kind: "report", reportId: ids[11], state: "refused", code: "too-fast" },
  });
});

Deno.test("however many are made at once, no more go than a host takes messages", () => {
  const stage = new Stage();
  for (let index = 0; index < 100; index++) stage.add();
  assert(stage.sent.length < 30, `${stage.sent.length} at once`);
  stage.pass(10_000);
  assert(stage.sent.length < 30 + 20, `${stage.sent.length} in ten seconds`);
  stage.pass(60_000);
  assert.equal(stage.sent.length, 100);
});

Deno.test("what the network made too fast goes again later with the same id, and nobody is told", () => {
  const stage = new Stage();
  const id = stage.add();
  stage.answer(id, "refused", "too-fast");
  stage.pass(1000);
  assert.equal(stage.sent.length, 1);
  stage.pass(200);
  assert.deepEqual(stage.sent.map(({ event }) => event.id), [id, id]);
  stage.answer(id, "counted").answer(id, "counted");
  assert.deepEqual(stage.statesOf(id), ["sent", "counted"]);
});

Deno.test("in another session all that has no answer goes again, and `sent` is told once", () => {
  const stage = new Stage();
  const [first, second] = [stage.add(), stage.add()];
  stage.answer(first, "duplicate");
  stage.reporting.onSession();
  stage.poll();
  assert.deepEqual(stage.sent.map(({ event }) => event.id), [first, second, second]);
  assert.deepEqual(stage.statesOf(second), ["sent"]);
});

Deno.test("a lane without room is tried again a little later", () => {
  const stage = new Stage();
  stage.hasRoom = false;
  const id = stage.add();
  assert.deepEqual(stage.statesOf(id), []);
  stage.hasRoom = true;
  stage.pass(300);
  assert.deepEqual(stage.statesOf(id), ["sent"]);
});

Deno.test("an id that waits is the same report; one that was answered goes again", () => {
  const stage = new Stage();
  for (let index = 0; index < 3; index++) assert.equal(stage.add({ id: "mine" }), "mine");
  assert.equal(stage.sent.length, 1);
  stage.answer("mine", "counted").add({ id: "mine" });
  assert.equal(stage.sent.length, 2);
});

Deno.test("an undo says what it takes back, as far as it is known", () => {
  const stage = new Stage();
  stage.add({ id: "mine" });
  stage.add({ id: "u1", type: "undo", title: undefined, origin: undefined, supersedes: "mine" });
  stage.add({ id: "u2", type: "undo", title: undefined, origin: undefined, supersedes: "other" });
  const [, known, unknown] = stage.sent.map(({ event: { title, origin } }) => ({ title, origin }));
  assert.deepEqual(known, { title: "Goal", origin: "Home" });
  assert.deepEqual(unknown, { title: "undo", origin: "" });
});

Deno.test("the token goes along where it is asked for, and only so many reports wait", () => {
  const stage = new Stage();
  stage.token = "secret";
  stage.add();
  assert.equal(stage.sent[0]!.token, "secret");
  stage.isClockKnown = false;
  for (let index = 1; index < MAX_PENDING; index++) stage.reporting.add(GOAL, stage.now);
  assert.equal(stage.reporting.add(GOAL, stage.now), undefined);
});

Deno.test("whatever a host forgets or finds too fast, each report gets one answer", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const) }),
    fc.record({ do: fc.constant("session" as const) }),
    fc.record({ do: fc.constant("pass" as const), millis: fc.integer({ min: 0, max: 9000 }) }),
    fc.record({ do: fc.constant("answer" as const), isTooFast: fc.boolean(), which: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stage = new Stage();
      const ids: string[] = [];
      const begun = stage.now;
      for (const one of steps) {
        if (one.do === "add") ids.push(stage.add());
        else if (one.do === "session") stage.reporting.onSession();
        else if (one.do === "pass") stage.pass(one.millis);
        else if (stage.sent.length > 0) {
          const { event: { id } } = stage.sent[one.which % stage.sent.length]!;
          if (one.isTooFast) stage.answer(id, "refused", "too-fast");
          else stage.answer(id, "counted");
        }
        assert.ok(stage.sent.length <= 25 + (stage.now - begun) / 500, "no faster than allowed");
      }
      for (let round = 0; round < 200 && ids.some((id) => stage.statesOf(id).length < 2); round++) {
        stage.pass(31_000);
        for (const { event: { id } } of [...stage.sent]) stage.answer(id, "counted");
      }
      for (const id of ids) {
        const [sent, answered, ...more] = stage.statesOf(id);
        assert.deepEqual([sent, ...more], ["sent"]);
        assert(answered === "counted" || answered === "refused");
      }
      assert.equal(new Set(ids).size, ids.length);
    }),
    runs(100),
  );
});
