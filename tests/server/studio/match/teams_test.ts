import assert from "node:assert/strict";
import { foreign, Studio, TEAMS } from "./kit.ts";

const OTHERS = { home: "Palmeiras", away: "Santos" };

/** A match whose teams have no names yet. */
function open(): Studio {
  return new Studio({ teams: undefined } as object);
}

function teamsOf({ control: { setup: { home, away } } }: Studio): string[] {
  return [home, away];
}

Deno.test("the host names the teams; from then on events have these names, and count for them", () => {
  const studio = open();
  assert.deepEqual(teamsOf(studio), ["Home", "Away"]);
  studio.say({ do: "teams", home: " Palmeiras\u0007", away: "Santos" });
  assert.deepEqual(teamsOf(studio), ["Palmeiras", "Santos"]);
  assert.equal(studio.try({ do: "event", title: "Goal", origin: "Home" }).ok, false);
  studio.press("Goal", "Santos");
  studio.press("Own goal", "Santos");
  studio.pass(6000);
  assert.deepEqual(studio.told, ["Goal Santos 0 x 1", "Own goal Santos 1 x 1"]);
  assert.match(studio.entries.at(-1)!.content, /counts for Palmeiras/);
});

Deno.test("the teams can be named while no event names one, and the page is told why not later", () => {
  const studio = open();
  studio.press("Kick-off");
  studio.say({ do: "note", text: "A clear sky" });
  studio.pass(6000);
  assert.equal(studio.state.teamsFixed, undefined);
  studio.say({ do: "teams", ...OTHERS });
  const goal = studio.press("Goal", "Palmeiras");
  assert.match(studio.state.teamsFixed!, /undo it/);
  assert.equal(studio.try({ do: "teams", ...TEAMS }).text, studio.state.teamsFixed);
  studio.say({ do: "undo", event: goal });
  studio.pass(1000);
  studio.say({ do: "teams", ...TEAMS });
  studio.press("Foul", "Flamengo");
  studio.pass(6000);
  assert.match(studio.state.teamsFixed!, /names stay/);
  const refusal = studio.try({ do: "teams", ...OTHERS });
  assert.deepEqual([refusal.ok, refusal.text], [false, studio.state.teamsFixed]);
  assert.deepEqual(teamsOf(studio), [TEAMS.home, TEAMS.away]);
  studio.restart();
  assert.equal(studio.try({ do: "teams", ...OTHERS }).ok, false, "also after a restart");
});

Deno.test("names that make no sense are refused, and names are not changed many times a second", () => {
  const studio = open();
  const { setup } = studio.control;
  const refused = (home: string, away: string, why: RegExp) => {
    const { ok, text } = studio.try({ do: "teams", home, away });
    assert.equal(ok, false);
    assert.match(text!, why);
  };
  refused("", "Santos", /both teams/);
  refused("Santos", " \u202e", /both teams/);
  refused("Santos", "Santos ", /different/);
  refused("x".repeat(41), "Santos", /40 characters/);
  refused("勝".repeat(40), "Santos", /40 characters/);
  assert.equal(studio.control.setup, setup);
  studio.say({ do: "teams", ...OTHERS });
  studio.pass(900);
  studio.say({ do: "teams", ...OTHERS });
  refused("Vasco", "Bahia", /moment ago/);
  studio.pass(100);
  studio.say({ do: "teams", home: "Vasco", away: "Bahia" });
});

Deno.test("the teams of another source of events are named by that source", () => {
  const teamsFixed = "The events of --events are of these teams";
  const studio = new Studio({ teamsFixed });
  assert.equal(studio.state.teamsFixed, teamsFixed);
  assert.equal(studio.try({ do: "teams", ...OTHERS }).text, teamsFixed);
  studio.push([foreign("goal", TEAMS.home, "1 x 0")]);
  assert.equal(studio.state.teamsFixed, teamsFixed);
});
