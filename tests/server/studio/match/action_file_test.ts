import assert from "node:assert/strict";
import fc from "fast-check";
import { readActions } from "../../../../server/studio/match/action_file.ts";
import { footballActions } from "../../../../server/studio/match/actions.ts";
import { MAX_ACTIONS } from "../../../../shared/studio/match_messages.ts";
import { runs } from "../../../runs.ts";

Deno.test("actions are read with their types by number or name, and their usual points", () => {
  const result = readActions(JSON.stringify([
    { title: "Try", type: 200, points: 5, windowSeconds: 12.5 },
    { title: "Goal", type: "goal" },
    { title: "Red", type: "red card", both: false },
    { title: "Break", type: "half-time", both: true },
    { title: "Both sides scored", type: "goal", both: true },
  ]));
  assert.ok(result.ok);
  const ofTeam = { both: false, countsForOpponent: false };
  const ofBoth = { both: true, countsForOpponent: false };
  assert.deepEqual(result.actions, [
    { title: "Try", type: 200, points: 5, windowSeconds: 12.5, ...ofTeam },
    { title: "Goal", type: 2, points: 1, ...ofTeam },
    { title: "Red", type: 3, points: 0, ...ofTeam },
    { title: "Break", type: 9, points: 0, ...ofBoth },
    { title: "Both sides scored", type: 2, points: 0, ...ofBoth },
  ]);
});

const MISTAKES: readonly (readonly [file: unknown, ...problems: string[]])[] = [
  [{}, 'it must be an array such as [{"title": "Goal", "type": "goal"}]'],
  [[], "it has no action: give at least one"],
  [
    Array.from({ length: MAX_ACTIONS + 1 }, (_, index) => ({ title: `${index}`, type: 1 })),
    "it has 61 actions: 60 is the most",
  ],
  [["goal"], 'action 1: "goal" must be an object with "title" and "type"'],
  [[null], 'action 1: null must be an object with "title" and "type"'],
  [
    [{ title: "Goal", type: "gaol" }],
    'action 1: "type" is "gaol": it must be a number from 1 to 255 or a name such as "goal"',
  ],
  [
    [{ title: "Goal", type: 256 }],
    'action 1: "type" is 256: it must be a number from 1 to 255 or a name such as "goal"',
  ],
  [
    [{ title: "Goal" }, { type: "goal" }],
    'action 1: "type" is missing: it must be a number from 1 to 255 or a name such as "goal"',
    'action 2: "title" is missing: it must be a text of 1 to 80 characters, without control characters and spaces around it',
  ],
  [
    [{ title: "Go\u0007al ", type: 2 }],
    'action 1: "title" is "Go\\u0007al ": it must be a text of 1 to 80 characters, without control characters and spaces around it',
  ],
  [
    [{ title: "Goal", type: 2, points: 1.5, both: "yes", windowSeconds: 0 }],
    'action 1: "points" is 1.5: it must be a whole number from 0 to 99',
    'action 1: "both" is "yes": it must be true or false',
    'action 1: "windowSeconds" is 0: it must be a number of seconds above 0 and at most 3600',
  ],
  [
    [{ title: "Goal", type: 2, point: 1 }],
    'action 1: "point" is no field of an action: it has title, type, points, both, windowSeconds',
  ],
  [
    [{ title: "Goal", type: 2, points: 1, both: true }],
    'action 1: "points" is 1, but with "both" no team would get them: leave one out',
  ],
  [
    [{ title: "Goal", type: 2 }, { title: "Foul", type: 1 }, { title: "Goal", type: 3 }],
    'action 3: "title" is "Goal", as in action 1',
  ],
];

Deno.test("each mistake is told in one line", () => {
  for (const [file, ...problems] of MISTAKES) {
    assert.deepEqual(readActions(JSON.stringify(file)), { ok: false, problems });
  }
  const result = readActions('[{"title": "Goal",\n "type": goal}]');
  assert.ok(!result.ok);
  assert.match(result.problems.join("\n"), /^it is not JSON: .+$/);
});

Deno.test("of very many mistakes the first are told, and how many there are", () => {
  const file = Array.from({ length: 30 }, (_, index) => ({ title: `${index}` }));
  const result = readActions(JSON.stringify(file));
  assert.ok(!result.ok);
  assert.deepEqual([result.problems.length, result.problems.at(-1)], [21, "and 10 more mistakes"]);
});

Deno.test("whatever the file holds, it is read or each mistake is one line", () => {
  const field = fc.oneof(fc.constantFrom("Goal", "goal", 2, 0, true, null), fc.jsonValue());
  const action = fc.record(
    { title: field, type: field, points: field, both: field, windowSeconds: field, other: field },
    { requiredKeys: [] },
  );
  const file = fc.oneof(fc.string(), fc.json(), fc.array(action).map((it) => JSON.stringify(it)));
  fc.assert(
    fc.property(file, (text) => {
      const result = readActions(text);
      if (result.ok) assert.ok(result.actions.length > 0);
      else {for (const line of result.problems) {
          assert.match(line, /^[^\p{Cc}\p{Zl}\p{Zp}]{1,400}$/u);
        }}
    }),
    runs(300),
  );
});

Deno.test("football's actions could be such a file", () => {
  for (const language of ["en", "pt"] as const) {
    const actions = footballActions(language);
    const file = actions.map(({ title, type, points, both }) => ({ title, type, points, both }));
    const read = readActions(JSON.stringify(file));
    assert.ok(read.ok);
    assert.deepEqual(
      read.actions,
      actions.map((action) => ({ ...action, countsForOpponent: false })),
    );
  }
});
