import assert from "node:assert/strict";
import * as fc from "fast-check";
import { editsBetween } from "../../../../server/directory/search/edits.ts";

/** By the definition, from the end of both words. */
function naiveEdits(one: string, other: string): number {
  if (one === "" || other === "") return one.length + other.length;
  const [a, b] = [one.slice(0, -1), other.slice(0, -1)];
  const isSame = one.at(-1) === other.at(-1);
  const ways = [
    naiveEdits(a, other) + 1,
    naiveEdits(one, b) + 1,
    naiveEdits(a, b) + (isSame ? 0 : 1),
  ];
  const isSwapped = one.length > 1 && other.length > 1 && one.at(-1) === other.at(-2) &&
    one.at(-2) === other.at(-1);
  if (isSwapped) ways.push(naiveEdits(one.slice(0, -2), other.slice(0, -2)) + 1);
  return Math.min(...ways);
}

Deno.test("letters that are replaced, added, left out and swapped are counted", () => {
  assert.equal(editsBetween("flamngo", "flamengo", 2), 1);
  assert.equal(editsBetween("santso", "santos", 2), 1);
  assert.equal(editsBetween("corintians", "corinthians", 2), 1);
  assert.equal(editsBetween("bayren", "bayern", 0), undefined);
  assert.equal(editsBetween("gremio", "gremio", 0), 0);
  assert.equal(editsBetween("ca", "abc", 3), 3);
  assert.equal(editsBetween("", "abc", 3), 3);
  assert.equal(editsBetween("abc", "", 2), undefined);
});

Deno.test("the edits of any two words are those of the definition, up to the bound", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
  fc.assert(fc.property(word, word, fc.nat(6), (one, other, most) => {
    const edits = naiveEdits(one, other);
    assert.equal(editsBetween(one, other, most), edits <= most ? edits : undefined);
    assert.equal(editsBetween(other, one, most), edits <= most ? edits : undefined);
  }));
});
