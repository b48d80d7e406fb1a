import assert from "node:assert/strict";
import fc from "fast-check";
import type { MatchCommand } from "../../../../shared/studio/match_messages.ts";
import { runs } from "../../../runs.ts";
import { Studio, TEAMS } from "./kit.ts";

const text = fc.string({ maxLength: 60, unit: "binary" });
const id = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const origin = fc.oneof(fc.constantFrom(TEAMS.home, TEAMS.away, ""), text);
const title = fc.constantFrom(
  "Goal",
  "Own goal",
  "Kick-off",
  "Half-time",
  "Second half",
  "Full-time",
  "Comment",
  "Correction",
);
const clock = fc.constantFrom("00:00", "44:59", "999:59");
const period = fc.integer({ min: 1, max: 9 });
const head = { kind: fc.constant("match" as const), id };
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const command: fc.Arbitrary<MatchCommand> = fc.oneof(
  fc.record({ ...head, do: fc.constant("event" as const), title, origin, text: maybe(text) }),
  fc.record({ ...head, do: fc.constant("note" as const), text, origin: maybe(origin) }),
  fc.record({ ...head, do: fc.constant("undo" as const), event: maybe(id), text: maybe(text) }),
  fc.record({
    ...head,
    do: fc.constant("correct" as const),
    event: id,
    title: maybe(title),
    origin: maybe(origin),
    text: maybe(text),
    clock: maybe(clock),
    period: maybe(period),
  }),
  fc.record({ ...head, do: fc.constantFrom("start" as const, "stop" as const) }),
  fc.record({ ...head, do: fc.constant("set" as const), clock, period: maybe(period) }),
  fc.record({ ...head, do: fc.constant("period" as const), period }),
);

Deno.test("whatever is said, nothing throws, a refusal is one line, and the page can read the state", () => {
  const step = fc.tuple(command, fc.nat(8_000_000));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const studio = new Studio();
      for (const [said, millis] of steps) {
        const before = studio.state;
        const answer = studio.send(said);
        if (!answer.ok) {
          assert.match(answer.text!, /^[^\p{Cc}\p{Zl}\p{Zp}]{1,400}$/u);
          assert.deepEqual(studio.state, before);
        }
        studio.pass(millis % 3 === 0 ? millis : millis % 4000);
        assert.equal(studio.state.count, studio.entries.length);
      }
      studio.pass(5000);
      assert.deepEqual([studio.state.waiting, studio.control.deadline], [[], Infinity]);
      const before = studio.state;
      studio.restart();
      const { score, past, count } = studio.state;
      assert.deepEqual([score, past, count], [before.score, before.past, before.count]);
    }),
    runs(60),
  );
});
