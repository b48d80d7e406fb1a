import assert from "node:assert/strict";
import { playCrowd } from "./reports_crowd.ts";
import { MINUTE } from "./reports_scene.ts";

Deno.test("a crowd reports over a bad network: the timeline is the same for all, and nothing is in it twice", () => {
  for (const isPlain of [false, true]) {
    const match = { seed: 14, reporters: 20, wrong: 0.02, millis: 4 * MINUTE, isPlain };
    const { happened, missed, twice, falseConfirmed } = playCrowd(match);
    assert.ok(happened > 1, `${happened} events`);
    assert.deepEqual({ missed, twice, falseConfirmed }, { missed: 0, twice: 0, falseConfirmed: 0 });
  }
});
