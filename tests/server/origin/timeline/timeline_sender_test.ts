import assert from "node:assert/strict";
import { Timeline } from "../../../../server/origin/timeline/timeline.ts";
import { TimelineSender } from "../../../../server/origin/timeline/timeline_sender.ts";
import { SeededRng } from "../../../../shared/core/rng.ts";
import { goal, START } from "../../kit.ts";

function setUp(limit: number) {
  const rng = new SeededRng(1);
  const timeline = new Timeline(rng, { limit });
  const [warnings, sent, said]: [string[], Uint8Array[], unknown[]] = [[], [], []];
  const sender = new TimelineSender({
    clockRate: 1000,
    timeline,
    send: (payload) => sent.push(payload),
    say: (output) => said.push(output),
    warn: (text) => warnings.push(text),
  });
  sender.start(START);
  return { timeline, sender, warnings, sent, said };
}

const goals = (length: number) => Array.from({ length }, (_, index) => goal(`goal ${index + 1}`));

Deno.test("a full timeline refuses events, says so once and counts them", () => {
  const { timeline, sender, warnings, sent, said } = setUp(15);
  sender.push(goals(10), START);
  assert.deepEqual([sender.refused, warnings], [0, []]);
  sender.push(goals(10), START);
  sender.push(goals(3), START);
  assert.equal(sender.refused, 5 + 3);
  assert.deepEqual(warnings, [
    "The timeline is full with 15 events: further ones are left out",
  ]);
  assert.deepEqual([timeline.head.count, sent.length, said.length], [15, 15, 15]);
  sender.end();
  assert(sender.isOver, "a refused event is not awaited");
});

Deno.test("500 events a second are sent, and the sender tells when to go on", () => {
  const { sender, sent } = setUp(250_000);
  sender.push(goals(1000), START);
  assert.equal(sent.length, 64);
  let now = START;
  while (sender.deadline < Infinity) sender.retry(now = Math.max(now, sender.deadline));
  assert.equal(sent.length, 1000);
  const millis = now - START;
  assert(millis > (1000 - 64) * 2 - 1 && millis <= 2000, `took ${millis} ms`);
});
