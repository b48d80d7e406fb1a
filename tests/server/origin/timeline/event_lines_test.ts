import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type EventLineContext,
  FIRST_LINE_CONTEXT,
  parseEventLine,
} from "../../../../server/origin/timeline/event_line.ts";
import {
  EventLineReader,
  type ReadBefore,
} from "../../../../server/origin/timeline/event_lines.ts";
import { fitEvent, type TimelineStep } from "../../../../server/origin/timeline/new_event.ts";
import { EVENT_TYPES, parseEvent, serializeEvent } from "../../../../shared/event/event.ts";
import { runs } from "../../../runs.ts";

const match = { home: "Flamengo", away: "Grêmio" };
const context: EventLineContext = { ...FIRST_LINE_CONTEXT, match };
const encoder = new TextEncoder();

function parse(line: unknown, given = context) {
  const result = parseEventLine(JSON.stringify(line), given);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function read(
  text: string | Uint8Array,
  before: ReadBefore = {},
  given = context,
): { steps: TimelineStep[]; problems: string[] } {
  const problems: string[] = [];
  const reader = new EventLineReader(given, (problem) => problems.push(problem), before);
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  return { steps: [...reader.push(bytes), ...reader.end()], problems };
}

Deno.test("a whole line is read unchanged, except for what the host assigns", () => {
  const event = {
    id: "01J",
    type: "event",
    title: "Goal",
    origin: "Flamengo",
    time: 1763599998500,
    clock: "23:10",
    period: 1,
  };
  const line = { count: 17, type: 2, score: "1 x 0", content: "GOAL!", time: 1763600000000, event };
  assert.deepEqual(parse(line), { type: 2, score: "1 x 0", content: "GOAL!", event });
});

Deno.test("a short line is completed", () => {
  assert.deepEqual(parse({ type: "corner", origin: "away" }), {
    type: EVENT_TYPES.corner,
    content: "Corner: Grêmio",
    score: "0 x 0",
    event: { type: "event", title: "Corner", origin: "Grêmio", clock: "00:00", period: 1 },
  });
});

Deno.test("what a short line gives is taken", () => {
  const line = {
    type: 3,
    origin: "Grêmio",
    content: "Off!",
    title: "Red",
    clock: "102:59",
    period: 4,
    time: "2026-07-01T20:00:00Z",
    score: "2 x 1",
    id: "e1",
    supersedes: "e0",
  };
  assert.deepEqual(parse(line), {
    type: 3,
    content: "Off!",
    score: "2 x 1",
    event: {
      type: "event",
      title: "Red",
      origin: "Grêmio",
      clock: "102:59",
      period: 4,
      id: "e1",
      time: Date.UTC(2026, 6, 1, 20),
      supersedes: "e0",
    },
  });
});

Deno.test("types go by number or by name, however it is written", () => {
  for (const type of [3, "redCard", "red card", "Red-Card", "red_card", "REDCARD"]) {
    assert.equal(parse({ type }).type, EVENT_TYPES.redCard);
  }
  assert.equal(parse({ type: 200 }).event.title, "Comment");
});

Deno.test("titles are in the language of the broadcast", () => {
  assert.equal(parse({ type: 2 }, { ...context, language: "pt" }).event.title, "Gol");
});

Deno.test("a goal without a score raises its team's, other events keep it", () => {
  const { steps, problems } = read(
    [
      { type: "goal", origin: "home" },
      { type: "foul", origin: "away" },
      { type: "goal", origin: "Grêmio" },
      { type: "goal", origin: "Flamengo", score: "5 x 1" },
      { type: "goal", origin: "away" },
      { type: "goal", origin: "away", supersedes: "x" },
    ].map((line) => JSON.stringify(line)).join("\n"),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(steps.map(({ score }) => score), [
    "1 x 0",
    "1 x 0",
    "1 x 1",
    "5 x 1",
    "5 x 2",
    "5 x 2",
  ]);
});

Deno.test("a goal without a team is sent with the score unchanged, and reported", () => {
  const { steps, problems } = read('{"type":"goal","origin":"Santos"}\n');
  assert.equal(steps[0]!.score, "0 x 0");
  assert.match(problems[0]!, /^line 1: no team for this goal/);
});

Deno.test("clock and period stay until a line changes them", () => {
  const { steps } = read('{"type":1,"clock":"50:00","period":2}\n{"type":1}\n');
  assert.deepEqual(steps.map(({ event }) => [event.clock, event.period]), [["50:00", 2], [
    "50:00",
    2,
  ]]);
});

Deno.test("a correction has its own clock, and the next line that of the line before it", () => {
  const { steps } = read(
    '{"type":1,"clock":"50:00","period":2}\n' +
      '{"type":1,"clock":"03:00","period":1,"supersedes":"e0"}\n{"type":1}\n',
  );
  assert.deepEqual(steps.map(({ event }) => [event.clock, event.period]), [
    ["50:00", 2],
    ["03:00", 1],
    ["50:00", 2],
  ]);
});

Deno.test("a step is placed at the time of its event, if the line has one", () => {
  const { steps } = read('{"type":1,"time":5000}\n{"type":1}\n');
  assert.deepEqual(steps.map(({ at }) => at), [5000, undefined]);
});

const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");

Deno.test("a copy of an event counts no goal twice: it is reported with both lines, and skipped", () => {
  const goal = { type: "goal", origin: "home", id: "g1" };
  const { steps, problems } = read(lines(goal, { type: 1 }, goal, { ...goal, id: "g2" }));
  assert.deepEqual(steps.map(({ score }) => score), ["1 x 0", "1 x 0", "2 x 0"]);
  assert.deepEqual(problems, [
    'line 3: "id" is "g1", which line 1 already has: give another, or name that one in "supersedes" to correct it, skipped',
  ]);
});

Deno.test("… of one that the timeline has, from whatever source, too", () => {
  const before = { ids: new Map([["g1", 17]]) };
  const goal = { type: "goal", origin: "home", id: "g1" };
  const { steps, problems } = read(lines(goal, { ...goal, id: "g2" }), before);
  assert.deepEqual(steps.map(({ score }) => score), ["1 x 0"]);
  assert.match(problems[0]!, /^line 1: "id" is "g1", which event 17 of the timeline already has: /);
});

Deno.test("the id of a line that was skipped is free", () => {
  const { steps } = read(lines({ type: "gaol", id: "g1" }, { type: "goal", id: "g1" }));
  assert.equal(steps.length, 1);
});

Deno.test("lines that an earlier run had read are skipped without a report", () => {
  const before = { lines: 2 };
  const { steps, problems } = read(lines("oops", { type: 2, origin: "home" }, { type: 1 }), before);
  assert.deepEqual(steps.map(({ position, score }) => [position, score]), [[3, "0 x 0"]]);
  assert.deepEqual(problems, []);
});

Deno.test("a score that no listener would take is refused, given or counted", () => {
  const { steps, problems } = read(lines(
    { type: "goal", origin: "home", score: "999 x 0" },
    { type: "goal", origin: "home" },
    { type: "goal", origin: "away" },
    { type: "goal", score: "1000 x 0" },
  ));
  assert.deepEqual(steps.map(({ score }) => score), ["999 x 0", "999 x 1"]);
  assert.match(problems[0]!, /^line 2: the score would be 1000 x 0: 999 is the most, skipped$/);
  assert.match(problems[1]!, /^line 4: "score" is "1000 x 0": it must be/);
});

Deno.test("a time in seconds is read as such, reported once, and delays nothing", () => {
  const now = 1_763_600_000_000;
  const { steps, problems } = read(lines(
    { type: 1, time: now },
    { type: 2, origin: "home", time: now / 1000 + 60 },
    { type: 1, time: String(now / 1000 + 90.25) },
    { type: 1 },
    { type: 1, time: new Date(now + 120_000).toISOString() },
  ));
  const expected = [0, 60_000, 90_250, undefined, 120_000];
  assert.deepEqual(steps.map(({ at }) => at === undefined ? at : at - now), expected);
  assert.deepEqual(steps.map(({ event }) => event.time && event.time - now), expected);
  assert.deepEqual(problems, [
    'line 2: "time" is in seconds and is read so in all lines: give milliseconds since 1970',
  ]);
});

Deno.test("a time from another age is reported by line number, and its event is still sent", () => {
  const now = 1_763_600_000_000;
  for (const time of [5, 4e12, "2099-01-01T00:00:00Z", "1999-12-31"]) {
    const text = lines({ type: 1, time: now }, { type: 1, time }, { type: 1, time: now + 1000 });
    const { steps, problems } = read(text);
    assert.deepEqual(steps.map(({ at }) => at), [now, undefined, now + 1000]);
    assert.match(problems[0]!, /^line 2: "time" is \d+ days (after|before) the time of line 1: /);
    const paced = read(text, {}, { ...context, isSpacedByTime: false });
    assert.deepEqual(paced.problems, [], "with --interval no time matters");
  }
});

Deno.test("a bad line is reported by number, with what it must be, and skipped", () => {
  const bad: [string, RegExp][] = [
    ["nonsense", /^line 2: not a JSON object, skipped$/],
    ["[1]", /not a JSON object/],
    ["null", /not a JSON object/],
    ['{"content":"x"}', /"type" is missing: it must be a number from 1 to 255/],
    ['{"type":"gaol"}', /"type" is "gaol": it must be .* or a name such as "goal"/],
    ['{"type":0}', /"type" is 0/],
    ['{"type":256}', /"type" is 256/],
    ['{"type":1.5}', /"type" is 1.5/],
    ['{"type":1,"score":"1-0"}', /"score" is "1-0": it must be .*"1 x 0"/],
    ['{"type":1,"clock":"9:60"}', /"clock" is "9:60": it must be .*"23:10"/],
    ['{"type":1,"period":10}', /"period" is 10/],
    ['{"type":1,"time":"soon"}', /"time" is "soon": it must be milliseconds since 1970/],
    ['{"type":1,"time":-1}', /"time" is -1/],
    ['{"type":1,"time":1e300}', /"time" is 1e\+300/],
    ['{"type":1,"title":""}', /"title" is ""/],
    [`{"type":1,"origin":"${"x".repeat(81)}"}`, /"origin" is "x+…: it must be/],
    ['{"type":1,"id":"two words"}', /"id" is "two words"/],
    ['{"type":1,"content":7}', /"content" is 7: it must be a text/],
    ['{"type":1,"content":"x","event":null}', /"event" is null: it must be an object/],
    ['{"type":1,"content":"x","event":{"title":"G"}}', /"event\.\w+" is missing/],
    [
      '{"type":1,"content":"x","event":{"type":"setup","title":"G","origin":"","clock":"0:00","period":1}}',
      /"event\.type" is "setup": it must be "event"/,
    ],
    ['{"__proto__":{"type":1}}', /"type" is missing/],
  ];
  for (const [line, problem] of bad) {
    const { steps, problems } = read(`{"type":1}\n${line}\n{"type":3}`);
    assert.equal(steps.length, 2, line);
    assert.equal(problems.length, 1, line);
    assert.match(problems[0]!, problem);
    assert.match(problems[0]!, /^line 2: .*, skipped$/);
  }
});

Deno.test("BOM, CRLF and empty lines are nothing to speak of, but they are counted", () => {
  const { steps, problems } = read('\ufeff{"type":1}\r\n\r\n   \n{"type":3}\r\nx\r\n');
  assert.deepEqual(steps.map(({ type }) => type), [1, 3]);
  assert.deepEqual(problems, ["line 5: not a JSON object, skipped"]);
});

Deno.test("bytes that are not UTF-8 cost their own line alone", () => {
  const bytes = Uint8Array.of(...encoder.encode('{"type":1}\n"'), 0xff, 0xfe, 10);
  const { steps, problems } = read(Uint8Array.of(...bytes, ...encoder.encode('{"type":3}')));
  assert.deepEqual(steps.map(({ type }) => type), [1, 3]);
  assert.deepEqual(problems, ["line 2: not UTF-8 text, skipped"]);
});

Deno.test("a line of more than 64 KB is skipped", () => {
  const { steps, problems } = read(`{"type":1,"content":"${"x".repeat(70_000)}"}\n{"type":3}\n`);
  assert.deepEqual(steps.map(({ type }) => type), [3]);
  assert.deepEqual(problems, ["line 1: longer than 64 KB, skipped"]);
});

Deno.test("a content that is too long is shortened, and that is reported", () => {
  const { steps, problems } = read(`{"type":1,"content":"${"ç".repeat(3000)}"}\n`);
  assert.match(steps[0]!.content, /^ç{300,}…$/);
  assert.equal(fitEvent(steps[0]!), steps[0]);
  assert.deepEqual(problems, ["line 1: content was too long and is shortened"]);
});

Deno.test("control characters never reach a listener's terminal", () => {
  const { content, event } = parse({
    type: 1,
    content: "\u001b[2Jgone\r\nnext\u0000",
    title: "\u0007",
    origin: "Fla\u009bmengo",
  });
  assert.equal(content, "[2Jgone next");
  assert.equal(event.title, "Foul");
  assert.equal(event.origin, "Fla mengo");
});

Deno.test("a lone surrogate, which UTF-8 can't carry, is replaced", () => {
  const result = parseEventLine('{"type":1,"content":"a\\ud800b"}', context);
  assert.ok(result.ok);
  assert.equal(result.value.content, "a\ufffdb");
});

Deno.test("whatever the bytes, reading never throws, and what comes out passes the wire", () => {
  const field = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }), fc.constant("home"));
  const names = [
    ...["type", "origin", "content", "title", "clock", "period", "time", "score", "id"],
    ...["supersedes", "event"],
  ];
  const almost = fc.record(
    Object.fromEntries(names.map((name) => [
      name,
      name === "type" ? fc.oneof(fc.integer({ min: 1, max: 20 }), field) : field,
    ])),
    { requiredKeys: ["type"] },
  ).map((value) => encoder.encode(JSON.stringify(value) + "\n"));
  const chunk = fc.oneof(almost, fc.uint8Array({ maxLength: 200 }));
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 10 }), (chunks) => {
      const reader = new EventLineReader(
        context,
        (problem) => assert.match(problem, /^line \d+: /),
      );
      const steps = [...chunks.flatMap((bytes) => [...reader.push(bytes)]), ...reader.end()];
      for (const { at: _at, event, ...step } of steps) {
        const id = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
        const sent = { ...step, count: 1, time: 0.5, event: { id, time: 0, ...event } };
        assert.ok(parseEvent(serializeEvent(sent)).ok, JSON.stringify(sent));
      }
    }),
    runs(500),
  );
});
