import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Incident,
  type Manner,
  MANNERS,
} from "../../../../server/origin/simulation/incident.ts";
import { Phrasebook, PHRASES } from "../../../../server/origin/simulation/phrasebook.ts";
import { playMatch } from "../../../../server/origin/simulation/play_match.ts";
import {
  type SimulatedStep,
  simulateMatch,
} from "../../../../server/origin/simulation/simulate_match.ts";
import type { Language } from "../../../../shared/event/titles.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import {
  EVENT_TYPES,
  parseEvent,
  parseScore,
  serializeEvent,
  type TimelineEvent,
  TYPES_OF_BOTH_TEAMS,
} from "../../../../shared/event/event.ts";
import { runs } from "../../../runs.ts";

const anySeed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyLanguage = fc.constantFrom<Language>("en", "pt");
const teams = { home: "Flamengo", away: "Grêmio" };
const simulate = (seed: number, language: Language = "en") => [
  ...simulateMatch({ ...teams, seed, language }),
];

/** The timeline entry of a step. */
function entryOf({ at: _at, event, ...step }: SimulatedStep, index: number): TimelineEvent {
  const id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  return {
    ...step,
    count: index + 1,
    time: 1763600000000.25,
    event: { ...event, id, time: 1763599998500.125 },
  };
}

Deno.test("the same seed gives the same match; the language changes only the text", () => {
  assert.deepEqual(simulate(5), simulate(5));
  const facts = ({ type, score, at, event: { origin, clock, period } }: SimulatedStep) => ({
    type,
    score,
    at,
    origin,
    clock,
    period,
  });
  fc.assert(
    fc.property(anySeed, (seed) => {
      assert.deepEqual(simulate(seed, "en").map(facts), simulate(seed, "pt").map(facts));
    }),
    runs(50),
  );
});

Deno.test("kick-off, whistles and added time are of no team; a goal is of one", () => {
  const whistles = simulate(7).filter(({ type }) => TYPES_OF_BOTH_TEAMS.has(type));
  assert.deepEqual(new Set(whistles.map(({ type }) => type)), TYPES_OF_BOTH_TEAMS);
  for (const { event } of whistles) assert.equal(event.origin, "", event.title);
  const goals = simulate(7).filter(({ type }) => type === EVENT_TYPES.goal);
  for (const { event } of goals) assert(Object.values(teams).includes(event.origin));
});

Deno.test("every event is valid on the wire and comes back unchanged", () => {
  fc.assert(
    fc.property(anySeed, anyLanguage, (seed, language) => {
      for (const [index, step] of simulate(seed, language).entries()) {
        const event = entryOf(step, index);
        assert.deepEqual(parseEvent(serializeEvent(event)), { ok: true, value: event });
      }
    }),
    runs(60),
  );
});

Deno.test("names of forty characters fit, even the widest ones", () => {
  const widest = "漢".repeat(40);
  for (const [home, away] of [["W".repeat(40), "M".repeat(40)], [widest, widest + "字"]]) {
    for (let seed = 0; seed < 20; seed++) {
      const steps = [...simulateMatch({ home: home!, away: away!, seed, language: "pt" })];
      for (const [index, step] of steps.entries()) {
        const { length } = serializeEvent(entryOf(step, index));
        assert.ok(length <= 1000);
        if (home !== widest) assert.ok(!step.content.endsWith("…"), step.content);
      }
    }
  }
});

Deno.test("the score only grows, with each goal event, and the texts have the same score", () => {
  fc.assert(
    fc.property(anySeed, anyLanguage, (seed, language) => {
      let [home, away] = [0, 0];
      for (const { type, score, content, event } of simulate(seed, language)) {
        if (type === EVENT_TYPES.goal) event.origin === "Flamengo" ? home++ : away++;
        assert.deepEqual(parseScore(score), [home, away]);
        const told = content.match(/Flamengo (\d+)(?:-| x )(\d+) Grêmio/);
        if (told) assert.deepEqual([Number(told[1]), Number(told[2])], [home, away]);
        if (type === EVENT_TYPES.goal) assert.ok(told, `a goal without its score: ${content}`);
      }
    }),
    runs(100),
  );
});

Deno.test("the clock continues in added time", () => {
  const steps = simulate(3);
  const halfTime = steps.find(({ type }) => type === EVENT_TYPES.halfTime)!;
  assert.match(halfTime.event.clock, /^4[5-9]:|^5\d:/);
  assert.equal(halfTime.event.period, 1);
  assert.equal(steps.find(({ type }) => type === EVENT_TYPES.secondHalf)!.event.clock, "45:00");
  assert.match(steps.at(-1)!.event.clock, /^9\d:|^10\d:/);
});

Deno.test("no phrase is used twice in a row", () => {
  fc.assert(
    fc.property(anySeed, anyLanguage, (seed, language) => {
      const last = new Map<number, string>();
      for (const { type, content } of simulate(seed, language)) {
        assert.notEqual(content, last.get(type));
        last.set(type, content);
      }
    }),
    runs(100),
  );
});

for (const [language, phrases] of Object.entries(PHRASES)) {
  Deno.test(`phrases in ${language}: enough, all different, known placeholders, no gaps`, () => {
    const frequent =
      /^(foul|offside|corner|shotWide|shotBlocked|save|goal|goalAssisted|yellow|substitution|note\w+)$/;
    for (const [manner, ways] of Object.entries(phrases)) {
      assert.ok(ways.length >= (frequent.test(manner) ? 8 : 3), `${manner}: ${ways.length}`);
      assert.equal(new Set(ways).size, ways.length, manner);
      for (const way of ways) {
        const rest = way.replaceAll(
          /\{(player|other|fullPlayer|fullOther|team|opponent|home|away|scoreline|minute|added)\}/g,
          "X",
        );
        assert.doesNotMatch(rest, /[{}]| {2}|^\s|\s$/, way);
        assert.match(rest, /[.!]$/, way);
      }
    }
  });
}

Deno.test("every phrase can be filled for its incidents: no placeholder lacks a value", () => {
  const shape = (text: string) =>
    new RegExp(
      `^${text.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{\w+\}/g, ".+")}( .+)?$`,
    );
  for (const [language, phrases] of Object.entries(PHRASES)) {
    const phrasebook = new Phrasebook(new SeededRng(1), language as Language, teams);
    for (const [manner, incident] of oneOfEach()) {
      const said = Array.from({ length: 300 }, () => phrasebook.say(incident));
      for (const way of phrases[manner]) {
        assert.ok(
          said.some((content) => shape(way).test(content)),
          `${manner}: never said: ${way}`,
        );
      }
    }
  }
});

/** Real incidents, one of each manner. */
function oneOfEach(): Map<Manner, Incident> {
  const found = new Map<Manner, Incident>();
  for (let seed = 0; found.size < Object.keys(MANNERS).length; seed++) {
    assert.ok(seed < 5000, "some manner never happens");
    for (const incident of playMatch(new SeededRng(seed), teams)) {
      found.set(incident.manner, incident);
    }
  }
  return found;
}
