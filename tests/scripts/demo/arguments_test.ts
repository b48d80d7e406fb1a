import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { parse } from "@optique/core/parser";
import { demoArguments } from "../../../scripts/demo/arguments.ts";

function read(...args: string[]) {
  const result = parse(demoArguments, args);
  return result.success ? result.value : undefined;
}

Deno.test("without flags: until Ctrl-C, 2 % lost, a page on 8080", () => {
  const options = read()!;
  assert.equal(options.duration, undefined);
  assert.equal(options.loss, 0.02);
  assert.deepEqual([options.delayMillis, options.duplicate, options.reorder], [15, 0.005, 0.01]);
  assert.equal(options.page, true);
  assert.deepEqual(options.http, { hostname: "127.0.0.1", port: 8080 });
  assert.equal(options.isHttpGiven, false);
});

Deno.test("every flag is taken", () => {
  const options = read(
    ...["--duration", "1m30s", "--seed", "9", "--loss", "7.5%", "--opus", "--no-page"],
    ...["--http", "[::1]:9000", "--json"],
  )!;
  assert.equal(options.duration, 90_000);
  assert.equal(options.seed, 9);
  assert.equal(options.loss, 0.075);
  assert.deepEqual([options.isOpus, options.page, options.json], [true, false, true]);
  assert.deepEqual(options.http, { hostname: "::1", port: 9000 });
  assert.equal(options.isHttpGiven, true);
});

for (
  const args of [
    ["--duration", "30"],
    ["--duration", "0s"],
    ["--loss", "91%"],
    ["--loss", "some"],
    ["--loss", "-1%"],
    ["--http", "8080"],
    ["--http", "localhost:99999"],
    ["--seed", "-1"],
  ]
) {
  Deno.test(`refuses ${args.join(" ")}`, () => assert.equal(read(...args), undefined));
}

Deno.test("delay, doubling and reordering have starting values too, within what the page can set", () => {
  const options = read("--delay", "300ms", "--duplicate", "5%", "--reorder", "50")!;
  assert.deepEqual([options.delayMillis, options.duplicate, options.reorder], [300, 0.05, 0.5]);
  const wrong = [["--delay", "1.1s"], ["--delay", "-1"], ["--duplicate", "51%"], [
    "--reorder",
    "x",
  ]];
  for (const args of wrong) assert.equal(read(...args), undefined, args.join(" "));
});

Deno.test("a share that is too large is told with the largest", () => {
  const result = parse(demoArguments, ["--reorder", "51%"]);
  const text = result.success ? "" : formatMessage(result.error);
  assert.match(text, /"51%" is not a share from 0% to 50%\.$/);
});
