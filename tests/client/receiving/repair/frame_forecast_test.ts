import assert from "node:assert/strict";
import { FrameForecast } from "../../../../client/receiving/repair/frame_forecast.ts";
import type { Arrival } from "../../../../client/receiving/stats/arrival.ts";
import { STARTS, T0 } from "../../starts.ts";

const TARGET = 200;

function arrival(sequence: number, after: number, fields: Partial<Arrival> = {}): Arrival {
  const payload = new Uint8Array(1);
  return { sequence, ticks: 0, frameNumber: 7, arrivedAt: T0 + after, payload, ...fields };
}

for (const start of STARTS) {
  Deno.test(`a packet without the marker is followed by another, from ${start}`, () => {
    const forecast = new FrameForecast({
      times: { targetMillis: TARGET },
      wantedFrom: () => start,
    });
    assert.ok(!forecast.isSure);
    for (let index = 0; index < 20; index++) forecast.onOriginal(arrival(start + index, index * 5));
    assert.ok(forecast.isSure);
    const overdue = forecast.expectedAt(start + 20) - T0 - 95;
    assert.ok(
      overdue > 20 && overdue < 50,
      "several times as late as they usually follow each other",
    );
    assert.equal(forecast.expectedAt(start + 21), Infinity, "it may be of the next frame");
    forecast.onRepaired(arrival(start + 20, 130));
    assert.ok(forecast.expectedAt(start + 21) > T0 + 130);
    forecast.onOriginal(arrival(start + 21, 140, { marker: true }));
    assert.ok(!forecast.isSure);
    assert.equal(forecast.expectedAt(start + 22), Infinity, "a screen may not change for long");
  });

  Deno.test(`a missing packet is wanted until the picture is past it, from ${start}`, () => {
    let wantedFrom = start;
    const forecast = new FrameForecast({
      times: { targetMillis: TARGET },
      wantedFrom: () => wantedFrom,
    });
    const missing = { sequence: start + 5, requestFrom: T0, requests: 3 };
    assert.ok(forecast.uselessFrom(missing) > T0 + TARGET + 1000, "also after its time");
    assert.ok(forecast.isUrgent(missing, T0 + TARGET + 100));
    assert.ok(!forecast.isUrgent(missing, T0 + TARGET + 1000));
    wantedFrom = start + 6;
    assert.equal(forecast.uselessFrom(missing), -Infinity);
  });
}

Deno.test("packets that overtake each other change nothing", () => {
  const forecast = new FrameForecast({ times: { targetMillis: TARGET }, wantedFrom: () => 0 });
  forecast.onOriginal(arrival(5, 10));
  forecast.onOriginal(arrival(3, 12, { marker: true, frameNumber: 6 }));
  assert.ok(forecast.isSure);
  assert.equal(forecast.expectedAt(6), T0 + 10 + 15);
});
