import assert from "node:assert/strict";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { atLeast, simulateErrorRates, tableRows, TRIALS } from "./error_rates.ts";
import { type MatchCounts, simulateStands, type StandsOptions } from "./simulated_stands.ts";

const TEXT = await Deno.readTextFile(new URL("../../../../docs/voting.md", import.meta.url));

Deno.test("docs/voting.md has the error rates that the rule has", () => {
  const rates = simulateErrorRates();
  const rows = TEXT.split("\n").filter((line) => /^\| +\d+ +\| +\d+ +\|/.test(line));
  const cells = rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
  assert.deepEqual(cells, tableRows(rates));
  for (const { reporters, needed, falseAt2Percent, falseAt5Percent, missed } of rates) {
    isAbout(falseAt2Percent, atLeast(needed, reporters, 0.02));
    isAbout(falseAt5Percent, atLeast(needed, reporters, 0.05));
    isAbout(1 - missed, atLeast(needed, reporters, 0.6 * 0.98));
  }
  assert.equal(atLeast(3, 50, 0.02).toFixed(3), "0.078");
});

Deno.test("50 report 100 matches, 2 % wrong, over a network that loses and reorders", () => {
  const sum = play({ reporters: 50, wrong: 0.02 }, 100);
  assert.ok(sum.falseConfirmed <= 1, "at most one false confirmation in all");
  assert.ok(sum.missed < 0.02 * sum.happened);
  assert.equal(sum.twice, 0);
});

Deno.test("5 % liars who agree confirm nothing while others report, and what they like in pauses", () => {
  const sum = play({ reporters: 50, wrong: 0.02, liars: 3 }, 20);
  assert.equal(sum.falseConfirmed, 0);
  assert.ok(sum.liesInPauses >= 20, "two suffice while nobody else has reported");
  assert.ok(sum.missed < 0.02 * sum.happened);
  assert.equal(sum.twice, 0);
});

function play(options: StandsOptions, matches: number): MatchCounts {
  // Always the same matches: how many errors there are is a matter of chance.
  const rng = new SeededRng(14);
  const played = Array.from({ length: matches }, () => simulateStands(rng, options));
  const add = (name: keyof MatchCounts) => played.reduce((sum, one) => sum + one[name], 0);
  const sum = {
    ...{ happened: add("happened"), missed: add("missed"), twice: add("twice") },
    ...{ falseConfirmed: add("falseConfirmed"), liesInPauses: add("liesInPauses") },
    reports: add("reports"),
  };
  console.log(JSON.stringify(sum));
  return sum;
}

/** Within four standard deviations. */
function isAbout(simulated: number, calculated: number): void {
  const deviation = Math.sqrt(calculated * (1 - calculated) / TRIALS);
  assert.ok(Math.abs(simulated - calculated) <= 4 * deviation + 2 / TRIALS);
}
