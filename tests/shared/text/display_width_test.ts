import assert from "node:assert/strict";
import fc from "fast-check";
import {
  displayWidth,
  fitFields,
  padDisplay,
  wrapWords,
} from "../../../shared/text/display_width.ts";
import { runs } from "../../runs.ts";

/** The edges of the library: what a terminal gives no column, one or two. */
const WIDTHS: readonly (readonly [text: string, width: number])[] = [
  ["", 0],
  ["Ann", 3],
  ["Grêmio", 6],
  ["Gre\u0302mio", 6],
  ["東京", 4],
  ["한국", 4],
  ["ﾊﾝｶｸ", 4],
  ["⚽", 2],
  ["👩‍👩‍👧", 2],
  ["🇧🇷", 2],
  ["سلام", 4],
  ["a\u200bb", 2],
];

for (const [text, width] of WIDTHS) {
  Deno.test(`${JSON.stringify(text)} takes ${width} columns`, () => {
    assert.equal(displayWidth(text), width);
    assert.equal(displayWidth(padDisplay(text, 10)), 10);
  });
}

Deno.test("words go to the next line whole, below the first", () => {
  const text = "every listener may report what happens";
  assert.equal(wrapWords(text, 30, 4), "every listener may report\n    what happens");
  assert.equal(wrapWords(text, Infinity, 4), text);
});

Deno.test("a command and a link stay whole, so that they can be copied", () => {
  const text = "make one for each: streamer token make --tokens club.json --name NAME";
  const lines = ["make one for each:", "streamer token make --tokens club.json --name NAME"];
  assert.equal(wrapWords(text, 30), lines.join("\n"));
  assert.equal(wrapWords("streamer listen 'a b'", 10), "streamer listen 'a b'");
  assert.equal(wrapWords("at http://127.0.0.1:8080/ now", 12), "at\nhttp://127.0.0.1:8080/\nnow");
});

Deno.test("no word is lost or broken, and a line is too wide only for one word", () => {
  const words = fc.array(fc.constantFrom("a", "goal", "東京", "⚽", "substitution"), {
    minLength: 1,
  });
  fc.assert(
    fc.property(
      words,
      fc.integer({ min: 1, max: 60 }),
      fc.nat({ max: 10 }),
      (given, width, indent) => {
        const lines = wrapWords(given.join(" "), width, indent).split("\n");
        assert.deepEqual(lines.flatMap((line) => line.trim().split(" ")), given);
        for (const line of lines) {
          assert(displayWidth(line.trim()) + indent <= width || !line.trim().includes(" "), line);
        }
      },
    ),
    runs(200),
  );
});

const GAPS = { gap: "    ", narrowGap: "  " };

Deno.test("fields are left out whole, from the end, and move together first", () => {
  const fields = ["2 listeners", "38 packets/s", "2-1 at 70:12"];
  assert.equal(fitFields(fields, 50, GAPS), "2 listeners    38 packets/s    2-1 at 70:12");
  assert.equal(fitFields(fields, 42, GAPS), "2 listeners  38 packets/s  2-1 at 70:12");
  assert.equal(fitFields(fields, 38, GAPS), "2 listeners  38 packets/s");
  assert.equal(fitFields(fields, 5, GAPS), "2 lis");
  assert.equal(fitFields(["東京東京"], 5, GAPS), "東京");
});
