import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Vocabulary } from "../../../../server/directory/search/vocabulary.ts";
import { NaiveVocabulary } from "./naive_search.ts";

function vocabularyOf(...words: string[]): Vocabulary {
  const vocabulary = new Vocabulary();
  for (const word of words) vocabulary.add([word]);
  return vocabulary;
}

Deno.test("a misspelt word becomes the word with the fewest edits", () => {
  const vocabulary = vocabularyOf("flamengo", "santos", "fluminense", "flamingos");
  assert.equal(vocabulary.correct("flamngo"), "flamengo");
  assert.equal(vocabulary.correct("santso"), "santos");
  assert.equal(vocabulary.correct("fluminesne"), "fluminense");
  assert.equal(vocabulary.correct("flumnesne"), "fluminense");
  assert.equal(vocabulary.correct("palmeiras"), "palmeiras");
});

Deno.test("a word of the vocabulary and the beginning of one are not corrected", () => {
  const vocabulary = vocabularyOf("santos", "santos", "santo", "flamengo");
  for (const word of ["santo", "sant", "flam", "flameng", "flamengo"]) {
    assert.equal(vocabulary.correct(word), word);
  }
});

Deno.test("short words and numbers are not corrected", () => {
  const vocabulary = vocabularyOf("psv", "2025", "sub20");
  for (const word of ["psg", "2026", "sub21"]) assert.equal(vocabulary.correct(word), word);
});

Deno.test("of words that are equally near, most broadcasts decide, then the latest", () => {
  const vocabulary = vocabularyOf("norte", "forte", "morte");
  assert.equal(vocabulary.correct("xorte"), "morte");
  vocabulary.add(["norte"]);
  assert.equal(vocabulary.correct("xorte"), "norte");
  vocabulary.remove(["norte"]);
  vocabulary.remove(["forte"]);
  vocabulary.add(["forte"]);
  assert.equal(vocabulary.correct("xorte"), "forte");
});

Deno.test("after any changes the counts and corrections are those of a naive model", () => {
  // Few letters, so that words are near each other, and long enough for every number of edits.
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 13 });
  const broadcast = fc.uniqueArray(word, { maxLength: 8 });
  const change = fc.record({ words: broadcast, removes: fc.option(fc.nat(20)) });
  fc.assert(fc.property(fc.array(change, { maxLength: 20 }), fc.array(word), (changes, asked) => {
    const [vocabulary, naive, held] = [new Vocabulary(), new NaiveVocabulary(), [] as string[][]];
    for (const { words, removes } of changes) {
      const [removed] = removes === null ? [] : held.splice(removes, 1);
      vocabulary.remove(removed ?? []);
      naive.remove(removed ?? []);
      held.push(words);
      vocabulary.add(words);
      naive.add(words);
    }
    assert.deepEqual([...vocabulary.counts()], [...naive.counts]);
    for (const word of asked) assert.equal(vocabulary.correct(word), naive.correct(word));
  }));
});

Deno.test("a full vocabulary takes no new word, and counts what it takes", () => {
  const broadcast = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"));
  const change = fc.record({ words: broadcast, removes: fc.option(fc.nat(10)) });
  fc.assert(fc.property(fc.array(change), (changes) => {
    const [vocabulary, naive] = [new Vocabulary(3), new NaiveVocabulary()];
    const held: (readonly string[])[] = [];
    for (const { words, removes } of changes) {
      const [removed = []] = removes === null ? [] : held.splice(removes, 1);
      vocabulary.remove(removed);
      naive.remove(removed);
      const counted = vocabulary.add(words);
      held.push(counted);
      naive.add(counted);
      assert.deepEqual([...vocabulary.counts()], [...naive.counts]);
      assert.ok(naive.counts.size <= 3);
      if (naive.counts.size < 3) assert.deepEqual(counted, words);
    }
  }));
});
