import assert from "node:assert/strict";
import { Connection } from "../../../client/joining/connection.ts";
import { SeededRng } from "../../../shared/core/rng.ts";
import { T0 } from "../starts.ts";

const LIMITS = { joinForMillis: 8000, rejoinForMillis: 60_000 };

function open(seed = 1) {
  const connection = new Connection(LIMITS, new SeededRng(seed), T0);
  /** Steps and their times until `end`. */
  const steps = (end: number) => {
    const taken: string[] = [];
    while (connection.deadline <= T0 + end) {
      const at = connection.deadline;
      const step = connection.poll(at);
      assert.ok(step, "a deadline in the past must have a step");
      taken.push(`${step} at ${Math.round(at - T0)}`);
      if (step === "give-up") break;
    }
    return taken;
  };
  return { connection, steps };
}

Deno.test("the first join is given up after its time limit", () => {
  assert.deepEqual(open().steps(60_000), ["give-up at 8000"]);
});

Deno.test("the state is silent after 2 s, rejoining begins after 5 to 6 s and ends after a minute", () => {
  const starts = Array.from({ length: 50 }, (_, seed) => {
    const { connection, steps } = open(seed);
    connection.onAccepted(true, T0);
    connection.onMedia(T0 + 1000);
    const [silent, asking, givenUp] = steps(200_000);
    assert.equal(silent, "silent at 3000");
    const begun = Number(/^rejoining at (\d+)$/.exec(asking!)![1]);
    assert.ok(begun >= 6000 && begun <= 7000, asking);
    const end = Number(/^give-up at (\d+)$/.exec(givenUp!)![1]);
    assert.ok(Math.abs(end - begun - 60_000) <= 1, `${end} - ${begun}`);
    return begun;
  });
  assert.ok(new Set(starts).size > 40, "all at the same moment");
});

Deno.test("packets end a silence, and prevent one while they continue", () => {
  const { connection, steps } = open();
  assert.equal(connection.onAccepted(true, T0), true);
  for (let second = 0; second < 100; second++) {
    assert.equal(connection.onMedia(T0 + second * 1000), false);
    assert.deepEqual(steps(second * 1000 + 999), []);
  }
  assert.deepEqual(steps(102_000), ["silent at 101000"]);
  assert.equal(connection.onMedia(T0 + 102_500), true);
  assert.equal(connection.state, "connected");
});

Deno.test("a packet that came earlier but is handled only now does not set the state back", () => {
  const { connection, steps } = open();
  connection.onAccepted(true, T0);
  connection.onMedia(T0 + 3000);
  connection.onMedia(T0 + 1200);
  assert.deepEqual(steps(4999), []);
  assert.deepEqual(steps(5000), ["silent at 5000"]);
});

Deno.test("before the broadcast begins the host is asked first, and is silent only if it does not answer", () => {
  const { connection, steps } = open();
  connection.onAccepted(true, T0);
  const [ask, silent, rejoining] = steps(9000);
  assert.match(ask!, /^ask at 5\d{3}$/);
  assert.equal(silent, "silent at 8000");
  assert.equal(rejoining, "rejoining at 5" + ask!.slice(-3), "it was asked before");
  const patient = open();
  patient.connection.onAccepted(true, T0);
  for (let turn = 0; turn < 20; turn++) {
    const [again, ...rest] = patient.steps(turn * 6000 + 6000);
    assert.match(again!, /^ask/);
    assert.deepEqual(rest, []);
    assert.equal(patient.connection.onAccepted(false, T0 + turn * 6000 + 6000), false);
  }
});

Deno.test("after a new session the host may again send nothing for a while", () => {
  const { connection, steps } = open();
  connection.onAccepted(true, T0);
  connection.onMedia(T0);
  connection.onAccepted(true, T0 + 1000);
  assert.deepEqual(steps(5000), []);
  connection.onMedia(T0 + 5000);
  connection.onAccepted(false, T0 + 5000);
  assert.deepEqual(steps(7000), ["silent at 7000"], "the same session has begun already");
});
