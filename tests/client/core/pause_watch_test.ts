import assert from "node:assert/strict";
import { PauseWatch } from "../../../client/core/pause_watch.ts";
import { T0 } from "../starts.ts";

Deno.test("without a pause no lateness is excused", () => {
  const watch = new PauseWatch();
  watch.onInput(T0, T0 + 20);
  watch.onInput(undefined, T0 + 5000);
  watch.onInput(T0 + 9000, T0 + 6000);
  assert.equal(watch.excuses(T0 + 20), false);
  assert.equal(watch.excuses(T0 + 6000), false);
});

Deno.test("after a pause, packets read at once are excused and later ones are not", () => {
  const watch = new PauseWatch();
  watch.onInput(T0, T0 + 700);
  assert.equal(watch.excuses(T0 + 700), true);
  assert.equal(watch.excuses(T0 + 790), true);
  assert.equal(watch.excuses(T0 + 900), false);
});

Deno.test("the length of a pause is returned once, however many packets are read then", () => {
  const watch = new PauseWatch();
  assert.equal(watch.onInput(T0, T0 - 5), 0);
  assert.equal(watch.onInput(T0, T0 + 30_000), 30_000);
  assert.equal(watch.onInput(T0, T0 + 30_000), 0);
  assert.equal(watch.onInput(T0, T0 + 30_002), 2);
  assert.equal(watch.onInput(undefined, T0 + 60_000), 0);
});

Deno.test("after a pause nothing is requested for 5 ms, in which the socket is read", () => {
  const watch = new PauseWatch();
  assert.equal(watch.onAdvance(T0, T0 + 10), -Infinity, "timers are that late");
  assert.equal(watch.onAdvance(T0 + 20, T0 + 31), T0 + 36);
  assert.equal(watch.onAdvance(T0 + 32, T0 + 33), T0 + 36);
});

Deno.test("a program that is always late still requests, each second time", () => {
  const watch = new PauseWatch();
  for (let round = 0; round < 10; round++) {
    const [deadline, now] = [T0 + 200 * round, T0 + 200 * round + 100];
    assert.equal(watch.onAdvance(deadline, now), now + 5);
    assert.equal(watch.onAdvance(now + 5, now + 90), now + 5, "no more waiting");
  }
});

Deno.test("after a pause nothing is requested as long as datagrams are read one after the other, at most 150 ms", () => {
  const watch = new PauseWatch();
  assert.equal(watch.onRead(T0), -Infinity, "no pause");
  watch.onAdvance(T0, T0 + 400);
  for (let since = 2; since < 150; since += 3) {
    const now = T0 + 400 + since;
    assert.equal(watch.onRead(now), Math.min(now + 5, T0 + 550));
    assert.ok(watch.onAdvance(T0, now) > now);
  }
  assert.equal(watch.onRead(T0 + 551), T0 + 550);
  assert.equal(watch.onAdvance(T0 + 550, T0 + 551), T0 + 550, "the end");
  assert.equal(watch.onRead(T0 + 552), T0 + 550);
});

Deno.test("a short pause holds no request back for longer than it was, however much comes", () => {
  const watch = new PauseWatch();
  watch.onAdvance(T0, T0 + 12);
  for (let since = 1; since < 100; since += 2) {
    assert.equal(watch.onRead(T0 + 12 + since), Math.min(T0 + 17 + since, T0 + 24));
  }
});

Deno.test("a program whose calls come late is strained, and for three seconds after that", () => {
  const watch = new PauseWatch();
  watch.onInput(T0 + 5, T0);
  watch.onInput(T0 + 5, T0 + 15);
  assert.equal(watch.isStrained, false, "10 ms are usual");
  watch.onInput(T0 + 5, T0 + 16);
  assert.equal(watch.isStrained, true);
  watch.onInput(undefined, T0 + 3015);
  assert.equal(watch.isStrained, true);
  watch.onInput(undefined, T0 + 3016);
  assert.equal(watch.isStrained, false);
});
