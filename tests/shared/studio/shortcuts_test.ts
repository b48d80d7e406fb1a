import assert from "node:assert/strict";
import fc from "fast-check";
import { footballActions } from "../../../server/studio/match/actions.ts";
import { ACTION_KEYS, assignKeys, CONTROL_KEYS } from "../../../shared/studio/shortcuts.ts";
import { runs } from "../../runs.ts";

const LANGUAGES = ["en", "pt"] as const;

Deno.test("in each language no two keys are the same, and each is one letter", () => {
  for (const language of LANGUAGES) {
    const keys = [...Object.values(ACTION_KEYS[language]), ...Object.values(CONTROL_KEYS)];
    assert.equal(new Set(keys).size, keys.length, language);
    for (const key of keys) assert.match(key, /^[a-z]$/);
  }
});

Deno.test("football's actions have the keys of the table", () => {
  for (const language of LANGUAGES) {
    const keys = assignKeys(footballActions(language), language);
    assert.deepEqual(new Set(keys), new Set(Object.values(ACTION_KEYS[language])));
  }
  const actions = footballActions("en");
  const keyOf = (title: string) =>
    assignKeys(actions, "en")[actions.findIndex((action) => action.title === title)];
  assert.deepEqual([keyOf("Goal"), keyOf("Own goal"), keyOf("Full-time")], ["g", "w", "e"]);
});

Deno.test("other actions get a letter of their title, else any that is free", () => {
  const action = (title: string, type = 200) => ({ title, type, countsForOpponent: false });
  const actions = [
    action("Gàg"),
    action("Goal", 2),
    action("ÃÃ"),
    action("三分"),
    action("Golaço", 2),
  ];
  assert.deepEqual(assignKeys(actions, "pt"), ["a", "g", "b", "c", "o"]);
});

Deno.test("whatever the actions, no key is given twice, and none is left while an action has none", () => {
  const action = fc.record({
    title: fc.string({ minLength: 1 }),
    type: fc.integer({ min: 1, max: 255 }),
    countsForOpponent: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 60, size: "max" }),
      fc.constantFrom(...LANGUAGES),
      (actions, language) => {
        const keys = assignKeys(actions, language);
        const given = keys.filter((key) => key !== undefined);
        assert.equal(new Set([...given, ...Object.values(CONTROL_KEYS)]).size, given.length + 3);
        assert.equal(given.length, Math.min(actions.length, 33));
        for (const key of given) assert.match(key, /^[a-z0-9]$/);
      },
    ),
    runs(200),
  );
});
