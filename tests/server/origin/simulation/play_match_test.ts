import assert from "node:assert/strict";
import fc from "fast-check";
import { type Incident, MANNERS } from "../../../../server/origin/simulation/incident.ts";
import { playMatch } from "../../../../server/origin/simulation/play_match.ts";
import {
  MAX_SUBSTITUTIONS,
  MAX_WINDOWS,
  type Player,
  type SideName,
} from "../../../../server/origin/simulation/squad.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import type { EventType } from "../../../../shared/event/event.ts";
import { runs } from "../../../runs.ts";

const teams = { home: "Flamengo", away: "Grêmio" };
const play = (seed: number) => [...playMatch(new SeededRng(seed), teams)];
const anySeed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const typeOf = ({ manner }: Incident): EventType => MANNERS[manner];
const everyMatch = (check: (incidents: Incident[]) => void) =>
  fc.assert(fc.property(anySeed, (seed) => check(play(seed))), runs(300));

Deno.test("the same seed plays the same match, another one another", () => {
  assert.deepEqual(play(7), play(7));
  assert.notDeepEqual(play(7), play(8));
});

Deno.test("a match has one kick-off, half-time, second half and full time, in this order", () => {
  everyMatch((incidents) => {
    const marks = ["kickOff", "halfTime", "secondHalf", "fullTime"];
    const told = incidents.map(typeOf).filter((type) => marks.includes(type));
    assert.deepEqual(told, marks);
    assert.equal(typeOf(incidents[0]!), "kickOff");
    assert.equal(typeOf(incidents.at(-1)!), "fullTime");
    assert.equal(incidents.filter((incident) => typeOf(incident) === "addedTime").length, 2);
  });
});

Deno.test("time only grows, and the clock with it within a half", () => {
  everyMatch((incidents) => {
    for (const [index, incident] of incidents.entries()) {
      const next = incidents[index + 1];
      if (!next) break;
      assert.ok(next.at > incident.at, `${incident.manner} then ${next.manner}`);
      if (next.period !== incident.period) continue;
      assert.equal(next.at - incident.at, (next.clockSeconds - incident.clockSeconds) * 1000);
    }
    const [start, secondHalf] = incidents.filter(({ manner }) => /kickOff|secondHalf/.test(manner));
    assert.equal(start!.at, 0);
    assert.equal(start!.clockSeconds, 0);
    assert.equal(secondHalf!.clockSeconds, 45 * 60);
  });
});

Deno.test("a half lasts as long as was shown, and what is under way is finished", () => {
  everyMatch((incidents) => {
    for (const period of [1, 2]) {
      const half = incidents.filter((incident) => incident.period === period);
      const shown = half.find(({ manner }) => manner === "addedTime")!;
      assert.ok(shown.clockSeconds >= period * 45 * 60);
      assert.ok(shown.minutes! >= 1 && shown.minutes! <= 9);
      const lasted = half.at(-1)!.clockSeconds - period * 45 * 60;
      assert.ok(lasted > shown.minutes! * 60 && lasted < shown.minutes! * 60 + 400, `${lasted} s`);
    }
  });
});

Deno.test("the score is the goals so far", () => {
  everyMatch((incidents) => {
    const goals = { home: 0, away: 0 };
    for (const incident of incidents) {
      if (typeOf(incident) === "goal") goals[incident.side!]++;
      assert.deepEqual(incident.goals, [goals.home, goals.away]);
    }
  });
});

Deno.test("only players on the pitch take part: not the sent off, the replaced, the bench", () => {
  everyMatch((incidents) => {
    const gone = new Set<Player>();
    const came = new Set<Player>();
    const acted = new Set<Player>();
    for (const { manner, player, other } of incidents) {
      const isChange = MANNERS[manner] === "substitution";
      if (isChange) {
        assert.ok(!acted.has(player!), `${player!.name} comes on twice or after having played`);
        came.add(player!);
      }
      for (const someone of [player, other]) {
        if (!someone) continue;
        assert.ok(!gone.has(someone), `${someone.name} takes part in ${manner} after leaving`);
        acted.add(someone);
      }
      if (isChange) gone.add(other!);
      if (MANNERS[manner] === "redCard") gone.add(player!);
    }
    assert.ok(came.size <= 2 * MAX_SUBSTITUTIONS);
  });
});

Deno.test("each side changes at most five players, in at most three stops and at half-time", () => {
  everyMatch((incidents) => {
    for (const side of ["home", "away"] as SideName[]) {
      const changes = incidents.filter((incident) =>
        incident.side === side && typeOf(incident) === "substitution"
      );
      assert.ok(changes.length <= MAX_SUBSTITUTIONS);
      // Within one stoppage substitutions are a few seconds apart; those of half-time follow the restart.
      const stops = changes.filter((change, index) => {
        const previous = changes[index - 1];
        const isAtHalfTime = change.period === 2 && change.clockSeconds < 45 * 60 + 40;
        return !isAtHalfTime && !(previous && change.at - previous.at <= 8000);
      });
      assert.ok(stops.length <= MAX_WINDOWS, `${stops.length} stops`);
    }
  });
});

Deno.test("a second yellow is followed by a red card of the same player, a first never", () => {
  everyMatch((incidents) => {
    const booked = new Set<Player>();
    for (const [index, incident] of incidents.entries()) {
      if (typeOf(incident) !== "yellowCard") continue;
      const isSecond = booked.has(incident.player!);
      assert.equal(incident.manner === "yellowSecond", isSecond);
      booked.add(incident.player!);
      const next = incidents[index + 1]!;
      assert.equal(next.manner === "redSecond" && next.player === incident.player, isSecond);
    }
  });
});

Deno.test("every consequence follows its cause", () => {
  everyMatch((incidents) => {
    for (const [index, { manner, side, player }] of incidents.entries()) {
      const before = incidents.slice(Math.max(0, index - 3), index);
      if (manner === "penalty") {
        assert.equal(before.at(-1)!.manner, "foul");
        assert.equal(before.at(-1)!.other, player);
        assert.notEqual(before.at(-1)!.side, side);
      }
      if (/^(goalPenalty|penaltySaved|penaltyMissed)$/.test(manner)) {
        assert.ok(before.some((cause) => cause.manner === "penalty"), manner);
      }
      if (manner === "goalCorner") assert.equal(before.at(-1)!.manner, "corner");
      if (manner === "yellow" || manner === "redStraight") {
        assert.ok(before.some((cause) => cause.manner === "foul" && cause.player === player));
      }
      if (manner === "substitutionInjury") assert.equal(before.at(-1)!.manner, "injury");
    }
  });
});

Deno.test("matches have the averages of top leagues", () => {
  const counts: Partial<Record<EventType, number>> = {};
  let attempts = 0;
  const matches = 300;
  for (let seed = 1; seed <= matches; seed++) {
    for (const incident of play(seed)) {
      const type = typeOf(incident);
      counts[type] = (counts[type] ?? 0) + 1 / matches;
      if (/^(goal|shot|save)$/.test(type)) attempts += 1 / matches;
    }
  }
  const bands: [number | undefined, number, number][] = [
    [counts.foul, 22, 26],
    [attempts, 20, 25],
    [counts.goal, 2.3, 3.1],
    [counts.save, 5, 8],
    [counts.corner, 8.5, 11.5],
    [counts.offside, 3.3, 5],
    [counts.yellowCard, 3.3, 4.7],
    [counts.redCard, 0.1, 0.3],
    [counts.penalty, 0.18, 0.42],
    [counts.substitution, 7.5, 10],
    [counts.injury, 1.5, 3.5],
  ];
  for (const [count, least, most] of bands) {
    assert.ok(
      count! >= least && count! <= most,
      `${count} not in ${least}..${most}: ${JSON.stringify(counts)}`,
    );
  }
});

Deno.test("a team that is a player short attacks less for the rest of the match", () => {
  const attacks = { short: 0, full: 0 };
  for (let seed = 0; seed < 3000; seed++) {
    const incidents = play(seed);
    const red = incidents.findIndex((incident) => typeOf(incident) === "redCard");
    if (red < 0) continue;
    for (const { manner, side } of incidents.slice(red + 1)) {
      if (!/^(goal|goalAssisted|shot\w+|save)$/.test(manner)) continue;
      const attacker = manner === "save" ? (side === "home" ? "away" : "home") : side;
      attacks[attacker === incidents[red]!.side ? "short" : "full"]++;
    }
  }
  assert.ok(attacks.short + attacks.full > 1000);
  assert.ok(attacks.short < 0.75 * attacks.full, JSON.stringify(attacks));
});
