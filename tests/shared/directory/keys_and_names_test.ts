import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { personName, title } from "../../../shared/directory/forms.ts";
import { foldText, key, signature } from "../../../shared/directory/keys_and_names.ts";
import { runs } from "../../runs.ts";

function read(schema: v.GenericSchema<string, string>, text: string): string | undefined {
  const { success, output } = v.safeParse(schema, text);
  return success ? output : undefined;
}

Deno.test("names of all scripts are taken as they are written", () => {
  const names = ["Flamengo", "Grêmio", "São Paulo", "ÍA Akranes", "ЦСКА", "Ολυμπιακός"];
  const others = ["鹿島アントラーズ", "الأهلي", "हिन्दुस्तान", "전북 현대", "มูอ่างทอง", "1. FC Köln"];
  for (const name of [...names, ...others]) {
    const expected = name.normalize("NFKC");
    assert.equal(read(title, name), expected, name);
    assert.equal(read(personName, name), expected, name);
  }
});

Deno.test("the same name in other code points is the same", () => {
  assert.equal(read(title, "Gre\u0302mio"), "Gr\u00eamio");
  assert.equal(read(title, "\uff26\uff4c\uff41"), "Fla");
  assert.equal(read(title, "  Ann "), "Ann");
  assert.equal(read(title, "\u2168"), "IX");
});

Deno.test("what can't be seen, turns the text round or ends the line is refused", () => {
  const hidden = [..."\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"];
  const invisible = [..."\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164\uffa0\u2800\ufe0f"];
  const control = [..."\0\b\n\r\t\x1b\x7f\x85\u2028\u2029\ue000\ufff9", "\u{e0041}", "\ud800"];
  for (const character of [...hidden, ...invisible, ...control]) {
    const code = character.codePointAt(0)!.toString(16);
    assert.equal(read(title, `Ann${character}e`), undefined, code);
    assert.equal(read(personName, `Ann${character}e`), undefined, code);
  }
});

Deno.test("letters of scripts that look alike are not mixed: in a word of a title, in a person's whole name", () => {
  for (const mixed of ["Fl\u0430mengo", "\u0410nn", "P\u0435le", "\u039fscar", "\u13aann"]) {
    assert.equal(read(title, mixed), undefined, mixed);
    assert.equal(read(personName, mixed), undefined, mixed);
  }
  assert.equal(read(title, "Spartak x ЦСКА"), "Spartak x ЦСКА");
  assert.equal(read(personName, "Ann Анна"), undefined);
});

Deno.test("a pile of marks, no letter at all, nothing, and too much are refused", () => {
  assert.equal(read(title, `Z${"\u0321\u0334\u0341\u035c\u0360".repeat(3)}`), undefined);
  for (const empty of ["", "   ", "---", "😀", "\u0301"]) {
    assert.equal(read(title, empty), undefined);
  }
  assert.equal(read(title, "x".repeat(121)), undefined);
  assert.equal(read(title, "\ufdfa".repeat(20)), undefined, "longer as soon as it is normalized");
  assert.equal(read(personName, "x".repeat(64)), "x".repeat(64));
  assert.equal(read(personName, "x".repeat(65)), undefined);
  assert.equal(read(personName, "鹿".repeat(43)), undefined, "more than 128 bytes");
});

Deno.test("markup and SQL are text like any other", () => {
  for (const text of ["<script>alert(1)</script>", "'; DROP TABLE broadcast; --", "${7*7} {{x}}"]) {
    assert.equal(read(title, text), text);
  }
});

Deno.test("a name that was taken is taken again, unchanged", () => {
  const codePoints = fc.array(fc.nat(0x10_ffff), { maxLength: 80 });
  fc.assert(
    fc.property(codePoints, (codePoints) => {
      const name = read(title, String.fromCodePoint(...codePoints));
      if (name !== undefined) assert.equal(read(title, name), name);
    }),
    runs(500),
  );
});

Deno.test("folding leaves accents and case out", () => {
  assert.equal(foldText(" GRÊMIO "), "gremio");
  assert.equal(foldText("São Paulo"), foldText("SAO PAULO"));
});

Deno.test("keys and signatures have one spelling each", () => {
  assert.equal(read(key, "A".repeat(43)), "A".repeat(43));
  assert.equal(read(signature, "A".repeat(86)), "A".repeat(86));
  for (
    const wrong of ["A".repeat(42), "A".repeat(44), `${"A".repeat(42)}B`, `${"A".repeat(43)}=`]
  ) {
    assert.equal(read(key, wrong), undefined, wrong);
  }
  assert.equal(read(signature, `${"A".repeat(85)}B`), undefined);
});
