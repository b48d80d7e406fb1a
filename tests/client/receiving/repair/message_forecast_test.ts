import assert from "node:assert/strict";
import fc from "fast-check";
import { MessageForecast } from "../../../../client/receiving/repair/message_forecast.ts";
import { packData } from "../../../../shared/data/fragments.ts";
import { runs } from "../../../runs.ts";
import { STARTS, T0 } from "../../starts.ts";

const TARGET = 200;
const MAX_AGE = 5000;

function open(supersededAt = () => -Infinity) {
  return new MessageForecast({ times: { targetMillis: TARGET }, supersededAt, maxAge: MAX_AGE });
}

/** The packets of messages of these sizes, those of a small one between those of a large one where that follows. */
function packets(start: number, ...sizes: number[]) {
  return sizes.flatMap((size, index) => packData(index + 1, new Uint8Array(size)))
    .map((packet, index) => ({
      ...packet,
      sequence: start + index,
      ticks: 0,
      arrivedAt: T0 + 2 * index,
    }));
}

for (const start of STARTS) {
  Deno.test(`a fragment without the marker is followed by as many as its message needs, from ${start}`, () => {
    const forecast = open();
    assert.ok(!forecast.isSure);
    const [one, two, ...others] = packets(start, 5000);
    forecast.onOriginal(one!);
    forecast.onOriginal(two!);
    assert.ok(forecast.isSure);
    assert.equal(others.length, 3);
    const expected = [2, 3, 4, 5].map((index) => forecast.expectedAt(start + index));
    assert.ok(expected[0]! > T0 + 2 + 14 && expected[0]! < T0 + 30);
    assert.ok(expected[1]! >= expected[0]! && expected[2]! >= expected[1]!);
    assert.equal(expected[3], Infinity, "what comes then is not known");
    assert.equal(forecast.expectedAt(start + 1), Infinity, "it came");
    for (const other of others) forecast.onOriginal(other);
    assert.ok(!forecast.isSure);
  });

  Deno.test(`packets between may be its own, so that fewer are sure to follow, from ${start}`, () => {
    const forecast = open();
    const [one] = packets(start, 5000);
    const [small] = packets(start + 3, 10);
    forecast.onOriginal(one!);
    forecast.onOriginal({ ...small!, payload: packData(2, new Uint8Array(10))[0]!.payload });
    // Two are missing, of four.
    assert.ok(forecast.expectedAt(start + 5) < Infinity);
    assert.equal(forecast.expectedAt(start + 6), Infinity);
    // A repaired one tells more.
    forecast.onRepaired({ ...packets(start, 5000)[1]!, arrivedAt: T0 + 40 });
    assert.ok(forecast.expectedAt(start + 5) < Infinity);
  });
}

Deno.test("a missing packet is wanted until a message is given out that was numbered after it was missed", () => {
  let supersededAt = -Infinity;
  const forecast = open(() => supersededAt);
  const missing = { sequence: 7, requestFrom: T0 + 50, requests: 3 };
  assert.equal(forecast.uselessFrom(missing), T0 + 50 + TARGET + MAX_AGE);
  assert.ok(forecast.isUrgent(missing, T0 + 300));
  assert.ok(!forecast.isUrgent(missing, T0 + 1000));
  supersededAt = T0 + 50;
  assert.ok(forecast.uselessFrom(missing) > T0, "that message may have had it");
  supersededAt = T0 + 51;
  assert.equal(forecast.uselessFrom(missing), -Infinity);
});

Deno.test("it never expects a packet that is not sent, whatever is lost, and follows few messages at a time", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(sizes, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (sizes, lost) => {
      const forecast = open();
      const all = packets(0, ...sizes);
      all.forEach((packet, index) => {
        if (!lost[index % lost.length]) forecast.onOriginal(packet);
        // Here messages are sent one after the other: what is expected is of the one under way.
        for (let ahead = 1; ahead < 12; ahead++) {
          if (index + ahead >= all.length) {
            assert.equal(forecast.expectedAt(index + ahead), Infinity);
          }
        }
      });
    }),
    runs(100),
  );
});

Deno.test("forged beginnings without end are not followed for ever", () => {
  const forecast = open();
  for (let number = 1; number <= 1000; number++) {
    const { payload } = packData(number, new Uint8Array(3000))[0]!;
    forecast.onOriginal({ sequence: number, ticks: 0, arrivedAt: T0, payload });
  }
  assert.ok(forecast.expectedAt(1000 + 16 * 2) < Infinity);
  assert.equal(forecast.expectedAt(1000 + 16 * 2 + 1), Infinity);
});
