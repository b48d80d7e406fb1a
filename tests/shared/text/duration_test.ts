import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../../shared/text/duration.ts";
import { runs } from "../../runs.ts";

Deno.test("reads the forms that people write", () => {
  const forms: [string, number][] = [
    ["0ms", 0],
    ["200ms", 200],
    ["5s", 5000],
    ["1m30s", 90_000],
    ["2h", 7_200_000],
    ["1h2m3s4ms", 3_723_004],
    ["1.5s", 1500],
    ["0.5ms", 0.5],
    ["90m", 5_400_000],
    [" 5s ", 5000],
  ];
  for (const [text, millis] of forms) assert.equal(parseDuration(text), millis, text);
});

Deno.test("refuses what has no unit, a wrong order, a sign, or nothing at all", () => {
  for (
    const text of [
      ...[
        "",
        " ",
        "5",
        "s",
        "5 s",
        "-5s",
        "+5s",
        "5S",
        "5sec",
        "1s1m",
        "5s5s",
        "1,5s",
        ".5s",
        "5.s",
      ],
      ...["1e3s", "Infinity", "NaN", "0x5s", "٥s", `${"9".repeat(20)}s`, `${"9".repeat(400)}ms`],
    ]
  ) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

Deno.test("writes the shortest form", () => {
  const forms: [number, string][] = [
    [0, "0ms"],
    [200, "200ms"],
    [1000, "1s"],
    [90_000, "1m30s"],
    [3_600_000, "1h"],
    [3_723_004, "1h2m3s4ms"],
    [0.4, "0ms"],
    [999.5, "1s"],
    [59_999.9, "1m"],
  ];
  for (const [millis, text] of forms) assert.equal(formatDuration(millis), text);
});

Deno.test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e12 }), (millis) => {
      assert.equal(parseDuration(formatDuration(millis)), millis);
    }),
    runs(500),
  );
});

Deno.test("no text makes it throw or give anything but milliseconds", () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(..."0159.hms -"), { maxLength: 12 }).map((signs) => signs.join("")),
  );
  fc.assert(
    fc.property(text, (given) => {
      const millis = parseDuration(given);
      assert.ok(millis === undefined || (millis >= 0 && Number.isFinite(millis)));
    }),
    runs(500),
  );
});
