import assert from "node:assert/strict";
import {
  formatNumber,
  formatValue,
  isLine,
  levelWords,
  limitWords,
  NO_FACTS,
  withNumber,
} from "../../../../viewer/web/data/value_format.ts";

const factsOf = (...numbers: number[]) => numbers.reduce(withNumber, NO_FACTS);

Deno.test("a number has the digits of its precision, or else five that say something", () => {
  const cases: readonly [numbers: number[], precision: number | undefined, text: string][] = [
    [[5800.123], 1, "5800.1"],
    [[5800.123], undefined, "5800.1"],
    [[0.123456], undefined, "0.12346"],
    [[12.5], undefined, "12.500"],
    [[1.3e-9], undefined, "1.300e-9"],
    [[1.5e12], undefined, "1500000000000"],
    [[1.5e12 + 0.5], undefined, "1.500e+12"],
    [[42], undefined, "42"],
    [[0.5, 42], undefined, "42.000"],
    [[1000.5, 0.25], undefined, "0.3"],
    [[-0.01], 1, "0.0"],
    [[-0.06], 1, "-0.1"],
    [[0], undefined, "0"],
    [[1e300], 2, "1.000e+300"],
  ];
  for (const [numbers, precision, text] of cases) {
    const shown = formatNumber(numbers.at(-1)!, precision, factsOf(...numbers));
    assert.equal(shown, text, `${numbers} with ${precision}`);
  }
});

Deno.test("texts, booleans and arrays are shown as such", () => {
  const show = (value: Parameters<typeof formatValue>[0]) => formatValue(value, {}, NO_FACTS);
  assert.equal(show("<b>"), "<b>");
  assert.equal(show(false), "false");
  assert.equal(show([1]), "1 value");
  assert.equal(show([]), "0 values");
  assert.equal(show([[1, 2, 3], [4, 5, 6]]), "2 x 3 values");
});

Deno.test("only arrays of at least two numbers are lines", () => {
  assert.ok(isLine([1, 2]));
  for (const value of [1, "x", true, [1], [1, "x"], [[1, 2], [3, 4]], undefined]) {
    assert.ok(!isLine(value), `${value}`);
  }
});

Deno.test("a level says which way, and the limits are said in a sentence", () => {
  const setup = { unit: "V", warn: [1, 2], alarm: [0, 3] } as const;
  assert.deepEqual([1.5, 0.5, 2.5, -1, 4].map((value) => levelWords(value, setup)), [
    "",
    "Warning, low",
    "Warning, high",
    "Alarm, low",
    "Alarm, high",
  ]);
  assert.equal(levelWords([1, 9], setup), "Alarm");
  assert.equal(levelWords("x", setup), "");
  assert.equal(limitWords(setup), "Warning outside of 1 to 2 V, alarm outside of 0 to 3 V.");
  assert.equal(limitWords({ alarm: [0, 3] }), "Alarm outside of 0 to 3.");
  assert.equal(limitWords({}), "");
});
