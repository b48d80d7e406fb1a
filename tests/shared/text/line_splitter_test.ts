import assert from "node:assert/strict";
import fc from "fast-check";
import { type Line, LineSplitter, MAX_LINE_BYTES } from "../../../shared/text/line_splitter.ts";
import { runs } from "../../runs.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function split(...chunks: (string | Uint8Array)[]): [number, string | undefined][] {
  const splitter = new LineSplitter();
  const lines: (Line | undefined)[] = [];
  for (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? encoder.encode(chunk) : chunk;
    lines.push(...splitter.push(bytes));
    // The caller may reuse its buffer.
    if (typeof chunk === "string") bytes.fill(0);
  }
  lines.push(splitter.end());
  return lines.filter((line) => line !== undefined)
    .map(({ number, bytes }) => [number, bytes && decoder.decode(bytes)]);
}

Deno.test("lines end with LF or CRLF, and the last one may end with neither", () => {
  assert.deepEqual(split("a\nb\r\n\nc"), [[1, "a"], [2, "b"], [3, ""], [4, "c"]]);
  assert.deepEqual(split("a\n"), [[1, "a"]]);
  assert.deepEqual(split(""), []);
});

Deno.test("a return inside a line stays, an end is found across chunks", () => {
  assert.deepEqual(split("a\rb\r", "\nc"), [[1, "a\rb"], [2, "c"]]);
});

Deno.test("a line that is too long is passed over, and the next one is read", () => {
  const longest = "x".repeat(MAX_LINE_BYTES);
  assert.deepEqual(split(longest + "\nb"), [[1, longest], [2, "b"]]);
  assert.deepEqual(split(longest, "x", "x\nb"), [[1, undefined], [2, "b"]]);
  assert.deepEqual(split("a\n" + longest + "x"), [[1, "a"], [2, undefined]]);
});

Deno.test("wherever the stream is cut, the lines are the same", () => {
  const text = fc.array(fc.constantFrom("a", "é", "\r", "\n", "\r\n", '{"x":1}'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, fc.array(fc.nat(100), { maxLength: 10 }), (parts, cuts) => {
      const bytes = encoder.encode(parts.join(""));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length];
      places.sort((one, other) => one - other);
      const chunks = places.slice(1).map((end, index) => bytes.slice(places[index]!, end));
      const expected = parts.join("").split("\n").map((line) => line.replace(/\r$/, ""));
      const whole = split(bytes);
      assert.deepEqual(split(...chunks), whole);
      if (bytes.at(-1) === 10 || bytes.length === 0) expected.pop();
      assert.deepEqual(whole.map(([, line]) => line), expected);
    }),
    runs(300),
  );
});
