import assert from "node:assert/strict";
import { Soak } from "../../../scripts/soak/soak.ts";
import { seedsOf } from "../../runs.ts";

for (const seed of seedsOf({ short: 1, long: 2 })) {
  Deno.test(`two short matches with all that can happen: every event arrives, every ledger adds up, seed ${seed}`, () => {
    const soak = new Soak({ seed, listeners: 12, matchMinutes: 6 });
    for (let minute = 1; minute <= 14; minute++) {
      soak.passMinute();
      if (minute % 3 === 0) soak.check();
    }
    soak.check();
    const { matches, eventsHeard, rebindings, outages } = soak.counts;
    assert.ok(matches >= 2 && eventsHeard > 100 && rebindings > 5 && outages > 5);
  });
}
