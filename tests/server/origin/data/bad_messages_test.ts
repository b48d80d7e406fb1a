import assert from "node:assert/strict";
import { BadMessages } from "../../../../server/origin/data/bad_messages.ts";

function listen() {
  const lines: string[] = [];
  return { lines, bad: new BadMessages((text) => lines.push(text)) };
}

Deno.test("a bad message is told by its number", () => {
  const { lines, bad } = listen();
  bad.refuse(17, "is not JSON", 0);
  assert.deepEqual(lines, ["message 17: is not JSON; it was left out"]);
  assert.equal(bad.count, 1);
});

Deno.test("the same mistake in every message is one line in ten seconds, with how many there were", () => {
  const { lines, bad } = listen();
  for (let number = 1; number <= 1200; number++) {
    bad.refuse(number, "is not JSON", number * 1000 / 60);
  }
  assert.deepEqual(lines, [
    "message 1: is not JSON; it was left out",
    "message 601: is not JSON; it was left out; so were 599 before it",
  ]);
  assert.equal(bad.count, 1200);
});

Deno.test("ever new mistakes do not flood the host either", () => {
  const { lines, bad } = listen();
  for (let number = 1; number <= 6000; number++) {
    bad.refuse(number, `mistake ${number}`, number * 1000 / 60);
  }
  assert.ok(lines.length >= 5 && lines.length <= 15, `${lines.length} lines`);
});

Deno.test("nor does ever new news", () => {
  const { lines, bad } = listen();
  for (let number = 1; number <= 6000; number++) {
    bad.note(`message ${number}: "v${number}" is new`, number * 1000 / 60);
  }
  assert.ok(lines.length >= 5 && lines.length <= 15, `${lines.length} lines`);
  assert.deepEqual([lines[0], bad.count], ['message 1: "v1" is new', 0]);
});
