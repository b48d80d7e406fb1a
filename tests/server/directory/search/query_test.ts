import assert from "node:assert/strict";
import {
  wholeWords,
  withBeginnings,
  wordsAskedFor,
} from "../../../../server/directory/search/query.ts";
import { Vocabulary } from "../../../../server/directory/search/vocabulary.ts";

function vocabularyOf(...words: string[]): Vocabulary {
  const vocabulary = new Vocabulary();
  vocabulary.add(words);
  return vocabulary;
}

Deno.test("the words of a text are corrected, and two that become one are one", () => {
  const vocabulary = vocabularyOf("flamengo", "santos");
  assert.deepEqual(wordsAskedFor("Flamngo SANTSO", vocabulary), ["flamengo", "santos"]);
  assert.deepEqual(wordsAskedFor("flamngo FLAMENGO", vocabulary), ["flamengo"]);
});

Deno.test("what stands between two teams is not looked for beside their names", () => {
  const vocabulary = vocabularyOf("flamengo", "santos");
  for (const text of ["flamengo x santos", "Flamengo VS. Santos", "v flamengo - santos"]) {
    assert.deepEqual(wordsAskedFor(text, vocabulary), ["flamengo", "santos"], text);
  }
  assert.deepEqual(wordsAskedFor("x", vocabulary), ["x"]);
});

Deno.test("a text without words asks for nothing, and a word that is like no other stays", () => {
  for (const text of ["", " ", "\"'*()", "\0"]) {
    assert.deepEqual(wordsAskedFor(text, vocabularyOf("santos")), []);
  }
  assert.deepEqual(wordsAskedFor("santso palmeiras", vocabularyOf("santos")), [
    "santos",
    "palmeiras",
  ]);
});

Deno.test("of a long text only the beginning is read, and only so many words", () => {
  assert.deepEqual(
    wordsAskedFor("a b c d e f g h i j k l m n o", new Vocabulary()).join(""),
    "abcdefghijkl",
  );
  assert.deepEqual(wordsAskedFor(`${" ".repeat(200)}santos`, vocabularyOf("santos")), []);
});

Deno.test("the index is asked for all words, each whole or as a beginning, or for whole ones", () => {
  const words = ["or", "near"];
  assert.equal(withBeginnings(words), '("or" OR "or"*) AND ("near" OR "near"*)');
  assert.equal(wholeWords(words), '"or" AND "near"');
});
