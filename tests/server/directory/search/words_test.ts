import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MAX_LETTERS, wordsOf } from "../../../../server/directory/search/words.ts";
import { foldText } from "../../../../shared/directory/keys_and_names.ts";

Deno.test("words have neither accents nor case, and come once", () => {
  const words: Record<string, string> = {
    "Grêmio x GREMIO": "gremio x",
    "Łódź – Świętochłowice": "lodz swietochlowice",
    "Brøndby, Ærø": "brondby aero",
    "Fußball Straße STRASSE": "fussball strasse",
    "İstanbul ISPARTA ısparta": "istanbul isparta",
    "Đà Nẵng": "da nang",
    "ΠΑΟΚ ΆΡΗΣ άρης": "παοκ αρησ",
    "ﬁnal １２ Ⅳ": "final 12 iv",
    "Newell's Old-Boys": "newell s old boys",
    "Зенит — СПАРТАК": "зенит спартак",
    "浦和レッズ": "浦和レッス",
    "\u{1F3C6} ★ \0 \ud800": "",
  };
  for (const [text, expected] of Object.entries(words)) {
    assert.equal(wordsOf(text).join(" "), expected, text);
  }
});

Deno.test("folding what is folded changes no character of Unicode", () => {
  const changed: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const once = foldText(String.fromCodePoint(code));
    if (foldText(once) !== once) changed.push(code.toString(16));
  }
  assert.deepEqual(changed, []);
});

Deno.test("whatever the text is, its words are short, hold only letters and digits, and stay what they are", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
    const words = wordsOf(text);
    for (const word of words) {
      assert.match(word, /^[\p{L}\p{N}]+$/u);
      assert.ok(word.length <= 2 * MAX_LETTERS);
    }
    assert.deepEqual(wordsOf(words.join(" ")), words);
  }));
});
