import assert from "node:assert/strict";
import fc from "fast-check";
import { middleBits, type NtpTime, toNtp } from "../../../shared/rtcp/ntp.ts";
import { runs } from "../../runs.ts";

Deno.test("known instants", () => {
  // RFC 868 gives these seconds since 1900 itself.
  assert.deepEqual(toNtp(0), { seconds: 2_208_988_800, fraction: 0 });
  assert.deepEqual(toNtp(Date.UTC(1976, 0, 1)), { seconds: 2_398_291_200, fraction: 0 });
  assert.deepEqual(toNtp(Date.UTC(1980, 0, 1)), { seconds: 2_524_521_600, fraction: 0 });
  assert.deepEqual(toNtp(500.25).fraction, Math.floor(0.50025 * 2 ** 32));
  assert.deepEqual(toNtp(250), { seconds: 2_208_988_800, fraction: 0x4000_0000 });
});

Deno.test("the 32 bits of seconds end in February 2036 and begin anew", () => {
  const end = Date.UTC(2036, 1, 7, 6, 28, 16);
  assert.equal(toNtp(end - 1).seconds, 0xffff_ffff);
  assert.equal(toNtp(end).seconds, 0);
});

Deno.test("the middle bits are LSR's: 16 of the seconds, 16 of the fraction", () => {
  // RFC 3550 figure 2: 10 Nov 1995 11:33:25.125 UTC has NTP time 0xb44db705:20000000.
  const time = Date.UTC(1995, 10, 10, 11, 33, 25, 125);
  assert.deepEqual(toNtp(time), { seconds: 0xb44d_b705, fraction: 0x2000_0000 });
  assert.equal(middleBits(toNtp(time)), 0xb705_2000);
  assert.equal(middleBits({ seconds: 0xffff_ffff, fraction: 0xffff_ffff }), 0xffff_ffff);
  assert.equal(middleBits({ seconds: 0x1_0000, fraction: 0xffff }), 0);
});

Deno.test("the round trip of RFC 3550 figure 2 comes out at 6.125 s", () => {
  // A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 5.250 s.
  const arrival = middleBits({ seconds: 0xb44d_b710, fraction: 0x8000_0000 });
  const roundTrip = (arrival - 0xb705_2000 - 0x0005_4000) / 65_536;
  assert.equal(roundTrip, 6.125);
});

Deno.test("an instant survives the way there and back to a microsecond, and is never later", () => {
  const instant = fc.double({ min: 0, max: Date.UTC(2036, 0, 1), noNaN: true });
  fc.assert(
    fc.property(instant, (time) => {
      const ntp = toNtp(time);
      assert.ok(Number.isInteger(ntp.seconds) && ntp.seconds < 2 ** 32);
      assert.ok(Number.isInteger(ntp.fraction) && ntp.fraction >= 0 && ntp.fraction < 2 ** 32);
      assert.ok(Math.abs(toUnixMillis(ntp) - time) < 0.001);
    }),
    runs(500),
  );
});

/** Reverses toNtp within era 0, which ends in 2036. */
function toUnixMillis({ seconds, fraction }: NtpTime): number {
  return (seconds - 2_208_988_800) * 1000 + fraction * 1000 / 2 ** 32;
}
