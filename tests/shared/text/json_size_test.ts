import assert from "node:assert/strict";
import fc from "fast-check";
import { isNestedDeeper } from "../../../shared/text/json_depth.ts";
import { runs } from "../../runs.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

Deno.test("the depth of any JSON is found, whatever its strings have", () => {
  const text = fc.stringMatching(/^[[\]{}"\\a]*$/);
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
      const depth = depthOf(value);
      const written = JSON.stringify(value, null, 1);
      assert.equal(isNestedDeeper(written, depth), false);
      assert.equal(isNestedDeeper(written, depth - 1), true);
    }),
    runs(500),
  );
});

Deno.test("a text that is no JSON has an answer too", () => {
  for (const text of ["", '"', '"\\', '"\\"', "]]]]", "{[}]", "\\"]) {
    assert.equal(isNestedDeeper(text, 2), false, text);
  }
  assert.equal(isNestedDeeper("[".repeat(4_000_000), 64), true);
});
