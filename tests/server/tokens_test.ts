import assert from "node:assert/strict";
import fc from "fast-check";
import { TokenChecker } from "../../server/tokens.ts";

Deno.test("exactly the given tokens are good", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 }),
    fc.string(),
    (tokens, other) => {
      const checker = new TokenChecker(tokens);
      for (const token of tokens) assert.equal(checker.isGood(token), true);
      assert.equal(checker.isGood(other), tokens.includes(other));
      assert.equal(checker.isGood(`${tokens[0]} `), tokens.includes(`${tokens[0]} `));
    },
  ));
});

Deno.test("without tokens none is good, not even an empty one", () => {
  assert.equal(new TokenChecker([]).isGood(""), false);
});
