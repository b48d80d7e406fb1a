import assert from "node:assert/strict";
import fc from "fast-check";
import { MOST, PATH_SETTINGS, type PathSettings } from "../../../../shared/page/page_network.ts";
import { NetworkSettings } from "../../../../scripts/demo/network_page/network_settings.ts";

const START: PathSettings = { loss: 0.02, delayMillis: 15, duplicate: 0.005, reorder: 0.01 };

function setUp() {
  const applied: [number, PathSettings][] = [];
  const settings = new NetworkSettings(START, 3, (...change) => applied.push(change));
  return { settings, applied };
}

Deno.test("a change of one path moves that path alone, and nothing else of it", () => {
  const { settings, applied } = setUp();
  const change = settings.change({ path: 2, loss: 0.2 });
  assert.deepEqual(change, { ok: true, paths: [START, { ...START, loss: 0.2 }, START] });
  assert.deepEqual(applied, [[2, { ...START, loss: 0.2 }]]);
  assert.deepEqual(settings.of(2), { ...START, loss: 0.2 });
});

Deno.test("a change of all paths keeps what else each has", () => {
  const { settings, applied } = setUp();
  settings.change({ path: 1, delayMillis: 300 });
  settings.change({ path: "all", duplicate: 0.5, reorder: 0 });
  assert.deepEqual(applied.slice(1).map(([number, { delayMillis }]) => [number, delayMillis]), [
    [1, 300],
    [2, 15],
    [3, 15],
  ]);
});

const WRONG: readonly (readonly [unknown, string])[] = [
  [undefined, "not-json"],
  [null, "not-json"],
  ["all", "not-json"],
  [[], "not-json"],
  [{}, "unknown-path"],
  [{ path: 0, loss: 0.1 }, "unknown-path"],
  [{ path: 4, loss: 0.1 }, "unknown-path"],
  [{ path: 1.5, loss: 0.1 }, "unknown-path"],
  [{ path: "1", loss: 0.1 }, "unknown-path"],
  [{ path: "all" }, "nothing-to-do"],
  [{ path: "all", jitter: 1 }, "unknown-setting"],
  [{ path: "all", loss: 0.1, seed: 7 }, "unknown-setting"],
  [{ path: "all", loss: -0.1 }, "out-of-range"],
  [{ path: "all", loss: 0.91 }, "out-of-range"],
  [{ path: "all", loss: "0.1" }, "out-of-range"],
  [{ path: "all", loss: NaN }, "out-of-range"],
  [{ path: "all", loss: null }, "out-of-range"],
  [{ path: "all", loss: 0.1, delayMillis: 1001 }, "out-of-range"],
];

for (const [value, code] of WRONG) {
  Deno.test(`${JSON.stringify(value)} is ${code}, and changes nothing`, () => {
    const { settings, applied } = setUp();
    const change = settings.change(value);
    assert.ok(!change.ok);
    assert.equal(change.problem.code, code);
    assert.match(change.problem.detail, /^[^\n]{10,200}$/);
    assert.deepEqual(applied, []);
    assert.deepEqual(settings.of(1), START);
  });
}

Deno.test("whatever comes, no setting leaves its range, and nothing throws", () => {
  const setting = fc.oneof(fc.double(), fc.anything());
  const change = fc.record({
    path: fc.oneof(fc.constant("all"), fc.integer({ min: -1, max: 5 })),
    loss: setting,
    delayMillis: setting,
    duplicate: setting,
    reorder: setting,
  }, { requiredKeys: [] });
  fc.assert(fc.property(fc.array(fc.oneof(change, fc.anything())), (values) => {
    const { settings } = setUp();
    for (const value of values) settings.change(value);
    for (const number of [1, 2, 3]) {
      for (const name of PATH_SETTINGS) {
        const now = settings.of(number)[name];
        assert.ok(now >= 0 && now <= MOST[name], `${name} is ${now}`);
      }
    }
  }));
});
