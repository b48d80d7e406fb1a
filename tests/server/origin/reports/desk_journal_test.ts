import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DeskInput,
  giveTo,
  readJournal,
  replay,
  serializeInput,
  serializeSnapshot,
} from "../../../../server/origin/reports/desk_journal.ts";
import { ReportDesk } from "../../../../server/origin/reports/report_desk.ts";
import { runs } from "../../../runs.ts";
import { AWAY, BEGIN, HOME, OPTIONS, SECOND } from "./kit.ts";

interface Step {
  readonly wait: number;
  readonly what: string;
  readonly reporter: number;
  readonly title: string;
  readonly origin: string;
  readonly which: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.integer({ min: 0, max: 40 }),
  what: fc.constantFrom("event", "event", "event", "denial", "undo", "confirm", "reject", "press"),
  reporter: fc.nat(4),
  title: fc.constantFrom("Goal", "Corner"),
  origin: fc.constantFrom(HOME, AWAY),
  which: fc.nat(30),
});

function inputsOf(steps: readonly Step[]): DeskInput[] {
  let now = BEGIN;
  return steps.map(({ wait, what, reporter, title, origin, which }, index): DeskInput => {
    now += wait * SECOND;
    const time = now;
    if (what === "confirm" || what === "reject") {
      return { kind: what, candidateId: `${BEGIN.toString(36)}-${which}`, now };
    }
    if (what === "press") {
      return { kind: "accepted", event: { eventId: `e${index}`, title, origin, time }, now };
    }
    const type = what as "event";
    const event = { id: `r${index}`, type, title, origin, time, supersedes: `r${which}` };
    const report = { type: "event" as const, time, event };
    return { kind: "report", reporter: `p${reporter}`, address: "10.0.0.1", report, now };
  });
}

Deno.test("a desk that was stopped anywhere goes on as if it had not been", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.nat(40),
      fc.boolean(),
      (steps, cut, folds) => {
        const inputs = inputsOf(steps);
        const [before, after] = [inputs.slice(0, cut), inputs.slice(cut)];
        const desk = new ReportDesk(OPTIONS);
        const lived = before.flatMap((input) => giveTo(desk, input));
        const lines = folds
          ? [serializeSnapshot(desk.snapshot(), { quorum: 2, votesPerAddress: 1 })]
          : before.map(serializeInput);
        const journal = readJournal(lines, BEGIN + 10_000 * SECOND);
        assert.equal(journal.problem, undefined);
        const again = new ReportDesk(OPTIONS, journal.snapshot);
        const confirmed = replay(again, journal.inputs);
        const wanted = lived.flatMap((one) => one.kind === "confirmed" ? [one.event] : []);
        if (!folds) assert.deepEqual(confirmed, wanted);
        const rest = after.map((input) => giveTo(again, input));
        assert.deepEqual(rest, after.map((input) => giveTo(desk, input)));
      },
    ),
    runs(100),
  );
});

Deno.test("the end is not kept: the match goes on after a restart", () => {
  const desk = new ReportDesk(OPTIONS);
  desk.end(BEGIN);
  const { snapshot } = readJournal([
    serializeSnapshot(desk.snapshot(), { quorum: 2, votesPerAddress: 1 }),
  ], BEGIN);
  assert.equal(snapshot?.isOver, false);
});

Deno.test("lines that no host writes are left out, and said once", () => {
  const good = serializeInput({ kind: "confirm", candidateId: "a", now: BEGIN + 5 });
  const junk = fc.oneof(fc.string(), fc.json(), fc.constant('{"kind":"snapshot","snapshot":{}}'));
  fc.assert(
    fc.property(fc.array(junk, { minLength: 1 }), (lines) => {
      const { inputs, snapshot, problem } = readJournal([...lines, good], BEGIN);
      assert.deepEqual(inputs.at(-1), { kind: "confirm", candidateId: "a", now: BEGIN });
      assert.equal(snapshot, undefined);
      assert.match(problem ?? "", /^[^\n]+left out$/);
    }),
    runs(100),
  );
});
