import assert from "node:assert/strict";
import type { NetemOptions } from "../../scripts/network/netem.ts";
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
  for (const seed of [1, 2, 3]) {
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

for (const codec of ["h264", "vp8"] as const) {
  for (const loss of [0, 0.05]) {
    Deno.test(`late joiners see a picture within a second: ${codec}, losses of ${100 * loss} %`, () => {
      const path = { loss, delayMillis: 10, jitterMillis: 5 };
      const world = { seed: 5, towardsListener: () => path, towardsHost: () => path };
      const scene = new ScreenScene({ ...USUAL, codec }, world);
      scene.addListener();
      scene.runUntil(() => scene.host.said("started").length > 0, 5000, "the start");
      scene.run(3000);
      const waits = Array.from({ length: 20 }, (_, index) => {
        const listener = scene.addListener();
        const since = scene.world.now;
        // At any place between two key frames.
        scene.run(1100 + 97 * (index % 10));
        const [first] = scene.shownBy(listener);
        assert.ok(first?.isKey);
        // When a new key frame begins meanwhile, the host ends with the past: all gets shown from there on.
        const { framesDropped } = scene.world.channel(listener, "screen");
        assert.ok(framesDropped! <= 0.3 * USUAL.rate, `${framesDropped} dropped`);
        if (index % 5 > 0) scene.world.leave(listener);
        return first.at - since;
      });
      assert.ok(percentile(waits, 0.95) < 1000, `${percentile(waits, 0.95)} ms`);
      scene.finish();
      const stayed = scene.world.listeners.filter((listener) =>
        listener.said("ended").some(({ reason }) => reason === "bye")
      );
      assert.equal(stayed.length, 5);
      for (const listener of stayed) assertExact(scene.world, listener);
    });
  }
}
