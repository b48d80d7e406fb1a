import assert from "node:assert/strict";
import {
  type DataSituation,
  dataWords,
  paceWords,
  timeOfDay,
} from "../../../../viewer/web/model/data_words.ts";

const LIVE: DataSituation = {
  data: { isSent: true },
  end: undefined,
  isInTouch: true,
  hasMessage: true,
  staleSeconds: 0,
  interval: () => 2000,
};

Deno.test("each situation has its words, of several the one that explains the others", () => {
  const cases: readonly [changes: Partial<DataSituation>, tone: string, words: RegExp][] = [
    [{}, "live", /^Live $/],
    [{ hasMessage: false }, "wait", /Waiting for the first message/],
    [{ staleSeconds: 7 }, "stale", /no message for 7 s, usually one every 2 s\.$/],
    [{ staleSeconds: 7, interval: () => undefined }, "stale", /no message for 7 s\.$/],
    [{ staleSeconds: 7, isInTouch: false }, "stale", /nothing comes from the host/],
    [{ data: { isSent: false }, isInTouch: false }, "over", /stopped sending data.*last values/],
    [
      { end: "The broadcast is over", data: { isSent: false } },
      "over",
      /The broadcast is over.*last values/,
    ],
    [{ end: "The broadcast is over", hasMessage: false }, "over", /The broadcast is over\. $/],
    [
      { end: "The host no longer answers", isInTouch: false },
      "over",
      /^The host no longer answers\. .*last values/,
    ],
  ];
  for (const [changes, tone, words] of cases) {
    const shown = dataWords({ ...LIVE, ...changes });
    assert.equal(shown.tone, tone, JSON.stringify(changes));
    assert.match(`${shown.title} ${shown.text}`, words);
  }
});

Deno.test("a pace is said by what is round, and a time without its day when that is today", () => {
  assert.deepEqual([0, 16.7, 100, 1000, 1400, 10_000].map(paceWords), [
    "1000 a second",
    "60 a second",
    "10 a second",
    "1.0 a second",
    "one every 1 s",
    "one every 10 s",
  ]);
  const noon = new Date(2026, 4, 1, 12, 3, 5).getTime();
  assert.equal(timeOfDay(noon, noon + 1000), "12:03:05");
  assert.equal(timeOfDay(noon, noon + 86_400_000), "2026-05-01 12:03:05");
  assert.equal(timeOfDay(1e300, noon), "–");
});
