import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Connection } from "../../../../shared/page/page.ts";
import { teamHues, teamInitials } from "../../../../viewer/web/model/team_color.ts";
import {
  connectionWords,
  earlierWords,
  formatBytes,
  formatMillis,
  plural,
  pluralOf,
  saysMore,
} from "../../../../viewer/web/model/words.ts";

const connected: Connection = { state: "connected", since: 0, server: "host:1", reason: "" };

Deno.test("the connection that fails first is the one named", () => {
  const open = { state: "open" } as const;
  const lost = { state: "lost", retryAt: 3500 } as const;
  const words = (...args: Parameters<typeof connectionWords>) => {
    const { tone, title, detail } = connectionWords(...args);
    return `${tone}: ${title} ${detail}`;
  };
  assert.equal(words(open, connected, 0), "good: Connected host:1");
  assert.equal(words(lost, connected, 1000), "bad: Reconnecting again in 3 s");
  assert.equal(words(lost, connected, 9000), "bad: Reconnecting again in 1 s");
  assert.equal(words(open, { ...connected, state: "silent" }, 0), "bad: No signal from host:1");
  const refused = { ...connected, state: "rejected", reason: "full (1402)" } as const;
  for (const link of [open, lost]) {
    assert.equal(
      words(link, refused, 0, "The host did not let you in"),
      "bad: The host did not let you in ",
    );
  }
  const over = { ...connected, state: "ended", reason: "The broadcast is over" } as const;
  assert.equal(words(lost, over, 0, "The host does not answer"), "over: The host does not answer ");
});

Deno.test("one is not many, and what is not shown is said for what it is", () => {
  assert.deepEqual([0, 1, 2, 1234].map((count) => plural(count, "event")), [
    "0 events",
    "1 event",
    "2 events",
    "1,234 events",
  ]);
  const from = (first: number, length: number) =>
    earlierWords(Array.from({ length }, (_, index) => ({ count: first + index })));
  assert.equal(from(1, 0), "");
  assert.equal(from(1, 500), "");
  assert.equal(from(41, 3), "Tuned in at event 41");
  assert.equal(from(2, 500), "1 earlier event is not shown here");
  assert.equal(from(65, 500), "64 earlier events are not shown here");
});

Deno.test("what a match counts is in the plural, and an unknown title stays", () => {
  const titles = ["Goal", "Save", "Substitution", "Penalty", "Injury", "Impedimento"];
  assert.deepEqual(titles.map(pluralOf), [
    "Goals",
    "Saves",
    "Substitutions",
    "Penalties",
    "Injuries",
    "Impedimento",
  ]);
});

Deno.test("numbers keep the digits that matter", () => {
  assert.deepEqual([0.04, 12.34, 250.4].map(formatMillis), ["0.0 ms", "12.3 ms", "250 ms"]);
  const bytes = [0, 820, 14_200, 3_100_000, 5e12].map(formatBytes);
  assert.deepEqual(bytes, ["0 B", "820 B", "14.2 kB", "3.1 MB", "5000.0 GB"]);
});

Deno.test("two teams never look alike, and always look the same", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (home, away) => {
    const [one, other] = teamHues(home, away);
    const turn = Math.abs(one - other);
    assert.ok(Math.min(turn, 360 - turn) >= 70, `${one} and ${other}`);
    assert.ok(one >= 0 && one < 360 && other >= 0 && other < 360);
    assert.deepEqual(teamHues(home, away), [one, other]);
  }));
});

Deno.test("initials stand for a team", () => {
  const names = ["Flamengo", "Red Bull Bragantino", "São Paulo", "", "Ü", "🇧🇷 🏳️‍🌈 x"];
  assert.deepEqual(names.map(teamInitials), ["FLA", "RBB", "SÃO", "", "Ü", "🇧🇷🏳️‍🌈X"]);
});

Deno.test("a text that only repeats title and team says nothing more", () => {
  assert.equal(saysMore("Kick-off", "", "Kick-off"), false);
  assert.equal(saysMore("Goal", "Flamengo", "Goal: Flamengo"), false);
  assert.equal(saysMore("Goal", "Flamengo", "What a shot"), true);
  assert.equal(saysMore("Goal", "", "Goal: Flamengo"), true);
});
