import assert from "node:assert/strict";
import { FetchWindow } from "../../../../client/receiving/past/fetch_window.ts";

/** A window after round trips of `millis` without loss. */
function grown(rounds: number, millis = 20): FetchWindow {
  const window = new FetchWindow();
  for (let round = 0; round < rounds; round++) roundTrip(window, millis);
  return window;
}

function roundTrip(window: FetchWindow, millis: number): void {
  for (let left = window.size; left > 0; left--) window.onArrived(millis);
}

Deno.test("it starts at 8, doubles each round trip and stops at 256", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 9].map((rounds) => grown(rounds).size), [
    8,
    16,
    32,
    256,
    256,
    256,
  ]);
});

Deno.test("a loss halves it once a round trip; then it grows by one each round trip", () => {
  const window = grown(4);
  window.onLost(100, 120);
  assert.equal(window.size, 64);
  for (const requestedAt of [101, 110, 120]) window.onLost(requestedAt, 125);
  assert.equal(window.size, 64, "requested before it was halved");
  for (let round = 0; round < 11; round++) roundTrip(window, 20);
  assert(window.size >= 73 && window.size <= 75, `${window.size}`);
  window.onLost(121, 140);
  assert(window.size >= 36 && window.size <= 37, `${window.size}`);
});

Deno.test("few losses leave 16, many 8, and losses with delay 2", () => {
  const few = grown(3);
  const many = grown(3);
  const queueing = grown(3);
  for (let now = 100; now < 2000; now += 20) {
    few.onLost(now, now + 10);
    for (let left = 20; left > 0; left--) few.onArrived(20);
    many.onLost(now, now + 10);
    many.onArrived(20);
    queueing.onArrived(200);
    queueing.onLost(now, now + 10);
  }
  assert(few.size >= 16 && few.size <= 18, `${few.size}`);
  assert.equal(many.size, 8);
  assert.equal(queueing.size, 2);
});

Deno.test("a loss at the very start makes it no larger", () => {
  const window = new FetchWindow();
  window.onLost(5, 10);
  assert.equal(window.size, 8);
});

Deno.test("the timeout follows the round trip, within bounds", () => {
  assert.equal(new FetchWindow().timeout, 300);
  assert.equal(grown(3, 1).timeout, 50);
  const far = grown(3, 400).timeout;
  assert(far >= 425 && far <= 1000, `${far}`);
  assert.equal(grown(3, 5000).timeout, 1000);
});
