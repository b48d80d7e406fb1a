import assert from "node:assert/strict";
import { ago, minuteSplits, timeWords } from "../../../../viewer/web/model/chart_frame.ts";

Deno.test("labels of a chart's time have room: each minute, or each second one in a narrow chart", () => {
  assert.deepEqual(minuteSplits(600), [-240, -180, -120, -60, 0]);
  assert.deepEqual(minuteSplits(164), [-240, -120, 0]);
  const widthOfLabel = 36;
  for (let plot = 120; plot < 1200; plot++) {
    const [first = 0, second = 0] = minuteSplits(plot);
    assert.ok((second - first) / 300 * plot > widthOfLabel, `${plot} pixels`);
  }
});

Deno.test("the right end of a chart is now, and after the end it is the end", () => {
  assert.deepEqual([-240, -60, 0].map((at) => timeWords(at)), ["4 min", "1 min", "now"]);
  assert.deepEqual([-240, 0].map((at) => timeWords(at, true)), ["4 min", "end"]);
  assert.equal(ago(-125.4), "2:05 ago");
  assert.equal(ago(-5, true), "0:05 before the end");
});
