import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Searchable } from "../../../../../server/directory/broadcast_search.ts";
import { BroadcastIndex } from "../../../../../server/directory/search/io/broadcast_index.ts";
import { naiveFind } from "../naive_search.ts";

const ENOUGH = 1000;

function match(id: string, home: string, away: string, sport = "football"): Searchable {
  return { id, title: `${home} x ${away}`, sport, home, away };
}

function indexOf(...broadcasts: Searchable[]): BroadcastIndex {
  const index = new BroadcastIndex();
  for (const broadcast of broadcasts) index.put(broadcast);
  return index;
}

Deno.test("a match is found misspelt, incomplete, by one team, and without accents and case", () => {
  const index = indexOf(
    match("a", "Flamengo", "Santos"),
    match("b", "Grêmio", "São Paulo"),
    match("c", "ŁKS Łódź", "Fenerbahçe İstanbul"),
  );
  for (const text of ["flamngo santso", "Flamengo vs Santos", "fla san", "SANTOS flamego"]) {
    assert.deepEqual(index.find(text, ENOUGH), ["a"], text);
  }
  for (const text of ["gremio", "GRÊMIO sao", "São Paulo", "gremoi", "grem\u0302io"]) {
    assert.deepEqual(index.find(text, ENOUGH), ["b"], text);
  }
  for (const text of ["lodz", "LODZ lks", "istanbul", "ISTANBUL", "ıstanbul", "fenerbache"]) {
    assert.deepEqual(index.find(text, ENOUGH), ["c"], text);
  }
  assert.deepEqual(index.find("flamengo gremio", ENOUGH), []);
});

Deno.test("whole words come before beginnings, names before the sport, and of equal ones the newest", () => {
  const index = indexOf(
    match("sport", "Vasco", "Bahia", "Santos"),
    match("first", "Santos", "Bahia"),
    match("beginning", "Santosense", "Bahia"),
    match("second", "Santos", "Bahia"),
    match("other", "Vasco", "Bahia"),
  );
  const expected = ["second", "first", "sport", "beginning"];
  assert.deepEqual(index.find("santos", ENOUGH), expected);
  assert.deepEqual(index.find("santos", ENOUGH), expected);
  assert.deepEqual(index.find("santos", 2), expected.slice(0, 2));
});

Deno.test("the very word is found first although a thousand newer broadcasts have a word that begins so", () => {
  const index = indexOf(match("first", "Santos", "Bahia"));
  for (let newer = 0; newer < 1500; newer++) index.put(match(`${newer}`, "Santosense", "Vasco"));
  assert.deepEqual(index.find("santso", 2), ["first", "1499"]);
  index.put(match("last", "Santos", "Bahia"));
  assert.deepEqual(index.find("santos", 3), ["last", "first", "1499"]);
  assert.ok(index.find("s", 5000).length >= 1000);
});

Deno.test("new words replace the old ones in their place, and what is removed is not found", () => {
  const index = indexOf(match("a", "Flamengo", "Santos"), match("b", "Vasco", "Santos"));
  index.put(match("a", "Flamengo", "Bahia"));
  assert.deepEqual(index.find("flamengo santos", ENOUGH), []);
  assert.deepEqual(index.find("bahia", ENOUGH), ["a"]);
  index.put(match("a", "Bahia", "Santos"));
  assert.deepEqual(index.find("santos", ENOUGH), ["b", "a"]);
  index.remove("b");
  index.remove("b");
  index.remove("unknown");
  assert.deepEqual(index.find("santos", ENOUGH), ["a"]);
  assert.deepEqual(index.find("vasco", ENOUGH), []);
});

Deno.test("the language of the index, SQL and quotes are words like others", () => {
  const index = indexOf(match("a", "Near", "Or"), match("b", "Drop", "Table"));
  const texts = [
    'near or "',
    "NEAR(near, 2) OR",
    "^near or*",
    "names:near or",
    "- near + or NOT",
    "{names sport}: near or",
  ];
  for (const text of texts) index.find(text, ENOUGH);
  assert.deepEqual(index.find('"near" or', ENOUGH), ["a"]);
  assert.deepEqual(index.find("OR* ^near", ENOUGH), ["a"]);
  assert.deepEqual(index.find("near OR drop", ENOUGH), []);
  assert.deepEqual(index.find("'; drop table; --", ENOUGH), ["b"]);
  assert.deepEqual(index.find("'; DROP TABLE entry; --", ENOUGH), []);
  assert.deepEqual(index.find("near", ENOUGH), ["a"]);
});

Deno.test("a very long query, and a title without words, do no harm", () => {
  const index = indexOf({ ...match("a", "Santos", "Bahia"), title: "\u{1F3C6}" });
  assert.deepEqual(index.find("santos ".repeat(1e6), ENOUGH), ["a"]);
  assert.deepEqual(index.find("s".repeat(1e6), ENOUGH), []);
  assert.deepEqual(index.find("ﷺ".repeat(1e5), ENOUGH), []);
  index.put({ id: "b", title: "\u{1F3C6}", sport: "", home: "", away: "" });
  assert.deepEqual(index.find("\u{1F3C6}", ENOUGH), []);
  const long = "z".repeat(100);
  index.put(match("c", long, "Bahia"));
  assert.deepEqual(index.find(long, ENOUGH), ["c"]);
});

Deno.test("no text throws", () => {
  const index = indexOf(match("a", "Flamengo", "Santos"), match("b", "Grêmio", "北京"));
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom(
      '"',
      "*",
      "(",
      ")",
      " AND ",
      " OR ",
      " NOT ",
      "NEAR(",
      ":",
      "^",
      "'",
      ";",
      "\0",
    ),
    fc.constantFrom("flamengo", "santso", "gremio", "北", "\ud800"),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(3), (pieces, limit) => {
    const found = index.find(pieces.join(""), limit);
    assert.ok(found.length <= limit);
    assert.equal(new Set(found).size, found.length);
  }));
});

Deno.test("after any changes a search finds what a naive one finds, in an order that stays", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "é", "C", " "), maxLength: 12 });
  const change = fc.record({
    id: fc.constantFrom("1", "2", "3", "4", "5", "6"),
    words: fc.option(fc.record({ title: name, sport: name, home: name, away: name })),
  });
  const step = fc.record({ change, text: name });
  fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
    const [index, held] = [new BroadcastIndex(), new Map<string, Searchable>()];
    for (const { change: { id, words }, text } of steps) {
      if (words) {
        index.put({ id, ...words });
        // A word counts as new when a broadcast gets another name.
        const isSame = JSON.stringify(held.get(id)) === JSON.stringify({ id, ...words });
        if (!isSame) held.delete(id);
        held.set(id, { id, ...words });
      } else {
        index.remove(id);
        held.delete(id);
      }
      const found = index.find(text, ENOUGH);
      assert.deepEqual(found.toSorted(), naiveFind([...held.values()], text).toSorted());
      assert.deepEqual(index.find(text, ENOUGH), found);
      assert.deepEqual(index.find(text, 2), found.slice(0, 2));
    }
  }));
});
