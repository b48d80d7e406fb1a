import assert from "node:assert/strict";
import fc from "fast-check";
import { OutputQueue } from "../../../shared/driver/output_queue.ts";

const CAPACITY = 4000;

function drain(queue: OutputQueue, maxBytes = 100): string {
  let text = "";
  for (let chunk = queue.take(maxBytes); chunk; chunk = queue.take(maxBytes)) {
    text += new TextDecoder().decode(chunk.bytes);
  }
  return text;
}

Deno.test("texts come out in order and whole, several at once where they fit", () => {
  const queue = new OutputQueue(CAPACITY);
  for (const text of ["one\n", "two\n", "", "three\n"]) queue.push(text, "news");
  assert.equal(new TextDecoder().decode(queue.take(9)!.bytes), "one\ntwo\n");
  assert.equal(new TextDecoder().decode(queue.take(2)!.bytes), "three\n", "whole, however long");
  assert.equal(queue.take(9), undefined);
  assert.deepEqual(queue.takeLeftOut(), { news: 0, status: 0 });
});

Deno.test("when it is full every status goes first, then the oldest news, and all are counted", () => {
  const queue = new OutputQueue(CAPACITY);
  let statuses = 0;
  for (let number = 0; number < 30; number++, statuses++) queue.push(`s${number}\n`, "status");
  for (let number = 0; number < 200; number++) {
    queue.push(`n${number}\n`, "news");
    queue.push(`s\n`, "status");
    statuses++;
  }
  const lines = drain(queue).trimEnd().split("\n");
  const { news, status } = queue.takeLeftOut();
  assert.equal(status, statuses);
  assert.ok(news > 100, `${news} news were left out`);
  const kept = Array.from({ length: 200 - news }, (_, index) => `n${index + news}`);
  assert.deepEqual(lines, kept, "the latest, without a hole");
  assert.deepEqual(queue.takeLeftOut(), { news: 0, status: 0 }, "each is told once");
});

Deno.test("a text that is larger than all the room is left out, and spoils nothing else", () => {
  const queue = new OutputQueue(CAPACITY);
  queue.push("x".repeat(CAPACITY) + "\ny\n", "news");
  queue.push("after\n", "news");
  assert.equal(drain(queue), "after\n");
  assert.deepEqual(queue.takeLeftOut(), { news: 2, status: 0 });
});

Deno.test("whatever is pushed and taken: bounded, in order, whole, and every line is accounted for", () => {
  const operation = fc.oneof(
    fc.record({ push: fc.nat(600), worth: fc.constantFrom("news" as const, "status" as const) }),
    fc.record({ take: fc.nat(2000) }),
  );
  fc.assert(fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
    const queue = new OutputQueue(CAPACITY);
    const pushed = { news: 0, status: 0 };
    let text = "";
    let number = 0;
    for (const step of operations) {
      if ("push" in step) {
        queue.push(`${step.worth} ${number++} ${"x".repeat(step.push)}\n`, step.worth);
        pushed[step.worth]++;
      } else text += new TextDecoder().decode(queue.take(step.take)?.bytes);
    }
    const rest = drain(queue, 1);
    assert.ok(rest.length <= CAPACITY);
    const lines = (text + rest).split("\n").slice(0, -1);
    for (const line of lines) assert.match(line, /^(news|status) \d+ x*$/);
    const numbers = lines.map((line) => Number(line.split(" ")[1]));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
    const leftOut = queue.takeLeftOut();
    for (const worth of ["news", "status"] as const) {
      const shown = lines.filter((line) => line.startsWith(worth)).length;
      assert.equal(shown + leftOut[worth], pushed[worth], worth);
    }
  }));
});
