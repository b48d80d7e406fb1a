import assert from "node:assert/strict";
import fc from "fast-check";
import type { ServerOutput, ToldOutput } from "../../../server/interface/output.ts";
import { JsonLines } from "../../../server/console/json_lines.ts";
import { RefusalDigest } from "../../../server/console/refusal_digest.ts";
import { BroadcastTotals } from "../../../server/console/broadcast_totals.ts";
import { FakeTerminal } from "../../fakes/terminal.ts";
import { Guest, serveOptions, Stage, START } from "../kit.ts";

const ADDRESS = { hostname: "10.0.0.9", port: 4000 };

function rejected(code: 1401 | 1402 = 1401): ServerOutput {
  return { kind: "rejected", address: ADDRESS, code, reason: "no" };
}

const SECOND_OVER: ServerOutput = { kind: "notice", level: "info", text: "a second is over" };
const ENDED: ServerOutput = { kind: "ended", reason: "test" };

/** How many refusals lines tell of. */
function refusalsIn(told: readonly ToldOutput[]): number {
  return told.reduce(
    (sum, output) =>
      sum + (output.kind === "rejected" ? 1 : output.kind === "more-rejected" ? output.count : 0),
    0,
  );
}

Deno.test("a few refusals are reported one by one, at once", () => {
  const digest = new RefusalDigest();
  for (let second = 0; second < 10; second++) {
    for (let refusal = 0; refusal < 5; refusal++) {
      assert.deepEqual(digest.take(rejected(), START + second * 1000), [rejected()]);
    }
  }
});

Deno.test("a thousand refusals a second are six lines a second, and not one is lost", () => {
  const digest = new RefusalDigest();
  const told: ToldOutput[] = [];
  for (let refusal = 0; refusal < 60_000; refusal++) {
    told.push(...digest.take(rejected(refusal % 4 === 0 ? 1402 : 1401), START + refusal));
  }
  told.push(...digest.take(ENDED, START + 60_000));
  assert.equal(refusalsIn(told), 60_000);
  assert(told.length <= 60 * 6 + 1, String(told.length));
  const summary = told.find(({ kind }) => kind === "more-rejected");
  assert.deepEqual(summary, { kind: "more-rejected", count: 995, codes: { 1401: 747, 1402: 248 } });
  assert.deepEqual(told.at(-1), ENDED);
});

Deno.test("the number of refusals left out is reported with the next output of any kind", () => {
  const digest = new RefusalDigest();
  for (let refusal = 0; refusal < 7; refusal++) digest.take(rejected(), START);
  assert.deepEqual(digest.take(SECOND_OVER, START + 999), [SECOND_OVER]);
  assert.deepEqual(digest.take(SECOND_OVER, START + 1000), [
    { kind: "more-rejected", count: 2, codes: { 1401: 2 } },
    SECOND_OVER,
  ]);
});

Deno.test("every refusal is reported or counted, also when the clock goes back", () => {
  const step = fc.record({
    after: fc.integer({ min: -500, max: 2500 }),
    refusals: fc.nat({ max: 30 }),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const digest = new RefusalDigest();
    const told: ToldOutput[] = [];
    let now = START;
    let count = 0;
    for (const { after, refusals } of steps) {
      now += after;
      count += refusals;
      for (let refusal = 0; refusal < refusals; refusal++) {
        told.push(...digest.take(rejected(), now));
      }
    }
    told.push(...digest.take(ENDED, now));
    assert.equal(refusalsIn(told), count);
  }));
});

Deno.test("a stranger that is refused a thousand times a second fills no log, and each refusal is counted", () => {
  const stage = new Stage({ access: { kind: "tokens", tokens: ["right"] } });
  const tally = new BroadcastTotals(START);
  const terminal = new FakeTerminal();
  const lines = new JsonLines(terminal, tally, serveOptions());
  const digest = new RefusalDigest();
  const tell = () => {
    for (const output of stage.outputs.splice(0)) {
      tally.note(output, stage.now);
      for (const told of digest.take(output, stage.now)) lines.show(told);
    }
  };
  stage.tell((core) => core.advance(stage.now));
  for (let stranger = 0; stranger < 3000; stranger++) {
    // Each from an address of its own: few JOINs are examined of one whose last was refused.
    const hostname = `10.0.${stranger >> 8}.${stranger & 0xff}`;
    new Guest(stage, { hostname, port: 1000 + stranger }).join({ token: "wrong" });
    stage.run(1);
    tell();
  }
  stage.tell((core) => core.shutdown("test", stage.now)).run(5000);
  tell();
  const told = terminal.lines.map((line) => JSON.parse(line));
  const counted = told.filter(({ kind }) => kind === "more-rejected");
  const single = told.filter(({ kind }) => kind === "rejected").length;
  const all = single + counted.reduce((sum, { count }) => sum + count, 0);
  assert(tally.rejected > 2500, String(tally.rejected));
  assert.equal(all, tally.rejected);
  assert(single + counted.length <= 4 * 6, String(single + counted.length));
});
