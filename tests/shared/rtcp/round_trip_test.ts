import assert from "node:assert/strict";
import fc from "fast-check";
import { RoundTrip } from "../../../shared/rtcp/round_trip.ts";
import { middleBits, toNtp } from "../../../shared/rtcp/ntp.ts";
import { T0 } from "../../client/starts.ts";

const UNIT = 1000 / 65_536;

Deno.test("the round trip is what passed less what the host held it, through every wrap", () => {
  const day = 86_400_000;
  const cases = fc.record({
    sentAt: fc.double({ min: T0, max: T0 + 2 * day, noNaN: true }),
    trip: fc.double({ min: 0, max: 25_000, noNaN: true }),
    held: fc.double({ min: 0, max: 6000, noNaN: true }),
  });
  fc.assert(fc.property(cases, ({ sentAt, trip, held }) => {
    const roundTrip = new RoundTrip();
    const delaySince = Math.round(held / UNIT);
    roundTrip.onEcho(middleBits(toNtp(sentAt)), delaySince, sentAt + trip + held);
    assert.ok(Math.abs(roundTrip.latest! - trip) <= 2 * UNIT, `${roundTrip.latest}, not ${trip}`);
  }));
});

Deno.test("no echo, and one of nonsense, measure nothing", () => {
  const roundTrip = new RoundTrip();
  roundTrip.onEcho(0, 0, T0);
  roundTrip.onEcho(middleBits(toNtp(T0 - 120_000)), 0, T0);
  assert.equal(roundTrip.latest, undefined);
});

Deno.test("the smoothed one is RFC 6298's", () => {
  const roundTrip = new RoundTrip();
  const echo = (millis: number) => roundTrip.onEcho(middleBits(toNtp(T0 - millis)), 0, T0);
  echo(100);
  assert.ok(Math.abs(roundTrip.smoothed - 100) < 0.1);
  assert.ok(Math.abs(roundTrip.variation - 50) < 0.1);
  echo(200);
  assert.ok(Math.abs(roundTrip.variation - (0.75 * 50 + 0.25 * 100)) < 0.1);
  assert.ok(Math.abs(roundTrip.smoothed - (0.875 * 100 + 0.125 * 200)) < 0.1);
});

Deno.test("a round trip below what the format can say is zero, not 18 hours", () => {
  const roundTrip = new RoundTrip();
  roundTrip.onEcho(middleBits(toNtp(T0)), 3, T0);
  assert.equal(roundTrip.latest, 0);
});
