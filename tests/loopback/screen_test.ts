import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
import { lengthOf, seedsOf } from "../runs.ts";
import { bursts, percentile } from "./repair_cell.ts";
import { assertExact } from "./scenario.ts";
import { ScreenScene, type ScreenShape, USUAL } from "./screen_scene.ts";

/** In decoding order, the place at which each frame is shown: I P B B P B B …, where each P is referred to. */
const withBFrames = (place: number): number => {
  if (place === 0 || place > 57) return place;
  return place % 3 === 1 ? place + 2 : place - 1;
};

const SHAPES: Readonly<Record<string, ScreenShape>> = {
  "H.264, 30 a second": USUAL,
  "VP8, 15 a second": { ...USUAL, codec: "vp8", rate: 15, keyEvery: 30, bytes: 11_000 },
  "H.264 with B-frames": { ...USUAL, shownAt: withBFrames },
};

for (const [name, shape] of Object.entries(SHAPES)) {
  Deno.test(`listeners with paths of 5 and 80 ms and clocks 3 s off show the same frames at the same moment: ${name}`, () => {
    const oneWay = [5, 80, 20];
    const ahead = [-3000, 3000, 0];
    const path = (index: number) => ({ delayMillis: oneWay[index]!, jitterMillis: 3 });
    const scene = new ScreenScene(shape, {
      seed: 11,
      towardsListener: path,
      towardsHost: path,
      clockAhead: (index) => ahead[index]!,
    }, { waitFor: 3 });
    const listeners = oneWay.map(() => scene.addListener({ latency: 300 }));
    scene.run(40_000);
    const shown = listeners.map((listener) =>
      new Map(scene.shownBy(listener).map(({ number, at }) => [number, at]))
    );
    const numbers = [...shown[0]!.keys()];
    assert.ok(numbers.length > 39 * shape.rate * 0.9);
    assert.deepEqual(numbers, Array.from(numbers, (_, index) => index), "from the first frame on");
    for (const other of shown) assert.deepEqual([...other.keys()], numbers);
    const apart = numbers.map((number) => {
      const times = shown.map((at) => at.get(number)!);
      return Math.max(...times) - Math.min(...times);
    });
    assert.ok(percentile(apart, 0.99) <= 15, `${percentile(apart, 0.99)} ms apart`);
    scene.finish();
    for (const listener of listeners) {
      assertExact(scene.world, listener);
      const ledger = scene.world.channel(listener, "screen");
      assert.deepEqual([ledger.framesDropped, ledger.freezeCount, ledger.pliCount], [0, 0, 0]);
      assert.equal(ledger.framesReceived, scene.shownBy(listener).length);
    }
  });
}

/** The longest a frame was shown after it was due, and how often a frame was late, by frames shown in time. */
function lateness(scene: ScreenScene, { rate }: ScreenShape): { late: number; most: number } {
  const [listener] = scene.world.listeners;
  const shown = scene.shownBy(listener!);
  const begin = percentile(shown.map(({ number, at }) => at - number * 1000 / rate), 0.5);
  const late = shown.map(({ number, at }) => at - number * 1000 / rate - begin);
  return { late: late.filter((by) => by > 5).length, most: Math.max(...late) };
}

interface Cell {
  readonly name: string;
  readonly loss: Pick<NetemOptions, "loss" | "burst">;
  /** The most frames, of all, that may be dropped or late; the most of the time that may be frozen. */
  readonly dropped: number;
  readonly late: number;
  readonly frozen: number;
}

const CELLS: readonly Cell[] = [
  { name: "5 %", loss: { loss: 0.05 }, dropped: 0, late: 0, frozen: 0 },
  { name: "10 %", loss: { loss: 0.1 }, dropped: 0.001, late: 0.001, frozen: 0.001 },
  { name: "20 %", loss: { loss: 0.2 }, dropped: 0.01, late: 0.01, frozen: 0.01 },
  {
    name: "10 % in bursts of 4",
    loss: { burst: bursts(0.1, 4) },
    dropped: 0.01,
    late: 0.01,
    frozen: 0.01,
  },
];

for (const { name, loss, ...most } of CELLS) {
  for (const seed of seedsOf({ short: 1, long: 3 })) {
    Deno.test(`a screen through losses of ${name}, seed ${seed}`, () => {
      const path = { ...loss, delayMillis: 10, jitterMillis: 5 };
      const world = { seed, towardsListener: () => path, towardsHost: () => path };
      const scene = new ScreenScene(USUAL, world, { waitFor: 1 });
      const listener = scene.addListener({ latency: 200 });
      scene.run(10_000);
      scene.finish();
      assertExact(scene.world, listener);
      const shown = scene.shownBy(listener);
      const ledger = scene.world.channel(listener, "screen");
      assert.ok(shown.length > 250 && ledger.networkLost > 50);
      assert.ok(ledger.framesDropped! <= most.dropped * shown.length, `${ledger.framesDropped}`);
      assert.ok(lateness(scene, USUAL).late <= most.late * shown.length);
      assert.ok(ledger.totalFreezesDuration! <= most.frozen * shown.length / 30);
    });
  }
}

const JOINERS = lengthOf({ short: 10, long: 20 });

for (const codec of ["h264", "vp8"] as const) {
  for (const loss of [0, 0.05]) {
    Deno.test(`late joiners see a picture within a second: ${codec}, losses of ${100 * loss} %`, () => {
      const path = { loss, delayMillis: 10, jitterMillis: 5 };
      const world = { seed: 5, towardsListener: () => path, towardsHost: () => path };
      const scene = new ScreenScene({ ...USUAL, codec }, world);
      scene.addListener();
      scene.runUntil(() => scene.host.said("started").length > 0, 5000, "the start");
      scene.run(3000);
      const waits = Array.from({ length: JOINERS }, (_, index) => {
        const listener = scene.addListener();
        const since = scene.world.now;
        // At any place between two key frames.
        scene.run(1100 + 97 * (index % 10));
        const [first] = scene.shownBy(listener);
        assert.ok(first?.isKey);
        // When a new key frame begins meanwhile, the host ends with the past: all gets shown from there on.
        const { framesDropped, freezeCount } = scene.world.channel(listener, "screen");
        assert.deepEqual({ framesDropped, freezeCount }, { framesDropped: 0, freezeCount: 0 });
        if (index % 5 > 0) scene.world.leave(listener);
        return first.at - since;
      });
      assert.ok(percentile(waits, 0.95) < 1000, `${percentile(waits, 0.95)} ms`);
      scene.finish();
      const stayed = scene.world.listeners.filter((listener) =>
        listener.said("ended").some(({ reason }) => reason === "bye")
      );
      assert.equal(stayed.length, 1 + JOINERS / 5);
      for (const listener of stayed) assertExact(scene.world, listener);
    });
  }
}

Deno.test("parity alone completes frames, with their numbers and ends", () => {
  const path = { loss: 0.03, delayMillis: 40, harms: "media" } as const;
  const parity = { columns: 4, rows: 4, hasRowParity: true };
  const scene = new ScreenScene(USUAL, { seed: 3, towardsListener: () => path }, {
    waitFor: 1,
    repair: { isRtxOffered: false, parity },
  });
  const listener = scene.addListener({ latency: 300 });
  scene.run(15_000);
  scene.finish();
  assertExact(scene.world, listener);
  const ledger = scene.world.channel(listener, "screen");
  assert.ok(ledger.networkLost > 60);
  assert.ok(ledger.packetsRepaired.fec > 0.9 * ledger.networkLost);
  assert.equal(ledger.packetsRepaired.nack, 0);
  assert.deepEqual(scene.world.ledger(listener).junk, {});
  assert.ok(scene.shownBy(listener).length > 200);
});

Deno.test("a listener that was cut off goes on at a key frame, whatever it missed; the screen may end and come back", () => {
  const path = { delayMillis: 20 };
  const scene = new ScreenScene(USUAL, {
    seed: 3,
    towardsListener: () => path,
    towardsHost: () => path,
  }, { waitFor: 1, screenStaysOpen: true });
  const listener = scene.addListener();
  scene.run(6000);
  for (const outage of [50, 400, 3000, 9000]) {
    const before = scene.shownBy(listener).at(-1)!.number;
    scene.world.towardsListener(listener).isCut = true;
    scene.run(outage);
    scene.world.towardsListener(listener).isCut = false;
    scene.run(6000);
    const after = scene.shownBy(listener).at(-1)!;
    assert.ok(after.number > before + (5000 + outage) * USUAL.rate / 1000, `${outage} ms`);
    assert.ok(after.at > scene.world.now - 100, "it is in time again");
  }
  const { freezeCount, totalFreezesDuration = 0 } = scene.world.channel(listener, "screen");
  assert.ok(freezeCount! >= 2 && freezeCount! <= 4);
  assert.ok(totalFreezesDuration > 11 && totalFreezesDuration < 20, `${totalFreezesDuration} s`);
  const shown = scene.shownBy(listener).length;
  scene.restart();
  scene.run(5000);
  const again = scene.shownBy(listener).slice(shown);
  assert.ok(again.length > 100 && again.at(-1)!.at > scene.world.now - 100);
  scene.finish();
});

Deno.test("a session that is renewed for a new address loses no frame", () => {
  const path = { delayMillis: 20, jitterMillis: 3 };
  const scene = new ScreenScene(USUAL, {
    seed: 4,
    towardsListener: () => path,
    towardsHost: () => path,
  }, { waitFor: 1 });
  const listener = scene.addListener();
  scene.run(5000);
  scene.world.rebind(listener);
  scene.run(15_000);
  const shown = scene.shownBy(listener);
  const numbers = shown.map(({ number }) => number);
  const gaps = numbers.slice(1).filter((number, index) => number !== numbers[index]! + 1);
  assert.ok(gaps.length <= 1, "but for those that went to the address before");
  assert.ok(shown.at(-1)!.at > scene.world.now - 100);
  scene.finish();
});
