import assert from "node:assert/strict";
import { footballActions } from "../../../../server/studio/match/actions.ts";
import { MatchControl } from "../../../../server/studio/match/match_control.ts";
import { keyLabel, type KeyPress, keyShortcut, wishOf } from "../../../../viewer/web/model/keys.ts";

const teams = { home: "Flamengo", away: "Palmeiras" };
const { setup } = new MatchControl({ teams, language: "en" }, 0);

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  const plain = { code: "", shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  return { key, ...plain, repeat: false, isComposing: false, ...more };
}

Deno.test("a key is the home team's event, with Shift the away team's, whatever Caps Lock is", () => {
  const home = { kind: "event", title: "Goal", origin: "Flamengo" };
  assert.deepEqual(wishOf(press("g"), setup), home);
  assert.deepEqual(wishOf(press("G"), setup), home);
  const away = { ...home, origin: "Palmeiras" };
  assert.deepEqual(wishOf(press("G", { shiftKey: true }), setup), away);
  assert.deepEqual(wishOf(press("g", { shiftKey: true }), setup), away);
});

Deno.test("what concerns both teams has no team, with Shift or without", () => {
  for (const shiftKey of [false, true]) {
    assert.deepEqual(wishOf(press("k", { shiftKey }), setup), {
      kind: "event",
      title: "Kick-off",
      origin: "",
    });
  }
});

Deno.test("controls have keys of their own, which Shift takes away", () => {
  assert.deepEqual(wishOf(press("z"), setup), { kind: "undo" });
  assert.deepEqual(wishOf(press("T"), setup), { kind: "clock" });
  assert.deepEqual(wishOf(press("n"), setup), { kind: "note" });
  assert.equal(wishOf(press("Z", { shiftKey: true }), setup), undefined);
});

Deno.test("keys of the browser, keys held down and those of an input method do nothing", () => {
  for (const held of ["ctrlKey", "altKey", "metaKey", "repeat", "isComposing"] as const) {
    assert.equal(wishOf(press("g", { [held]: true }), setup), undefined, held);
  }
  for (const key of ["Enter", "Tab", "F1", "q", "Shift"]) {
    assert.equal(wishOf(press(key), setup), undefined, key);
  }
});

Deno.test("with Shift a digit is still its key", () => {
  const [goal] = footballActions("en");
  const numbered = { ...setup, actions: [{ ...setup.actions[0]!, ...goal!, key: "4" }] };
  const shifted = press("$", { code: "Digit4", shiftKey: true });
  assert.deepEqual(wishOf(shifted, numbered), {
    kind: "event",
    title: "Goal",
    origin: "Palmeiras",
  });
});

Deno.test("keys are shown for eyes and for screen readers", () => {
  const goal = setup.actions.find(({ title }) => title === "Goal")!;
  assert.deepEqual([keyLabel(goal, false), keyLabel(goal, true)], ["G", "⇧G"]);
  assert.deepEqual([keyShortcut(goal, false), keyShortcut(goal, true)], ["G", "Shift+G"]);
  const { key: _, ...keyless } = goal;
  assert.deepEqual([keyLabel(keyless, true), keyShortcut(keyless, true)], ["", undefined]);
});
