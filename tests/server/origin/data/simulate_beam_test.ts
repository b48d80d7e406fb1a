import assert from "node:assert/strict";
import { BEAM_SETUP, SimulatedBeam } from "../../../../server/origin/data/simulate_beam.ts";
import { MessageCheck } from "../../../../server/origin/data/message_check.ts";
import { levelOf, readDataSetup } from "../../../../shared/data/data_setup.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { viewOf } from "../../../../shared/core/bytes.ts";

function beamOf(seed: number, interval = 1000) {
  const beam = new SimulatedBeam(new SeededRng(seed));
  let at = 0;
  return () => beam.next(at += interval);
}

/** The centre of the light, in pixels. */
function centreOf(bytes: Uint8Array): [x: number, y: number] {
  const view = viewOf(bytes);
  let [sum, x, y] = [0, 0, 0];
  for (let index = 0; index < bytes.length / 2; index++) {
    const light = view.getUint16(2 * index, true) - 200;
    if (light < 300) continue;
    sum += light;
    x += light * (index % 320);
    y += light * Math.floor(index / 320);
  }
  return [x / sum, y / sum];
}

Deno.test("the simulated beam's set-up is one that the host accepts", () => {
  assert.equal(readDataSetup(JSON.stringify(BEAM_SETUP)).ok, true);
});

Deno.test("an hour of the beam passes the check against its own set-up, mostly without warnings", () => {
  const next = beamOf(7, 3000);
  const check = new MessageCheck(BEAM_SETUP);
  const levels = { normal: 0, warn: 0, alarm: 0 };
  const states = new Set<unknown>();
  for (let second = 0; second < 3600; second += 3) {
    const { values, image } = next();
    // The check of a picture is of its size alone; one in a hundred is enough.
    const result = check.check(second % 90 === 0 ? { values, image } : { values });
    assert.ok(result.ok, result.ok ? "" : result.problem);
    assert.equal(result.notice, undefined);
    levels[levelOf(values["current"]!, BEAM_SETUP.values["current"]!)] += 1;
    states.add(values["state"]);
  }
  assert.ok(levels.normal > 1000, JSON.stringify(levels));
  assert.ok(levels.alarm > 2, "the beam never trips");
  assert.deepEqual(states, new Set(["beam on", "trip", "recovering"]));
});

Deno.test("the picture shows the spot where the values say it is, and the spot drifts", () => {
  const next = beamOf(3);
  const places: number[] = [];
  for (let second = 0; second < 60; second++) {
    const { values, image } = next();
    if (values["state"] !== "beam on" || image?.kind !== "raw") continue;
    const [x, y] = centreOf(image.bytes);
    assert.ok(Math.abs(x - (160 + 32 * (values["spot_x"] as number))) < 3, `x ${x}`);
    assert.ok(Math.abs(y - (120 - 32 * (values["spot_y"] as number))) < 3, `y ${y}`);
    places.push(x);
  }
  assert.ok(places.length > 30);
  assert.ok(Math.max(...places) - Math.min(...places) > 10, "the spot stands still");
});

Deno.test("the same seed gives the same beam, another seed another one", () => {
  const [one, same, other] = [beamOf(1), beamOf(1), beamOf(2)];
  for (let second = 0; second < 5; second++) {
    const message = one();
    assert.deepEqual(same(), message);
    assert.notDeepEqual(other(), message);
  }
});
