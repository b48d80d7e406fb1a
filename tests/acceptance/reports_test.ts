import assert from "node:assert/strict";
import { playCrowd } from "../loopback/reports_crowd.ts";
import { MINUTE } from "../loopback/reports_scene.ts";
import type { MatchCounts } from "../server/origin/reports/simulated_stands.ts";

const MATCHES = 100;

Deno.test("50 report 100 matches, 2 % wrong, through edge and listeners over a bad network", () => {
  // Always the same matches: how many errors there are is a matter of chance.
  const played = Array.from(
    { length: MATCHES },
    (_, index) =>
      playCrowd({
        seed: 1400 + index,
        reporters: 50,
        wrong: 0.02,
        millis: 15 * MINUTE,
        isPlain: true,
      }),
  );
  const add = (name: keyof MatchCounts) => played.reduce((sum, one) => sum + one[name], 0);
  const [happened, missed, twice] = [add("happened"), add("missed"), add("twice")];
  const falseConfirmed = add("falseConfirmed");
  console.log(JSON.stringify({ happened, missed, twice, falseConfirmed, reports: add("reports") }));
  assert.ok(falseConfirmed <= 1, "at most one false confirmation in all");
  assert.ok(missed < 0.02 * happened);
  assert.equal(twice, 0);
});
