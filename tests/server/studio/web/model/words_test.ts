import assert from "node:assert/strict";
import {
  ageWords,
  bitrateWords,
  percentWords,
  type PillFacts,
  pillWords,
  putOutWords,
  worstLoss,
} from "../../../../../server/studio/web/model/words.ts";
import type { StudioListener } from "../../../../../shared/studio/studio_messages.ts";

const LISTENER: StudioListener = {
  id: "00112233aabbccdd",
  address: "192.168.0.7:5000",
  hasOwnToken: false,
  ageMillis: 0,
  lossPercent: {},
};
const FACTS: PillFacts = {
  link: { state: "open" },
  isKnown: true,
  ending: "",
  isDriving: true,
  channels: { kind: "media", sound: { state: "off" }, screen: { state: "off" } },
  listeners: 3,
  now: 0,
};
const channels = (sound: "off" | "live" | "paused", screen: "off" | "live" | "paused") => ({
  kind: "media" as const,
  sound: { state: sound },
  screen: { state: screen },
});

Deno.test("the pill says what is nearest to the page", () => {
  const title = (more: Partial<PillFacts>) => pillWords({ ...FACTS, ...more }).title;
  assert.equal(title({}), "Ready");
  assert.equal(title({ channels: channels("live", "off") }), "On air");
  assert.equal(title({ channels: channels("live", "paused") }), "Paused");
  const watching = { channels: channels("live", "paused"), isDriving: false };
  assert.equal(title(watching), "Watching");
  assert.equal(title({ isKnown: false }), "Connecting");
  assert.equal(title({ ...watching, ending: "over" }), "The broadcast is over");
  const lost = pillWords({ ...FACTS, link: { state: "lost", retryAt: 1500 }, now: 100 });
  assert.deepEqual([lost.title, lost.detail], ["The host is gone", "again in 2 s"]);
});

Deno.test("times, losses and rates are short", () => {
  const ages = [0, 45_000, 61_000, 3_600_000 + 5 * 60_000].map(ageWords);
  assert.deepEqual(ages, ["now", "45 s", "1 min", "1 h 05 min"]);
  const losses = [undefined, 0, 0.01, 0.44, 12.3].map(percentWords);
  assert.deepEqual(losses, ["–", "0 %", "< 0.1 %", "0.4 %", "12 %"]);
  assert.deepEqual([32_000, 1_250_000].map(bitrateWords), ["32 kbit/s", "1.3 Mbit/s"]);
});

Deno.test("the worst channel counts, and none before the first report", () => {
  assert.equal(worstLoss(LISTENER), undefined);
  assert.equal(
    worstLoss({ ...LISTENER, lossPercent: { audio: 1, screen: 4, data: undefined } }),
    4,
  );
});

Deno.test("the question says whether who is put out can come back", () => {
  const named = { ...LISTENER, name: "Ana" };
  const shared = putOutWords(named, "shared");
  assert.equal(shared.question, "Put out Ana?");
  assert.match(shared.detail, /token of the link.*can come back/);
  assert.equal(shared.canRevoke, false);
  assert.match(putOutWords(named, "open").detail, /open to everybody.*can come back/);
  const own = putOutWords({ ...LISTENER, tokenName: "Bo", hasOwnToken: true }, "own");
  assert.equal(own.question, "Put out Bo?");
  assert.match(own.detail, /its own/);
  assert.equal(own.canRevoke, true);
  assert.equal(putOutWords(LISTENER, "open").question, "Put out 192.168.0.7:5000?");
});
