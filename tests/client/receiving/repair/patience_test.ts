import assert from "node:assert/strict";
import { Patience } from "../../../../client/receiving/repair/patience.ts";
import { T0 } from "../../starts.ts";

const ROUND_TRIP = { smoothed: 100 };

Deno.test("needless requests lengthen the wait at most once in a round trip", () => {
  const patience = new Patience(ROUND_TRIP, () => true);
  for (let at = 0; at < 100; at += 20) patience.onNeedless(T0 + at);
  assert.equal(patience.millis, 5);
  patience.onNeedless(T0 + 100);
  assert.equal(patience.millis, 10);
});

Deno.test("the wait stays short enough for an answer, whatever comes late", () => {
  const patience = new Patience(ROUND_TRIP, () => true);
  for (let at = 0; at < 100; at++) patience.onNeedless(T0 + 1000 * at);
  assert.equal(patience.millis, 20);
});

Deno.test("sixteen lost packets in a row shorten the wait again, down to nothing", () => {
  const patience = new Patience(ROUND_TRIP, () => true);
  for (const at of [0, 1000]) patience.onNeedless(T0 + at);
  for (let lost = 0; lost < 15; lost++) patience.onLost();
  assert.equal(patience.millis, 10);
  patience.onNeedless(T0 + 2000);
  for (let lost = 0; lost < 15; lost++) patience.onLost();
  assert.equal(patience.millis, 15, "the count began anew");
  for (let lost = 0; lost < 100; lost++) patience.onLost();
  assert.equal(patience.millis, 0);
});

Deno.test("while only the path is late the wait stays as it is: longer ones would leave no time for an answer", () => {
  const patience = new Patience(ROUND_TRIP, () => false);
  for (let at = 0; at < 10; at++) patience.onNeedless(T0 + 1000 * at);
  assert.equal(patience.millis, 0);
});
