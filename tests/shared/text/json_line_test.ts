import assert from "node:assert/strict";
import fc from "fast-check";
import { formatJsonLine } from "../../../shared/text/json_line.ts";

Deno.test("what a terminal obeys and does not show is escaped, and the value stays the same", () => {
  const cases: readonly [string, string][] = [
    ["\x1b[2J", String.raw`\u001b[2J`],
    ["\u0085\u009b31m\x7f", String.raw`\u0085\u009b31m\u007f`],
    ["gol \u202elog\u2066x\u2069", String.raw`gol \u202elog\u2066x\u2069`],
    ["a\u2028b\u2029c\ufeff\u200b", String.raw`a\u2028b\u2029c\ufeff\u200b`],
    ["\u{e0041}", String.raw`\udb40\udc41`],
    ["\ud800", String.raw`\ud800`],
    ["São João ⚽ 2 x 1 中文", "São João ⚽ 2 x 1 中文"],
  ];
  for (const [text, wanted] of cases) {
    const line = formatJsonLine({ [text]: text });
    assert.equal(line, `{"${wanted}":"${wanted}"}\n`);
    assert.deepEqual(JSON.parse(line), { [text]: text });
  }
});

Deno.test("any value is read back as it was, from one line of characters that are seen", () => {
  const unit = fc.constantFrom(...'aé⚽\u0085\u202e\u2028\u{e0041}\x1b\n\\"');
  fc.assert(fc.property(fc.jsonValue(), fc.string({ unit }), (value, text) => {
    const line = formatJsonLine([value, text]);
    assert.deepEqual(JSON.parse(line), JSON.parse(JSON.stringify([value, text])));
    assert(line.endsWith("\n") && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line.slice(0, -1)));
  }));
});
