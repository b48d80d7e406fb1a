import assert from "node:assert/strict";
import { CatchUp, MAX_PAST_PACKETS } from "../../../../client/receiving/repair/catch_up.ts";
import { RoundTrip } from "../../../../shared/rtcp/round_trip.ts";
import { STARTS } from "../../starts.ts";

const ROUND_TRIP = 30;

function open(oldest: number, next: number): CatchUp {
  const roundTrip = new RoundTrip();
  roundTrip.add(ROUND_TRIP);
  return new CatchUp({ oldest, next, roundTrip });
}

const upTo = (end: number, first: number) =>
  Array.from({ length: end - first }, (_, index) => first + index);

for (const start of STARTS) {
  const [key, next] = [start + 100, start + 200];
  Deno.test(`a gap in the past is requested soon, and again until it is filled, from ${start}`, () => {
    const catchUp = open(start, next);
    assert.equal(catchUp.deadline, Infinity, "nothing of the past is known");
    for (const sequence of upTo(key + 20, key)) {
      if (sequence !== key + 5) catchUp.onCame(sequence, sequence - key);
    }
    assert.ok(catchUp.deadline <= 15);
    assert.deepEqual(catchUp.poll(-Infinity, true, 30), [key + 5]);
    assert.deepEqual(catchUp.poll(-Infinity, true, 31), [], "not at once again");
    assert.ok(catchUp.deadline - 30 <= ROUND_TRIP);
    assert.deepEqual(catchUp.poll(-Infinity, true, catchUp.deadline), [key + 5]);
    catchUp.onCame(key + 5, 45);
    assert.deepEqual(catchUp.poll(-Infinity, true, catchUp.deadline), []);
  });

  Deno.test(`the end of the past is requested when no more comes, from ${start}`, () => {
    const catchUp = open(start, next);
    for (const sequence of upTo(next - 4, key)) catchUp.onCame(sequence, 0);
    assert.deepEqual(catchUp.poll(-Infinity, true, 40), []);
    assert.deepEqual(catchUp.poll(-Infinity, true, 80), upTo(next, next - 4));
  });

  Deno.test(`what is before the first is requested while no key frame has begun, from ${start}`, () => {
    const catchUp = open(start, next);
    for (const sequence of upTo(next, key + 3)) catchUp.onCame(sequence, 0);
    assert.deepEqual(catchUp.poll(-Infinity, false, 20), upTo(key + 3, key + 3 - 16));
    const early = open(start, start + 10);
    for (const sequence of upTo(start + 10, start + 3)) early.onCame(sequence, 0);
    assert.deepEqual(
      early.poll(-Infinity, false, 20),
      upTo(start + 3, start),
      "none before the stream",
    );
  });

  Deno.test(`what the picture is past is not requested, from ${start}`, () => {
    const catchUp = open(start, next);
    for (const sequence of [key, key + 50]) catchUp.onCame(sequence, 0);
    assert.deepEqual(catchUp.poll(key + 40, true, 20), upTo(key + 50, key + 40));
    assert.deepEqual(catchUp.poll(next, true, 40), []);
    assert.equal(catchUp.deadline, Infinity);
  });
}

Deno.test("a request names few packets, the first ones", () => {
  const catchUp = open(0, 1000);
  for (const sequence of [0, 999]) catchUp.onCame(sequence, 0);
  assert.deepEqual(catchUp.poll(-Infinity, true, 20), upTo(33, 1));
});

Deno.test("when nothing of the past comes for some seconds, nothing more is requested", () => {
  const catchUp = open(0, 1000);
  catchUp.onCame(10, 0);
  let requests = 0;
  while (catchUp.deadline !== Infinity) {
    requests += Math.sign(catchUp.poll(-Infinity, true, catchUp.deadline).length);
  }
  assert.ok(requests > 50 && requests < 400, `${requests}`);
});

Deno.test("packets older than an edge keeps are not requested", () => {
  const next = 100_000;
  const catchUp = open(0, next);
  catchUp.onCame(next - MAX_PAST_PACKETS + 2, 0);
  const from = next - MAX_PAST_PACKETS;
  assert.deepEqual(catchUp.poll(-Infinity, false, 20), [from, from + 1]);
});

Deno.test("only packets before the join are past", () => {
  const catchUp = open(0, 50);
  assert.deepEqual([49, 50, 51].map((sequence) => catchUp.isPast(sequence)), [true, false, false]);
});
