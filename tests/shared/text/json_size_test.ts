import assert from "node:assert/strict";
import fc from "fast-check";
import { findJsonProblem } from "../../../shared/text/json_size.ts";
import { runs } from "../../runs.ts";

const TOO_DEEP = "has arrays or objects nested in each other more than 64 deep";
const TOO_MANY = "has too many arrays, objects or elements in all";

function nested(levels: number, inside: string): string {
  return "[".repeat(levels) + inside + "]".repeat(levels);
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

Deno.test("the depth of any JSON is found, whatever its strings have", () => {
  const text = fc.stringMatching(/^[[\]{}"\\,:a]*$/);
  const json = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      text,
      fc.integer(),
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(text, tie("any"), { maxKeys: 3 }),
    ),
  })).any;
  fc.assert(
    fc.property(json, (value) => {
      const around = 64 - depthOf(value);
      const written = JSON.stringify(value, null, 1);
      assert.equal(findJsonProblem(nested(around, written)), undefined);
      assert.equal(findJsonProblem(nested(around + 1, written)), TOO_DEEP);
    }),
    runs(500),
  );
});

Deno.test("very many small parts are too many, and a long string is one", () => {
  assert.equal(findJsonProblem(`[${"[],".repeat(199_999)}1]`), undefined);
  assert.equal(findJsonProblem(`[${"[],".repeat(200_000)}1]`), TOO_MANY);
  assert.equal(findJsonProblem(`[${"{},".repeat(200_000)}1]`), TOO_MANY);
  assert.equal(findJsonProblem(`{${'"":1,'.repeat(200_000)}"":1}`), TOO_MANY);
  assert.equal(findJsonProblem(`[${"1,".repeat(4_000_001)}1]`), TOO_MANY);
  assert.equal(findJsonProblem(JSON.stringify("[],{}:".repeat(1_000_000))), undefined);
});

Deno.test("a text that is no JSON has an answer too", () => {
  for (const text of ["", '"', '"\\', '"\\"', "]]]]", "{[}]", "\\"]) {
    assert.equal(findJsonProblem(text), undefined, text);
  }
  assert.equal(findJsonProblem("[".repeat(4_000_000)), TOO_DEEP);
});
