import assert from "node:assert/strict";
import fc from "fast-check";
import { EVENT_TYPES, type EventType, type TimelineEvent } from "../../../shared/event/event.ts";
import {
  MatchStatistics,
  MAX_STATISTICS_ROWS,
  type StatisticsRow,
} from "../../../shared/event/match_statistics.ts";
import { TITLES } from "../../../shared/event/titles.ts";
import { runs } from "../../runs.ts";

const TEAMS = { home: "Flamengo", away: "Santos" };

interface Words {
  readonly type?: EventType;
  readonly number?: number;
  readonly title?: string;
  readonly origin?: string;
  readonly supersedes?: string;
  readonly id?: string;
}

type Entry = Pick<TimelineEvent, "type" | "event">;

let made = 0;
function entry(words: Words = {}): Entry {
  const { type = "goal", origin = TEAMS.home, supersedes } = words;
  const { title = TITLES.en[type], number = EVENT_TYPES[type] } = words;
  const id = words.id ?? `entry-${made++}`;
  const event = { id, title, origin, type: "event", time: 0, clock: "00:00", period: 1 } as const;
  return { type: number, event: { ...event, ...(supersedes !== undefined && { supersedes }) } };
}

function sheet(...entries: readonly Entry[]): StatisticsRow[] {
  const statistics = new MatchStatistics();
  for (const one of entries) statistics.add(one);
  return statistics.rows(TEAMS);
}

const cell = (rows: readonly StatisticsRow[], title: string) => {
  const row = rows.find((row) => row.title === title);
  return row && [row.home, row.away];
};

Deno.test("a sheet has goals, shots, corners, fouls and cards from the beginning", () => {
  const rows = sheet();
  assert.deepEqual(rows.map(({ title }) => title), [
    "Goal",
    "Shot",
    "Corner",
    "Foul",
    "Yellow card",
    "Red card",
  ]);
  assert.ok(rows.every(({ home, away }) => home === 0 && away === 0));
});

Deno.test("each action counts for its team, in the language of the match", () => {
  const gol = { type: "goal", title: "Gol" } as const;
  const rows = sheet(entry(gol), entry({ ...gol, origin: TEAMS.away }), entry(gol));
  assert.deepEqual(cell(rows, "Gol"), [2, 1]);
  assert.deepEqual(cell(rows, "Escanteio"), [0, 0]);
  assert.equal(cell(rows, "Goal"), undefined);
});

Deno.test("what concerns both teams, a remark and a team that does not play are not counted", () => {
  const rows = sheet(
    entry({ type: "kickOff", origin: "" }),
    // Some sources name the team that kicks off, or the one that leads at the end.
    entry({ type: "kickOff" }),
    entry({ type: "fullTime" }),
    entry({ type: "note" }),
    entry({ origin: "Vasco" }),
  );
  assert.deepEqual(rows, sheet());
});

Deno.test("an event that a correction supersedes is not counted, whatever became of it", () => {
  const goal = entry();
  const other = entry({ origin: TEAMS.away, supersedes: goal.event.id });
  assert.deepEqual(cell(sheet(goal, other), "Goal"), [0, 1]);
  const offside = entry({ type: "offside", supersedes: other.event.id });
  const rows = sheet(goal, other, offside);
  assert.deepEqual([cell(rows, "Goal"), cell(rows, "Offside")], [[0, 0], [1, 0]]);
  const never = entry({ type: "note", title: "Correction", supersedes: offside.event.id });
  assert.deepEqual(cell(sheet(goal, other, offside, never), "Offside"), [0, 0]);
});

Deno.test("of two corrections of one event the later counts, and a copy counts once", () => {
  const goal = entry();
  const corner = entry({ type: "corner", supersedes: goal.event.id });
  const foul = entry({ type: "foul", supersedes: goal.event.id });
  const rows = sheet(goal, goal, corner, foul, foul);
  assert.deepEqual([cell(rows, "Goal"), cell(rows, "Corner"), cell(rows, "Foul")], [
    [0, 0],
    [0, 0],
    [1, 0],
  ]);
});

Deno.test("an own goal has a row of its own, below what was there before", () => {
  const rows = sheet(entry({ title: "Own goal", origin: TEAMS.away }), entry({ type: "save" }));
  assert.deepEqual(cell(rows, "Goal"), [0, 0]);
  assert.deepEqual(rows.slice(6).map(({ title, home, away }) => [title, home, away]), [
    ["Own goal", 0, 1],
    ["Save", 1, 0],
  ]);
});

Deno.test("another sport's sheet has its own actions alone", () => {
  const three = { title: "Three points", number: 2 };
  assert.deepEqual(sheet(entry(three)).map(({ title }) => title), ["Three points"]);
  const actions = [
    { title: "Three points", type: 2, both: false },
    { title: "Foul", type: 1, both: false },
    { title: "Time-out", type: 40, both: false },
    { title: "Jump ball", type: 6, both: true },
    { title: "Own goal", type: 2, both: false },
  ];
  const statistics = new MatchStatistics();
  const titles = () => statistics.rows(TEAMS, actions).map(({ title }) => title);
  assert.deepEqual(titles(), ["Three points", "Foul"]);
  statistics.add(entry({ title: "Time-out", number: 40 }));
  assert.deepEqual(titles(), ["Three points", "Foul", "Time-out"]);
});

Deno.test("a source with any number of titles makes no endless sheet", () => {
  const many = Array.from({ length: 2000 }, (_, index) => entry({ title: `Action ${index}` }));
  assert.equal(sheet(...many).length, MAX_STATISTICS_ROWS);
});

/** An entry, or a correction of one of those before it. */
const step = fc.record({
  type: fc.constantFrom<EventType>("goal", "corner", "foul", "note", "kickOff"),
  origin: fc.constantFrom(TEAMS.home, TEAMS.away, ""),
  corrects: fc.option(fc.nat(200), { nil: undefined, freq: 2 }),
});

Deno.test("the sheet counts exactly the entries that nothing supersedes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const entries: Entry[] = [];
      const standing = new Set<Entry>();
      for (const { type, origin, corrects } of steps) {
        // Of what still stands, as the studio and the desk of reports make corrections.
        const target = corrects === undefined ? undefined : [...standing][corrects % standing.size];
        const made = entry({ type, origin, ...(target && { supersedes: target.event.id }) });
        if (target) standing.delete(target);
        standing.add(made);
        entries.push(made);
      }
      const rows = sheet(...entries);
      for (const title of ["Goal", "Corner", "Foul"]) {
        const of = (team: string) =>
          [...standing].filter(({ event }) => event.title === title && event.origin === team)
            .length;
        assert.deepEqual(cell(rows, title), [of(TEAMS.home), of(TEAMS.away)]);
      }
    }),
    runs(200),
  );
});
