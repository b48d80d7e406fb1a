import assert from "node:assert/strict";
import { CommandError, ExitCode } from "../../../shared/core/errors.ts";

Deno.test("a command's error carries its exit status, which scripts depend on", () => {
  const error = new CommandError(ExitCode.rejected, "no");
  assert.ok(error instanceof Error);
  assert.deepEqual([error.exitCode, error.name, error.message], [3, "CommandError", "no"]);
  assert.deepEqual(ExitCode, { done: 0, failure: 1, usage: 2, rejected: 3, noAnswer: 4 });
});
