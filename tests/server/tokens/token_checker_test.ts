import assert from "node:assert/strict";
import { timingSafeEqual } from "node:crypto";
import fc from "fast-check";
import { TokenChecker } from "../../../server/tokens/token_checker.ts";

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

Deno.test("whatever is shown, it is compared with every token, in constant time", () => {
  const tokens = ["first-token", "second-token", "third"];
  let compared: number[] = [];
  const areEqual: typeof timingSafeEqual = (one, other) => {
    compared.push(one.byteLength, other.byteLength);
    return timingSafeEqual(one, other);
  };
  const checker = new TokenChecker(tokens, areEqual);
  for (const shown of [...tokens, "", "f", "first-tokem", "x".repeat(700)]) {
    compared = [];
    assert.equal(checker.isGood(shown), tokens.includes(shown));
    assert.deepEqual(compared, Array(6).fill(32), "digests, of the same length whatever was shown");
  }
});
