import assert from "node:assert/strict";
import type { KeyPress } from "../../../../viewer/web/model/keys.ts";
import { type Focus, soundWishOf } from "../../../../viewer/web/model/sound_keys.ts";

function press(key: string, changes: Partial<KeyPress> = {}): KeyPress {
  const none = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  return { key, code: "", ...none, repeat: false, isComposing: false, ...changes };
}

function wish(key: string, changes: Partial<KeyPress> = {}, focus: Focus = "nothing") {
  const found = soundWishOf(press(key, changes), focus);
  return found?.kind === "volume" ? found.steps : found?.kind;
}

Deno.test("Space plays unless what has the focus takes it, and M mutes wherever nobody types", () => {
  assert.equal(wish(" "), "toggle");
  assert.equal(wish(" ", {}, "slider"), "toggle");
  assert.equal(wish(" ", {}, "other"), undefined);
  for (const focus of ["nothing", "slider", "other"] as const) {
    assert.equal(wish("m", {}, focus), "mute");
    assert.equal(wish("M", {}, focus), "mute", "with Caps Lock");
  }
  assert.equal(wish("x"), undefined);
});

Deno.test("Shift and an arrow move the volume, as long as the key is held; a slider moves by itself", () => {
  const shiftKey = true;
  assert.equal(wish("ArrowUp", { shiftKey }), 1);
  assert.equal(wish("ArrowDown", { shiftKey, repeat: true }), -1);
  assert.equal(wish("ArrowDown", { shiftKey }, "slider"), undefined);
  assert.equal(wish("ArrowUp"), undefined, "scrolls");
});

Deno.test("keys of the browser, keys held down and those of an input method do nothing", () => {
  for (
    const key of ["ctrlKey", "altKey", "metaKey", "isComposing", "repeat", "shiftKey"] as const
  ) {
    assert.equal(wish("m", { [key]: true }), undefined, key);
    assert.equal(wish(" ", { [key]: true }), undefined, key);
  }
});
