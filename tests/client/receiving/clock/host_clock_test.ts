import assert from "node:assert/strict";
import { HostClock } from "../../../../client/receiving/clock/host_clock.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { toNtp } from "../../../../shared/rtcp/ntp.ts";
import { T0 } from "../../starts.ts";

const EVERY = 4500;

interface Path {
  readonly down: number;
  readonly up: number;
  readonly jitter: number;
}

/** Exchanges over a path between two clocks. @returns the largest error of the offset after `settle` seconds. */
function exchange(
  clock: HostClock,
  offsetAt: (seconds: number) => number,
  path: (seconds: number) => Path,
  { from = 0, seconds = 600, settle = 60, seed = 1 } = {},
): number {
  const rng = new SeededRng(seed);
  let most = 0;
  for (let time = from * 1000; time < (from + seconds) * 1000; time += EVERY) {
    const { down, up, jitter } = path(time / 1000);
    const [thither, hither] = [up + jitter * rng.float(), down + jitter * rng.float()];
    const now = T0 + time + hither + offsetAt(time / 1000);
    clock.onExchange({ roundTrip: thither + hither, ntpTime: toNtp(T0 + time) }, now);
    if (time >= (from + settle) * 1000) {
      most = Math.max(most, Math.abs(clock.offsetAt(now)! - offsetAt(time / 1000)));
    }
  }
  return most;
}

Deno.test("one exchange tells the offset exactly when both ways take equally long", () => {
  const clock = new HostClock();
  assert.equal(clock.offsetAt(T0), undefined);
  assert.equal(clock.isKnown, false);
  clock.onExchange({ roundTrip: 160, ntpTime: toNtp(T0) }, T0 + 80 + 3000);
  assert.ok(Math.abs(clock.offsetAt(T0 + 3080)! - 3000) < 0.001);
});

for (const ppm of [-150, -100, 0, 100, 150]) {
  Deno.test(`clocks that drift by ${ppm} ppm are followed for an hour, in spite of jitter`, () => {
    const clock = new HostClock();
    const offset = (seconds: number) => -3000 + seconds * ppm / 1000;
    const most = exchange(clock, offset, () => ({ down: 80, up: 80, jitter: 5 }), {
      seconds: 3600,
    });
    assert.ok(most < 2, `wrong by ${most} ms`);
    assert.ok(Math.abs(clock.skew - ppm / 1e6) < 15e-6, `skew ${clock.skew}`);
  });
}

for (const ppm of [-500, -300, 300, 500]) {
  Deno.test(`even clocks that drift by ${ppm} ppm are followed for an hour, on a short path and a long one`, () => {
    for (const oneWay of [5, 150]) {
      const offset = (seconds: number) => 86_400_000 + seconds * ppm / 1000;
      const path = () => ({ down: oneWay, up: oneWay, jitter: 5 });
      const most = exchange(new HostClock(), offset, path, { seconds: 3600 });
      assert.ok(most < 4, `wrong by ${most} ms`);
    }
  });
}

Deno.test("a path that becomes slower or faster both ways changes nothing", () => {
  for (const step of [-60, 60]) {
    const path = (seconds: number) => {
      const oneWay = seconds < 300 ? 80 : 80 + step;
      return { down: oneWay, up: oneWay, jitter: 2 };
    };
    const most = exchange(new HostClock(), () => 3000, path, { seconds: 1500 });
    assert.ok(most < 1.5, `wrong by ${most} ms`);
  }
});

Deno.test("a path that becomes slower one way is wrong by half of that, after minutes and not more", () => {
  const clock = new HostClock();
  const path = (seconds: number) => ({ down: seconds < 300 ? 20 : 80, up: 20, jitter: 1 });
  const soon = exchange(clock, () => 3000, path, { seconds: 540 });
  assert.ok(soon < 5, `wrong by ${soon} ms within four minutes`);
  const later = exchange(clock, () => 3000, path, { from: 540, seconds: 900, settle: 0 });
  assert.ok(later < 35, `wrong by ${later} ms`);
});

Deno.test("a clock that was set or stood still is followed from the next exchange on", () => {
  for (const step of [-5000, -700, 700, 5000]) {
    const clock = new HostClock();
    const path = () => ({ down: 80, up: 80, jitter: 5 });
    exchange(clock, () => 3000, path, { seconds: 200 });
    const most = exchange(clock, () => 3000 + step, path, { from: 200, seconds: 9, settle: 0 });
    assert.ok(most <= 2.5, `wrong by ${most} ms after ${step} ms`);
  }
});

Deno.test("an echo that waited minutes in a socket, or was measured while the path was full, changes nothing", () => {
  const clock = new HostClock();
  exchange(clock, () => 3000, () => ({ down: 10, up: 10, jitter: 2 }), { seconds: 300 });
  const now = T0 + 301_000 + 3000;
  for (const wait of [200, 2000, 20_000]) {
    clock.onExchange({ roundTrip: 20 + wait, ntpTime: toNtp(now - 3000 - 10 - wait) }, now);
    assert.ok(Math.abs(clock.offsetAt(now)! - 3000) < 2, `${clock.offsetAt(now)}`);
  }
});

Deno.test("the wrap of NTP seconds in 2036 changes nothing", () => {
  const wrap = (2 ** 32 - 2_208_988_800) * 1000;
  const clock = new HostClock();
  for (let time = wrap - 60_000; time < wrap + 60_000; time += EVERY) {
    clock.onExchange({ roundTrip: 20, ntpTime: toNtp(time) }, time + 10 - 3000);
    assert.ok(Math.abs(clock.offsetAt(time)! + 3000) < 0.01, `${clock.offsetAt(time)}`);
  }
});
