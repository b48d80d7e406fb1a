import assert from "node:assert/strict";
import fc from "fast-check";
import { type ReportLine, ReportLines } from "../../../client/reporting/report_lines.ts";
import { runs } from "../../runs.ts";

const NOW = 1_763_600_000_000;
const encoder = new TextEncoder();

function read(...chunks: readonly (string | Uint8Array)[]): ReportLine[] {
  const lines = new ReportLines();
  const parts = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  return [...parts.flatMap((part) => [...lines.push(part, NOW)]), ...lines.end(NOW)];
}

Deno.test("a line is a report or just its event, and comes as it is read", () => {
  const event = { id: "a", type: "event", title: "Goal", origin: "Home", time: NOW - 3 };
  const report = { type: "event", time: NOW, token: "t", event };
  const lines = new ReportLines();
  const first = [...lines.push(encoder.encode(JSON.stringify(report) + "\n{"), NOW)];
  assert.deepEqual(first, [{ ok: true, draft: event }]);
  const rest = [...lines.push(encoder.encode('"title":"Half-time"}'), NOW), ...lines.end(NOW)];
  assert.deepEqual(rest, [{ ok: true, draft: { title: "Half-time", time: NOW } }]);
});

Deno.test("a time may be a text, and an undo needs the report's id alone", () => {
  const [iso, undo] = read(
    '{"title":"Goal","origin":"Home","time":"2025-11-20T00:53:20Z"}\n',
    '\n{"type":"undo","supersedes":"a"}\r\n',
  );
  assert.equal(iso?.ok && iso.draft.time, NOW);
  assert.deepEqual(undo, { ok: true, draft: { type: "undo", supersedes: "a", time: NOW } });
});

const WRONG: readonly (readonly [line: string, says: RegExp])[] = [
  ["nonsense", /line 2: it is not JSON/],
  ["[]", /line 2: "title" is missing/],
  ['"Goal"', /line 2: it must be an object/],
  ['{"origin":"Home"}', /line 2: "title" is missing: it must be the title of an action/],
  ['{"title":"Goal","type":"vote"}', /line 2: "type" is "vote": it must be one of event, denial/],
  ['{"title":"Goal","time":"soon"}', /line 2: "time" is "soon": it must be milliseconds/],
  ['{"title":"Goal","type":"correction"}', /line 2: "supersedes" is missing/],
  ['{"type":"undo"}', /line 2: "supersedes" is missing/],
  [`{"title":"${"x".repeat(70_000)}"}`, /line 2: it is longer than 64 KB/],
];

for (const [line, says] of WRONG) {
  Deno.test(`a wrong line is told by its number, and reading goes on: ${line.slice(0, 30)}`, () => {
    const [first, wrong, last] = read(`{"title":"Goal"}\n${line}\n{"title":"Corner"}\n`);
    assert.ok(first?.ok && last?.ok);
    assert.match(wrong!.ok ? "" : wrong!.problem, says);
    assert.match(wrong!.ok ? "" : wrong!.problem, /: the line is left out$/);
  });
}

Deno.test("bytes of any kind are lines or mistakes of one line, however they are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), fc.string(), fc.json())), (chunks) => {
      for (const line of read(...chunks)) {
        if (!line.ok) assert.match(line.problem, /^line \d+: [^\n]+$/);
      }
    }),
    runs(300),
  );
});
