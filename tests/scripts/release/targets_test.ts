import assert from "node:assert/strict";
import { systemOf, TARGETS } from "../../../scripts/release/targets.ts";

Deno.test("the system of each target, however it is given", () => {
  const systems = TARGETS.map(({ triple }) => systemOf(["--target", triple, "-o", "x"]));
  assert.deepEqual(systems, ["linux", "linux", "darwin", "darwin", "windows"]);
  assert.deepEqual(TARGETS.map(({ triple }) => systemOf([`--target=${triple}`])), systems);
});

Deno.test("without a target it is this machine's", () => {
  assert.equal(systemOf(["-o", "--target.exe"]), systemOf([]));
  assert.equal(systemOf([]), Deno.build.os);
});
