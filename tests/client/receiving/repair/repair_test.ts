import assert from "node:assert/strict";
import { Forecast } from "../../../../client/receiving/repair/forecast.ts";
import { Repair } from "../../../../client/receiving/repair/repair.ts";
import type { Arrival } from "../../../../client/receiving/stats/arrival.ts";
import { RoundTrip } from "../../../../shared/rtcp/round_trip.ts";
import { SEQUENCE_STARTS } from "../../../loopback/scenario.ts";
import { T0 } from "../../starts.ts";

const FRAME = 20;
const RATE = 1000;
const TARGET = 120;
const TRIP = 24;

/** A stream with a packet every 20 ms over a path without delay, and the requests for its packets. */
function open(start: number, { isPaced = true, base = start } = {}) {
  const roundTrip = new RoundTrip();
  for (let times = 0; times < 30; times++) roundTrip.add(TRIP);
  const dueAt = (mediaTime: number) => mediaTime + T0 + TARGET;
  const times = { lowestTransit: T0, targetMillis: TARGET, dueAt };
  const forecast = isPaced ? new Forecast({ clockRate: RATE, aheadMillis: 0, times }) : undefined;
  const repair = new Repair({ first: start, base, roundTrip, forecast, capacity: 50 });
  const asked: { readonly at: number; readonly numbers: number[] }[] = [];
  let now = T0;
  const run = (until: number) => {
    for (; repair.deadline <= T0 + until; now = Math.max(now, repair.deadline)) {
      now = Math.max(now, repair.deadline);
      const sequences = repair.poll(now);
      const numbers = sequences?.map((sequence) => sequence - start);
      if (numbers) asked.push({ at: now - T0, numbers });
    }
    now = T0 + until;
  };
  const arrival = (number: number, at: number): Arrival => ({
    sequence: start + number,
    ticks: number * FRAME,
    arrivedAt: T0 + at,
    payload: new Uint8Array(),
  });
  const original = (number: number, at = number * FRAME) => {
    run(at);
    return repair.onOriginal(arrival(number, at), 0);
  };
  const again = (number: number, at: number) => {
    run(at);
    return repair.onRetransmission(arrival(number, at));
  };
  return { repair, asked, run, original, again };
}

for (const start of SEQUENCE_STARTS) {
  Deno.test(`an overdue packet is requested at once and repeatedly, only while it can come in time, from ${start}`, () => {
    const { asked, run, original, repair } = open(start);
    for (const number of [0, 1, 2]) original(number);
    run(65);
    assert.deepEqual(asked, []);
    original(4);
    assert.deepEqual(asked[0], { at: 70, numbers: [3] }, "10 ms after it was due");
    for (let number = 5; number < 20; number++) original(number);
    const times = asked.map(({ at }) => at);
    assert.deepEqual(new Set(asked.flatMap(({ numbers }) => numbers)), new Set([3]));
    assert.deepEqual(new Set(times.slice(1).map((at, index) => at - times[index]!)), new Set([3]));
    // It is played at 60 + 120; a request later than one round trip before that would be in vain.
    assert.ok(times.at(-1)! < 180 - TRIP && times.at(-1)! > 180 - TRIP - 10, `${times.at(-1)}`);
    assert.equal(repair.missingCount, 0);
    assert.equal(repair.requestCount, asked.length);
  });

  Deno.test(`one request names all missing packets, from ${start}`, () => {
    const { asked, original } = open(start);
    for (const number of [0, 1, 2, 6, 7]) original(number);
    assert.deepEqual(asked[0]!.numbers, [3]);
    assert.deepEqual(asked.at(-1)!.numbers, [3, 4, 5]);
  });

  Deno.test(`a packet that came but cannot be opened yet is not requested, from ${start}`, () => {
    const { asked, run, original, repair } = open(start, { isPaced: false });
    original(0);
    repair.onUnopened(start + 1, T0 + 1000);
    original(3, 60);
    run(500);
    assert.deepEqual(new Set(asked.flatMap(({ numbers }) => numbers)), new Set([2]));
    original(2, 500);
    assert.equal(repair.deadline, T0 + 1000, "nothing to do until then");
    run(999);
    assert.ok(asked.every(({ numbers }) => !numbers.includes(1)));
    run(1100);
    assert.deepEqual(asked.at(-1)!.numbers, [1], "the packet could not be opened after all");
    original(1, 1100);
    assert.equal(repair.deadline, Infinity);
  });

  Deno.test(`an original after its repair was not lost, so the repair no longer counts, from ${start}`, () => {
    const { repair, original, again } = open(start);
    for (const number of [0, 1, 3]) original(number);
    assert.equal(again(2, 75), true);
    repair.onRepaired(start + 2, "nack");
    assert.equal(repair.repairedCount, 1);
    assert.equal(again(2, 76), false, "a copy is not needed");
    assert.equal(original(2, 77), false, "its repair is played");
    assert.deepEqual([repair.repairedCount, repair.retransmissionCount], [0, 2]);
    assert.equal(original(4, 81), true);
  });

  Deno.test(`packets that the host says it has sent are missing too, from ${start}`, () => {
    const { repair, asked, run, original } = open(start);
    for (const number of [0, 1, 2]) original(number);
    repair.onEnd();
    repair.onSent(start + 4, T0 + 80);
    run(85);
    assert.deepEqual(asked, []);
    run(95);
    assert.deepEqual(asked[0], { at: 90, numbers: [3, 4] });
  });

  Deno.test(`packets of a pause are not requested, and losses after it are, from ${start}`, () => {
    const { asked, original, repair } = open(start);
    for (const number of [0, 1, 2]) original(number);
    const shift = 50;
    original(2 + shift, (2 + shift) * FRAME);
    const pause = asked.length;
    assert.ok(pause < 140, "overdue packets are not requested for long");
    repair.onEnd();
    original(3 + shift, (3 + shift) * FRAME);
    assert.ok(repair.deadline < Infinity, "the packets of the jump are missing");
  });

  Deno.test(`without a pace a packet is requested until it comes, less and less often, from ${start}`, () => {
    const { asked, run, original, again, repair } = open(start, {
      isPaced: false,
      base: start + 1,
    });
    original(3, 0);
    run(30_000);
    const times = asked.map(({ at }) => at);
    assert.equal(times[0], 10);
    assert.ok(times.length > 30 && times.length < 45, `${times.length} requests`);
    assert.ok(times.at(-1)! - times.at(-2)! === 1000);
    assert.deepEqual(asked.at(-1)!.numbers, [0, 1, 2]);
    for (const number of [0, 1, 2]) {
      assert.equal(again(number, 30_000), true);
      repair.onRepaired(start + number, "nack");
    }
    assert.equal(repair.repairedCount, 2, "the first was sent before this listener joined");
    assert.equal(repair.deadline, Infinity);
  });
}

Deno.test("with a report all missing packets are requested, whatever the time since the last request", () => {
  const { repair, original, run } = open(0);
  for (const number of [0, 1, 2, 4]) original(number);
  run(81);
  assert.deepEqual(repair.repeat(T0 + 81), [3]);
  assert.deepEqual(repair.repeat(T0 + 82), [3]);
  repair.onEnd();
  assert.equal(open(0).repair.repeat(T0), undefined);
});

Deno.test("after the host's goodbye no further packet becomes overdue", () => {
  const { repair, asked, run, original } = open(0);
  for (const number of [0, 1, 2, 3]) original(number);
  repair.onEnd();
  run(5000);
  assert.deepEqual(asked, []);
});

Deno.test("forged packets with a future key delay the request once, not for ever", () => {
  const { repair, run, asked } = open(100, { isPaced: false });
  for (let at = 0; at < 10_000; at += 500) {
    run(at);
    repair.onUnopened(101, T0 + at + 2000);
    repair.onSent(101, T0 + at);
  }
  const first = asked.find(({ numbers }) => numbers.includes(1));
  assert.ok(first && first.at >= 2000 && first.at < 2600, `${first?.at}`);
});
