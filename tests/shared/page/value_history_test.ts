import assert from "node:assert/strict";
import * as fc from "fast-check";
import { BIN_MILLIS, HISTORY_BINS, ValueHistory } from "../../../shared/page/value_history.ts";

Deno.test("each half second has its lowest, highest and last number", () => {
  const history = new ValueHistory();
  history.push({ a: 3, text: "x" }, 1000);
  history.push({ a: 7 }, 1100);
  history.push({ a: 5 }, 1499);
  history.push({ a: 1 }, 2500);
  assert.deepEqual(history.points("a"), {
    seconds: [-1.5, 0],
    low: [3, 1],
    high: [7, 1],
    last: [5, 1],
  });
  assert.deepEqual(history.points("text").seconds, []);
});

Deno.test("what is older than five minutes is forgotten, value by value", () => {
  const history = new ValueHistory();
  history.push({ a: 1, b: 1 }, 0);
  history.push({ a: 2 }, HISTORY_BINS * BIN_MILLIS - 1);
  assert.deepEqual(history.points("a").last, [1, 2]);
  history.push({ a: 3 }, HISTORY_BINS * BIN_MILLIS);
  assert.deepEqual(history.points("a").last, [2, 3]);
  assert.deepEqual(history.points("b").last, []);
  history.push({ b: 4 }, 1e12);
  assert.deepEqual([history.points("a").last, history.points("b").last], [[], [4]]);
});

Deno.test("a time that goes back a little changes nothing that was, one that goes far back begins anew", () => {
  const history = new ValueHistory();
  history.push({ a: 1 }, 60_000);
  history.push({ a: 2 }, 58_000);
  assert.deepEqual(history.points("a"), {
    seconds: [-2, 0],
    low: [2, 1],
    high: [2, 1],
    last: [2, 1],
  });
  history.push({ a: 3 }, 1000);
  assert.deepEqual(history.points("a").last, [3]);
});

Deno.test("whatever the times are, what is held stays bounded and every point is in the window", () => {
  const time = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
  const message = fc.record({ time, value: fc.double({ noNaN: true, noDefaultInfinity: true }) });
  fc.assert(fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
    const history = new ValueHistory();
    for (const { time, value } of messages) {
      history.push({ a: value }, time);
      const { seconds, low, high, last } = history.points("a");
      assert.ok(seconds.length > 0 && seconds.length <= HISTORY_BINS);
      assert.ok(seconds.every((second, at) => second <= 0 && second > (seconds[at - 1] ?? -300)));
      assert.ok(last.every((number, at) => low[at]! <= number && number <= high[at]!));
    }
  }));
});

Deno.test("a copy that gets the same numbers again is the same", () => {
  const values = fc.array(
    fc.record({
      step: fc.integer({ min: 0, max: 2000 }),
      a: fc.float({ noNaN: true, min: -9, max: 9 }),
    }),
    { minLength: 1, maxLength: 50 },
  );
  fc.assert(fc.property(values, fc.nat({ max: 60 }), (steps, overlap) => {
    const [one, copy] = [new ValueHistory(), new ValueHistory()];
    let time = 1e12;
    const messages = steps.map(({ step, a }) => ({ time: time += step, a }));
    for (const { time, a } of messages) one.push({ a }, time);
    copy.put("a", one.take("a"), one.newest!);
    for (const { time, a } of messages.slice(-1 - overlap)) copy.push({ a }, time);
    assert.deepEqual(copy.points("a"), one.points("a"));
  }));
});

Deno.test("a thousand values are the most", () => {
  const history = new ValueHistory();
  const names = Array.from({ length: 1200 }, (_, at) => [`v${at}`, at] as const);
  history.push(Object.fromEntries(names), 0);
  assert.equal([...history.names].length, 1000);
  assert.ok(history.bytes <= 14_400_000);
});
